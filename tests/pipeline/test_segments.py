"""`--segment`: the class of every pixel in what a run writes, and on its page."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from pipeline.cli import main
from samples.doubles import contents
from samples.shapes import LABELS, draw_shapes, export_by_colour


@pytest.fixture(scope="module")
def with_segmenter(tiny, tmp_path_factory):
    models = tmp_path_factory.mktemp("models")
    shutil.copytree(tiny, models, dirs_exist_ok=True)
    export_by_colour(models / "segmenter")
    return models


@pytest.fixture
def shapes(tmp_path):
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    for name, seed in (("a.png", 1), ("sub/b #1.png", 2)):
        Image.fromarray(draw_shapes(seed, (96, 128))[0]).save(folder / name)
    (folder / "broken.jpg").write_bytes(b"no photo")
    return folder


def test_a_run_writes_maps_and_overlays_and_its_page_knows_them(with_segmenter, shapes, tmp_path):
    out = tmp_path / "out"
    command = [str(shapes), "--out", str(out), "--models", str(with_segmenter), "--segment"]
    assert main(command) == 1  # for the broken file
    with Image.open(out / "segments" / "maps" / "sub" / "b #1.png.png") as image:
        numbers = np.asarray(image)
    truth = draw_shapes(2, (96, 128))[1]
    assert numbers.shape == truth.shape and (numbers == truth).mean() > 0.9
    named = (out / "segments" / "labels.csv").read_text().split()
    assert named == ["number,label", *(f"{n},{label}" for n, label in enumerate(LABELS))]
    text = (out / "page" / "photos-0.js").read_text()
    photos = json.loads(text.removeprefix("garments.photos(0, ").rstrip().removesuffix(");"))
    overlays = [photo[4] for photo in photos]
    assert overlays == ["segments/overlays/a.png.jpg", "segments/overlays/sub/b #1.png.jpg"]
    assert all((out / path).is_file() for path in overlays)
    before = contents(out)
    (shapes / "a.png").unlink()
    assert main(command) == 1
    assert not (out / "segments" / "maps" / "a.png.png").exists()
    assert set(contents(out)) < set(before)


def test_without_the_model_nothing_is_done(tiny, shapes, tmp_path, capsys):
    assert main([str(shapes), "--out", str(tmp_path / "out"), "--models", str(tiny), "--segment"]) == 2
    assert "segmenter.export" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
