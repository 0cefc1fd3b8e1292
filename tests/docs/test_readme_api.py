"""The Python of the README runs as it stands."""

import shutil

import pytest
from documents import ROOT, fenced, text_of
from PIL import Image

from samples.photos import photos_of_packages


@pytest.fixture(scope="module")
def after(tmp_path_factory) -> dict:
    """The names that the block defines, of the first photo inside installed packages."""
    photo = tmp_path_factory.mktemp("api") / "photo.jpg"
    shutil.copyfile(photos_of_packages()[0], photo)
    (block,) = fenced(text_of(ROOT / "README.md"), "python")
    names: dict[str, object] = {}
    exec(block.replace('"photo.jpg"', repr(str(photo))), names)
    return names


def test_the_rows_are_those_of_the_garments_that_were_found(after):
    frame = after["found"].to_frame()
    assert len(frame) == len(after["found"].scores) > 0
    assert list(frame.columns[:4]) == ["photo", "garment", "part", "part_score"]


def test_the_plot_is_an_image(after):
    assert isinstance(after["found"].plot(), Image.Image)
