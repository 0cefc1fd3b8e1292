"""Colours and patterns of garments in what a run and the API give."""

import json

import numpy as np
import pytest

from garments import load
from garments.types import Garments, Photo
from photos.colours import Colours
from photos.patterns import PATTERNS
from pipeline.looks import COLUMNS, cells, with_looks
from pipeline.run import Options, run
from samples.doubles import rows
from samples.tiny import DIAMOND, write_photos

RED, BLUE, GREY = (190, 20, 30), (30, 60, 190), (128, 128, 128)


def photo_of(box_colour, inner_colour, scale=1):
    """A grey photo of 100 x 100 pixels with a box in one colour and a diamond within it in another."""
    pixels = np.full((100, 100, 3), GREY, np.uint8)
    pixels[20:76, 20:76] = box_colour
    inside = np.kron(DIAMOND, np.ones((2, 2), np.uint8)) > 0
    pixels[20:76, 20:76][inside] = inner_colour
    return Photo(None, "a", 100 * scale, 100 * scale), pixels


def garment(scale=1):
    box = np.array([[20, 20, 76, 76]], np.float32) * scale
    return Garments(box, np.ones(1, np.float32), np.array(["upper"], object), box_masks=DIAMOND[None])


@pytest.mark.parametrize("scale", [1, 3])
def test_the_colour_is_that_of_the_mask_and_not_of_the_box(scale):
    seen = with_looks(garment(scale), *photo_of(BLUE, RED, scale))
    assert seen.colours[0].names == ("red",) and seen.masks[0]["size"] == [100 * scale, 100 * scale]
    assert seen.patterns[0][0] in PATTERNS and 0 < seen.patterns[0][1] <= 1


def test_garments_without_masks_have_no_looks():
    photo, pixels = photo_of(BLUE, RED)
    plain = Garments(garment().boxes_xyxy, np.ones(1, np.float32), np.array(["upper"], object))
    assert with_looks(plain, photo, pixels) is plain and cells(plain) == [{}]


def test_cells_are_filled_from_the_first_colour():
    seen = with_looks(garment(), *photo_of(BLUE, RED))
    two = Colours(("red", "white"), (0.71234, 0.2))
    seen.colours[0], seen.patterns[0] = two, ("striped", 0.912345)
    assert cells(seen) == [
        dict(
            colour="red",
            colour_share=0.7123,
            colour_2="white",
            colour_2_share=0.2,
            pattern="striped",
            pattern_score=0.9123,
        )
    ]


@pytest.fixture(scope="module")
def out(tiny, tmp_path_factory):
    photos, out = write_photos(tmp_path_factory.mktemp("photos"), 4), tmp_path_factory.mktemp("out")
    run(photos, out, Options(tiny, min_score=0, pictures=False, parquet=True))
    return out


def test_columns_are_the_last_of_the_csv(out):
    found = rows(out / "garments.csv")
    assert list(found[0])[-len(COLUMNS) :] == COLUMNS and found
    for row in found:
        shares = [float(row[name]) for name in COLUMNS[1:6:2] if row[name]]
        assert row["colour"] and row["pattern"] in PATTERNS and 0 < sum(shares) <= 1.001
        assert shares == sorted(shares, reverse=True)


def test_parquet_and_coco_hold_the_same(out):
    import pandas as pd

    found, table = rows(out / "garments.csv"), pd.read_parquet(out / "garments.parquet")
    assert table["colour"].tolist() == [row["colour"] for row in found]
    annotations = json.loads((out / "detections.json").read_text(encoding="utf-8"))["annotations"]
    assert [a["attributes"]["pattern"] for a in annotations] == [row["pattern"] for row in found]


def test_the_page_filters_by_colour_and_pattern(out):
    text = (out / "page" / "index.js").read_text(encoding="utf-8")
    about = (out / "index.html").read_text(encoding="utf-8")
    about = json.loads(about.partition('id="about">')[2].partition("</script>")[0])
    lines = json.loads(text[text.index("[") : text.rindex("]") + 1].replace(",\n]", "]"))
    found = rows(out / "garments.csv")
    numbers = [cell for line in lines for cell in zip(line[5::6], line[6::6], strict=True)]
    assert [(about["shades"][c], about["patterns"][p]) for c, p in numbers] == [
        (row["colour"], row["pattern"]) for row in found
    ]


def test_the_api_gives_the_same_columns(tiny, tmp_path):
    photos = write_photos(tmp_path, 1)
    found = load(tiny, min_score=0)(str(photos / "photo-000000.jpg"))
    frame = found.to_frame()
    assert frame["colour"].tolist() == [colours.names[0] for colours in found.colours]
    assert frame["pattern"].tolist() == [name for name, _ in found.patterns]
