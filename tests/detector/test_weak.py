from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from detector.weak import agreed, foreground_boxes, weak_boxes, write_boxes
from garments.masks import box_of_mask, decode, masks_of
from garments.types import BOX_COLUMNS, Garments
from garments.vocabulary import Meaning
from readers import read_all
from readers.extra_boxes import with_extra_boxes

SHIRT, TEE = ("shirt", Meaning("upper", "shirt")), ("t-shirt", Meaning("upper", "tee"))
JEANS, OUTWEAR = ("jeans", Meaning("lower", "jeans")), ("Outwear", Meaning("", "jacket|coat"))


def garments(*found):
    boxes = np.array([[9 * n, 9 * n, 9 * n + 10, 9 * n + 30] for n in range(len(found))], np.float32).reshape(-1, 4)
    return Garments(boxes, np.array([s for _, s in found], np.float32), np.array([p for p, _ in found], object))


def test_boxes_are_kept_where_they_match_the_labels():
    rows = agreed([SHIRT, JEANS], garments(("upper", 0.9), ("lower", 0.8), ("full", 0.1)), 0.5)
    assert [(r["label"], r["part"], r["category"]) for r in rows] == [
        ("shirt", "upper", "shirt"), ("jeans", "lower", "jeans"),
    ]  # fmt: skip
    assert rows[0]["x_max"] == 10 and rows[0]["score"] == pytest.approx(0.9)


def test_two_labels_of_a_part_give_boxes_without_category():
    rows = agreed([SHIRT, TEE], garments(("upper", 0.9), ("upper", 0.8)), 0.5)
    assert len(rows) == 2 and {r["category"] for r in rows} == {""} and {r["part"] for r in rows} == {"upper"}
    assert [r["category"] for r in agreed([SHIRT, TEE], garments(("upper", 0.9), ("upper", 0.2)), 0.5)] == [""]


def test_an_open_part_takes_the_best_box():
    assert agreed([OUTWEAR], garments(("full", 0.9), ("upper", 0.8)), 0.5)[0]["part"] == "full"


@pytest.mark.parametrize(
    "found", [[("upper", 0.9)], [("upper", 0.9), ("lower", 0.2)], [("upper", 0.9), ("lower", 0.8), ("full", 0.7)]]
)
def test_a_missing_a_doubtful_or_an_unexplained_garment_rejects_the_photo(found):
    assert agreed([SHIRT, JEANS], garments(*found), 0.5) == []


def test_labels_decide_the_part_of_a_garment_whatever_the_detector_scores():
    whole, top = [0, 0, 40, 90], [0, 0, 40, 45]
    found = Garments(np.array([top, whole], np.float32), np.array([0.9, 0.2], np.float32), np.array(["upper", "full"]))
    dress = [("dress", Meaning("full", "dress"))]
    assert [(r["part"], r["y_max"]) for r in agreed(dress, found, 0.15)] == [("full", 90)]
    beside = replace(found, boxes_xyxy=np.array([[50, 0, 90, 45], whole], np.float32))
    assert agreed(dress, beside, 0.15) == []


def test_weak_boxes_take_the_place_of_garments_without_one(ccp, clothing, tmp_path):
    table = read_all([f"ccp:{ccp}", f"clothing:{clothing}"])

    def detector(photos, pixels):
        return [garments(("upper", 0.9), ("lower", 0.8)) for _ in photos]

    found = weak_boxes(detector, table, 0.5)
    assert set(found.photos["photo"]) == {"ccp/0019", "ccp/0022", "clothing/photo-2"}
    found.garments.to_csv(tmp_path / "weak.csv", index=False)
    merged = with_extra_boxes(table, [tmp_path / "weak.csv"])
    assert len(merged.garments) == len(table.garments) + 4
    assert (merged.garments["score"] < 1).sum() == 5 and merged.garments["x_min"].isna().sum() == 3
    pd.DataFrame({"a": [1]}).to_csv(tmp_path / "other.csv", index=False)
    with pytest.raises(ValueError, match="expected the columns"):
        with_extra_boxes(table, [tmp_path / "other.csv"])


def test_the_foreground_boxes_photos_of_one_garment_and_keeps_trust_in_their_labels(clothing):
    table = read_all([f"clothing:{clothing}"])
    found = foreground_boxes(table)
    dress = found.garments.set_index("photo").loc["clothing/photo-1"]
    assert (dress["label"], dress["part"], dress["trust"]) == ("Dress", "full", 1) and dress["score"] < 1
    assert dress["x_min"] < dress["x_max"] <= 60 and set(found.garments["photo"]) <= set(table.garments["photo"])


def test_the_masks_of_the_foreground_reach_training_by_the_csv(clothing, tmp_path):
    table = read_all([f"clothing:{clothing}"])
    write_boxes(foreground_boxes(table, masks=True), tmp_path / "boxes.csv")
    merged = with_extra_boxes(table, [tmp_path / "boxes.csv"])
    dress = merged.garments[merged.garments["photo"] == "clothing/photo-1"]
    photo = merged.photos.set_index("photo").loc["clothing/photo-1"]
    [mask] = map(decode, masks_of(dress, photo["height"], photo["width"]))
    assert mask.shape == (photo["height"], photo["width"])
    assert np.abs(box_of_mask(mask) - dress[BOX_COLUMNS].to_numpy(float)).max() <= 2
