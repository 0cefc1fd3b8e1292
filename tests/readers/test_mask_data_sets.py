"""Data sets with masks and attributes: Fashionpedia, iMaterialist 2019; and StreetStyle's people."""

import json

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as masks

from garments.types import BOX_COLUMNS
from readers import read
from readers.fashionpedia import read_fashionpedia
from readers.imaterialist2019 import read_imaterialist2019, run_lengths
from readers.streetstyle import ATTRIBUTES, read_streetstyle

CATEGORIES = [dict(id=1, name="top, t-shirt, sweatshirt"), dict(id=8, name="skirt"), dict(id=31, name="sleeve")]
MARKS = [dict(id=115, name="symmetrical"), dict(id=136, name="maxi (length)")]


def photo(path, size=(40, 60)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size).save(path)


def boxes(table):
    return table.garments[BOX_COLUMNS].to_numpy().tolist()


@pytest.fixture
def fashionpedia(tmp_path):
    for split, folder in (("train", "train"), ("val", "test")):
        photo(tmp_path / folder / f"{split}.jpg")
        rows = [(1, [115, 136], [1, 2, 9, 9]), (8, [], [0, 20, 90, 20]), (31, [], [1, 1, 2, 2])]
        outline = [[1, 1, 9, 1, 9, 9]]
        found = [
            dict(id=n, image_id=23, category_id=category, attribute_ids=marks, segmentation=outline, bbox=box)
            for n, (category, marks, box) in enumerate(rows)
        ]
        images = [dict(id=23, width=40, height=60, file_name=f"{split}.jpg")]
        data = dict(images=images, annotations=found, categories=CATEGORIES, attributes=MARKS)
        (tmp_path / f"instances_attributes_{split}2020.json").write_text(json.dumps(data))
    return tmp_path


def test_fashionpedia_gives_garments_with_attributes_and_leaves_parts_of_them_out(fashionpedia):
    table = read(f"fashionpedia:{fashionpedia}")
    assert table.problems.empty and list(table.photos["photo"]) == ["train/train.jpg", "test/val.jpg"]
    assert (
        boxes(table)[:2] == [[1, 2, 10, 11], [0, 20, 40, 40]] and list(table.garments["part"]) == ["upper", "lower"] * 2
    )
    assert table.garments["attributes"][0] == "symmetrical|maxi (length)" and table.garments["category"][1] == "skirt"
    one = read_fashionpedia(fashionpedia, "val", outlines=True)
    assert len(one.photos) == 1 and one.garments["segmentation"][0] == [[1, 1, 9, 1, 9, 9]]


def test_errors_of_fashionpedia_are_reported(fashionpedia, tmp_path):
    file = fashionpedia / "instances_attributes_val2020.json"
    data = json.loads(file.read_text())
    data["annotations"][0]["category_id"], data["annotations"][1]["bbox"] = 77, [1, 2, 0, 5]
    file.write_text(json.dumps(data))
    table = read_fashionpedia(fashionpedia)
    assert sorted(table.problems["file"]) == [f"{file.name} annotation 0", f"{file.name} annotation 1"]
    file.write_text(json.dumps({"images": []}))
    with pytest.raises(ValueError, match="not as it was published"):
        read_fashionpedia(fashionpedia)
    with pytest.raises(ValueError, match="expected instances_attributes_train2020"):
        read_fashionpedia(tmp_path / "none")


def kaggle(mask):
    """Kaggle's run lengths of a mask: down the columns, from 1."""
    flat = np.concatenate([[0], mask.T.ravel(), [0]])
    runs = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    return " ".join(f"{start} {end - start}" for start, end in zip(runs[::2], runs[1::2], strict=True))


def test_run_lengths_are_those_of_the_mask():
    for seed in range(5):
        mask = np.random.default_rng(seed).random((60, 40)) < 0.3
        mask[0, 0], mask[-1, -1] = seed % 2, seed % 3 == 0
        assert np.array_equal(masks.decode(run_lengths(kaggle(mask), 60, 40)), mask)
    for wrong in ("5 3 6 2", "1 0", "2399 3", "", "1 2 3"):
        with pytest.raises(ValueError):
            run_lengths(wrong, 60, 40)


