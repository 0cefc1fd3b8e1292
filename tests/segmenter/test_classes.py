"""What labels mean in each space of classes, and the class maps of label maps and outlines."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from garments.masks import encode
from garments.types import BOX_COLUMNS, Table
from readers import read_all
from samples.layouts import imaterialist2019, samples
from samples.shapes import LABELS, write_shapes
from segmenter.classes import BACKGROUND, ORDER, UNKNOWN, class_of, coarser, meaning, ordered
from segmenter.truth import class_map, classes_of, drawn

MEANT = [  # data set, label, category class, part class
    ("ccp", "null", BACKGROUND, BACKGROUND),
    ("ccp", "jumper", "sweater", "upper"),
    ("ccp", "bodysuit", "", "full"),
    ("ccp", "purse", "bag", "bag"),
    ("ccp", "tights", "legwear", "legwear"),
    ("ccp", "swimwear", "", ""),
    ("fashionpedia", "pants", "", "lower"),
    ("fashionpedia", "sleeve", "", ""),
    ("imaterialist2019", "shoe", "shoes", "shoes"),
    ("labelmaps", "Upper-clothes", "", "upper"),
    ("labelmaps", "Left-arm", "skin", "skin"),
    ("labelmaps", "Skirt", "skirt", "lower"),
    ("voc", "hair", "hair", "hair"),
]


@pytest.mark.parametrize(("dataset", "label", "category", "part"), MEANT)
def test_a_label_has_a_class_in_each_space(dataset, label, category, part):
    of = meaning(dataset, label)
    assert class_of("categories", label, of) == category
    assert class_of("parts", label, of) == part


def test_the_own_space_keeps_labels_and_leaves_out_void():
    assert class_of("own", "Trench coat", meaning("coco", "Trench coat")) == "Trench coat"
    assert class_of("own", "void", meaning("coco", "void")) == ""


def test_every_class_of_ccp_is_in_order_and_has_a_part(ccp):
    classes = classes_of(drawn(read_all([f"ccp:{ccp}"])), "categories")
    assert classes == ("background", "skin", "hair", "coat", "dress", "jeans", "shirt")
    assert coarser(classes) == ("background", "skin", "hair", "full", "full", "lower", "upper")
    assert ordered("categories", ORDER) == ORDER


def test_a_label_map_becomes_a_class_map(ccp):
    table = drawn(read_all([f"ccp:{ccp}"]))
    photo = next(table.photos.itertuples())
    found = class_map(photo, table.garments[table.garments["photo"] == photo.photo], "parts", ("background", "lower"))
    assert set(np.unique(found)) == {0, 1, UNKNOWN}  # skin, hair and shirt are none of these classes


def test_of_outlines_the_smaller_lies_on_top_and_pieces_of_garments_change_nothing():
    masks = {
        "coat": np.s_[2:10, 2:10],
        "belt": np.s_[5:6, 2:10],
        "sleeve": np.s_[2:5, 2:4],
        "pants": np.s_[10:12, 2:10],
    }
    rows = []
    for label, window in masks.items():
        mask = np.zeros((12, 12), bool)
        mask[window] = True
        of = meaning("fashionpedia", label)
        rows.append(dict(photo="p", label=label, part=of.part, category=of.category, segmentation=encode(mask)))
    photo = dict(photo="p", path="p.jpg", width=12, height=12, dataset="fashionpedia")
    table = drawn(Table.of([photo], rows, []))
    classes = classes_of(table, "categories")
    assert classes == ("background", "coat", "accessory")
    found = class_map(next(table.photos.itertuples()), table.garments, "categories", classes)
    assert found[3, 3] == 1 and found[5, 5] == 2 and found[0, 0] == 0
    assert found[11, 5] == UNKNOWN  # 'pants' are pants, jeans or leggings


def test_a_garment_without_an_outline_is_not_background():
    mask = np.zeros((12, 12), bool)
    mask[2:5, 2:5] = True
    rows = [
        dict(photo="p", label="coat", category="coat", part="upper", segmentation=encode(mask)),
        dict(
            photo="p",
            label="skirt",
            category="skirt",
            part="lower",
            **dict(zip(BOX_COLUMNS, (6, 6, 9, 11), strict=True)),
        ),
        dict(photo="p", label="sleeve", **dict(zip(BOX_COLUMNS, (0, 0, 2, 2), strict=True))),
    ]
    table = drawn(Table.of([dict(photo="p", path="p.jpg", width=12, height=12, dataset="own")], rows, []))
    found = class_map(next(table.photos.itertuples()), table.garments, "categories", ("background", "coat", "skirt"))
    assert (found[6:11, 6:9] == UNKNOWN).all() and (found == UNKNOWN).sum() == 15
    assert found[3, 3] == 1 and found[0, 0] == 0


def test_shoes_of_outlines_are_read_on_request(tmp_path):
    imaterialist2019(tmp_path, samples())
    described = json.loads((tmp_path / "label_descriptions.json").read_text())
    described["categories"].append(dict(id=23, name="shoe"))
    (tmp_path / "label_descriptions.json").write_text(json.dumps(described))
    with open(tmp_path / "train.csv", "a") as file:
        file.write("2.jpg,1 3,90,60,23\n")  # three pixels down the left edge
    without, table = (read_all([f"imaterialist2019:{tmp_path}?outlines{more}"]) for more in ("", "&things"))
    assert classes_of(drawn(without), "parts") == ("background", "upper", "lower", "full")
    classes = classes_of(drawn(table), "parts")
    assert classes == ("background", "upper", "lower", "full", "shoes")
    row = next(row for row in table.photos.itertuples() if row.photo.endswith("/2.jpg"))
    found = class_map(row, table.garments[table.garments["photo"] == row.photo], "parts", classes)
    assert (found[:3, 0] == 4).all() and (found == 4).sum() == 3
    x1, y1, x2, y2 = samples()[1].box
    assert (found[y1:y2, x1:x2] == 1 + samples()[1].kind).all()


def test_photos_without_classes_are_refused(clothing):
    with pytest.raises(ValueError, match="outlines"):
        drawn(read_all([f"clothing:{clothing}"]))


def test_the_reader_of_label_maps_names_numbers_and_splits(tmp_path):
    root = write_shapes(tmp_path / "shapes", photos=3, val=2)
    (root / "photos" / "train" / "alone.png").write_bytes((root / "photos" / "train" / "0.png").read_bytes())
    Image.new("L", (9, 9)).save(root / "maps" / "train" / "2.png")
    table = read_all([f"labelmaps:{root}"])
    assert table.photos["split"].value_counts().to_dict() == {"train": 2, "val": 2}
    assert set(table.photos["map_labels"]) == {"|".join(LABELS)}
    assert set(table.problems["file"]) == {"labelmaps/train/alone.png", "labelmaps/train/2.png"}
    assert set(table.garments["label"]) <= {"skirt", "tee"}


def test_labels_csv_must_be_as_described(tmp_path):
    root = write_shapes(tmp_path / "shapes", photos=1, val=1)
    (root / "labels.csv").write_text("number,label\n0,background\n300,x\n")
    with pytest.raises(ValueError, match="expected a number up to 254"):
        read_all([f"labelmaps:{root}"])


def test_taxonomy_csv_explains_labels_of_the_users_own(tmp_path):
    root = write_shapes(tmp_path / "shapes", photos=2, val=1)
    (root / "labels.csv").write_text("number,label\n0,background\n1,Rock\n2,Shirtlein\n3,bag\n")
    (root / "taxonomy.csv").write_text("label,part,category\nRock,lower,skirt\nShirtlein,upper,tee\n")
    table = drawn(read_all([f"labelmaps:{root}"]))
    assert classes_of(table, "parts") == ("background", "upper", "lower", "bag")
    assert pd.unique(table.photos["label_map"]).size == 3
