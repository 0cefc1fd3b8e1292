from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.model_folders import ModelFolders
from pipeline.models import Pipeline
from samples.doubles import FOLDERS, TwoGarments
from samples.tiny import export_tiny_models


@pytest.fixture
def models(monkeypatch):
    load = classmethod(lambda cls, models, score, marks, batch, classifier, *more: TwoGarments(marks, classifier))
    monkeypatch.setattr(Pipeline, "load", load)
    monkeypatch.setattr(ModelFolders, "find", classmethod(lambda cls, models, *more: FOLDERS))


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    """The folder of models in the form of the shipped ones, never trained."""
    return export_tiny_models(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def folder(tmp_path) -> Path:
    """Photos in two folders, one lying on its side, one black, and two files that are none."""
    root = tmp_path / "photos"
    (root / "sub").mkdir(parents=True)
    rng = np.random.default_rng(0)
    pixels = rng.integers(1, 255, (90, 60, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(root / "a.jpg")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels).save(root / "sub" / "side, <b>ways.jpg", exif=exif)
    Image.new("RGB", (30, 30)).save(root / "sub" / "black.png")
    (root / "broken.jpg").write_bytes(b"no photo")
    (root / "notes.txt").write_text("not a photo either", encoding="utf-8")
    return root