def test_imaterialist_gives_the_extent_of_its_masks(tmp_path):
    mask = np.zeros((60, 40), bool)
    mask[10:30, 5:20] = True
    lines = ["ImageId,EncodedPixels,Height,Width,ClassId"]
    lines += [
        f"{name}.jpg,{kaggle(mask)},60,40,{category}" for name in ("a", "b") for category in ("1_115_136", "8", "31")
    ]
    (tmp_path / "train.csv").write_text(
        "\n".join(
            [*lines, "a.jpg,7 x,60,40,8", "c.jpg,1 2,60,40,8", "a.jpg,1 2,,40,8", ",1 2,60,40,8", "a.jpg,1 2,40,60,8"]
        )
    )
    (tmp_path / "label_descriptions.json").write_text(json.dumps(dict(categories=CATEGORIES, attributes=MARKS)))
    photo(tmp_path / "train" / "a.jpg")
    photo(tmp_path / "train" / "b.jpg")
    table = read(f"imaterialist2019:{tmp_path}")
    assert boxes(table) == [[5, 10, 20, 30]] * 4 and table.garments["attributes"][0] == "symmetrical|maxi (length)"
    assert sorted(table.problems["file"]) == [f"train.csv:{n}" for n in ("10", "11", "12", 8, 9)]
    photo(tmp_path / "train" / "b.jpg", (60, 40))
    turned = read_imaterialist2019(tmp_path).problems
    assert turned["reason"].str.contains("the data set says 40 x 60 pixels, the photo is 60 x 40").sum() == 1
    photo(tmp_path / "train" / "b.jpg")
    outlined = read_imaterialist2019(tmp_path, outlines=True).garments["segmentation"][0]
    assert np.array_equal(masks.decode(outlined), mask)
    halves = [read_imaterialist2019(tmp_path, split).photos for split in ("train", "val")]
    assert sum(map(len, halves)) == 2
    (tmp_path / "train.csv").write_text("a,b\n")
    with pytest.raises(ValueError, match="as published"):
        read_imaterialist2019(tmp_path)


def test_streetstyle_gives_people_with_a_category_and_no_part(tmp_path):
    header = ["id", "url", "x1", "x2", "y1", "y2", "clothing_category", *ATTRIBUTES]
    blank = [""] * (len(ATTRIBUTES) - 1)
    rows = [
        ["1", "http://x/abc.jpg", 1, 30, 2, 50, "Tank top", "Solid", *blank],
        ["2", "http://x/abc.jpg", 10, 300, 2, 50, "Outerwear", "", *blank],
        ["3", "http://x/abc.jpg", 10, 30, 2, 50, "", "", *blank],
        ["4", "http://x/xyz.jpg", 10, 30, 2, 50, "Dress", "", *blank],
        ["5", "http://x/abc.jpg", 10, "?", 2, 50, "Dress", "", *blank],
        ["6", "", 10, 30, 2, 50, "Dress", "", *blank],
    ]
    (tmp_path / "streetstyle27k.manifest").write_text("\n".join(",".join(map(str, row)) for row in [header, *rows]))
    photo(tmp_path / "streetstyle27k/a/b/c/abc.jpg")
    table = read(f"streetstyle:{tmp_path}")
    assert boxes(table) == [[1, 2, 30, 50], [10, 2, 40, 50]] and list(table.garments["part"]) == ["", ""]
    assert list(table.garments["category"]) == ["tank", "jacket|coat|blazer"]
    assert list(table.garments["attributes"]) == ["clothing_pattern Solid", ""]
    assert sorted(table.problems["file"]) == [f"streetstyle27k.manifest:{n}" for n in (5, 6, 7)]
    with pytest.raises(ValueError, match="expected the CSV"):
        read_streetstyle(tmp_path / "none")
