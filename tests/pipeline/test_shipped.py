"""The shipped models, on real photos."""

import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib.cbook
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from garments.boxes import iou
from garments.models_path import find_models
from photos.reading import read_photo
from pipeline.cli import main
from pipeline.models import Pipeline
from readers import read_all


@pytest.fixture(scope="module")
def models() -> Pipeline:
    return Pipeline.load(find_models(), 0.3)


@pytest.fixture(scope="module")
def val_photos(shared) -> list[Path]:
    """Eight photos of ccp."""
    return [Path(path) for path in read_all([f"ccp:{shared / 'data' / 'ccp'}"]).in_splits("val").photos["path"][:8]]


def test_the_weights_are_within_their_size():
    sizes = [f.stat().st_size for f in find_models().rglob("*") if f.is_file()]
    assert max(sizes) < 95e6 and sum(sizes) < 200e6


def test_a_person_is_dressed(models):
    photo, pixels = read_photo(Path(matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)))
    found = models.predict([photo], [pixels])[0]
    assert len(found) and found.categories["img"].shape == found.categories["img+bbox"].shape == (len(found), 18)


def test_boxes_are_those_of_the_photo_whatever_the_scale_of_its_pixels(models, val_photos):
    photo, pixels = read_photo(val_photos[0])
    half = np.asarray(Image.fromarray(pixels).resize((photo.width // 2, photo.height // 2), Image.Resampling.BOX))
    found, small = models.predict([photo, photo], [pixels, half])
    assert iou(found.boxes_xyxy[:1], small.boxes_xyxy[:1])[0, 0] > 0.8


def test_street_photos_have_garments_of_several_categories(shared, val_photos, tmp_path):
    folder, out = tmp_path / "photos", tmp_path / "out"
    folder.mkdir()
    for path in val_photos:
        shutil.copy(path, folder)
    assert main([str(folder), "--out", str(out)]) == 0
    garments = pd.read_csv(out / "garments.csv")
    assert garments["photo"].nunique() >= 7 and garments["category"].nunique() >= 3
    assert set(garments["part"]) >= {"upper", "lower"}
    check = subprocess.run([sys.executable, shared / "check_outputs.py", folder, out], capture_output=True, text=True)
    assert check.returncode == 0, check.stdout + check.stderr


def test_a_batch_equals_single_photos(models, val_photos):
    read = [read_photo(path) for path in val_photos[:5]]
    photos, pixels = zip(*read, strict=True)
    together = models.predict(list(photos), list(pixels))
    for photo, image, garments in zip(photos, pixels, together, strict=True):
        alone = models.predict([photo], [image])[0]
        np.testing.assert_allclose(alone.boxes_xyxy, garments.boxes_xyxy, atol=0.01)
        for name, p in garments.categories.items():
            np.testing.assert_allclose(alone.categories[name], p, atol=5e-3)  # of crops that boxes may move
