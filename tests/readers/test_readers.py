import shutil

import numpy as np
import pytest
from scipy.io import savemat

from garments.splits import hold_out
from garments.types import BOX_COLUMNS
from readers import read, read_all


def test_ccp_gives_boxes_parts_and_categories(ccp):
    table = read(f"ccp:{ccp}")
    assert dict(table.photos["split"].value_counts()) == {"train": 12, "val": 6, "tags": 6}
    shirt = table.garments[(table.garments["photo"] == "0001") & (table.garments["label"] == "shirt")].iloc[0]
    assert (shirt["part"], shirt["category"]) == ("upper", "shirt")
    assert list(shirt[BOX_COLUMNS]) == [15, 20, 45, 45]
    tags = table.photos.set_index("photo").loc["0019", "tags"]
    assert set(tags.split("|")) == {"null", "hair", "skin", "shirt", "jeans"}
    assert table.problems.empty


def test_clothing_has_no_boxes_and_reports_problems(clothing):
    table = read(f"clothing:{clothing}")
    assert len(table.photos) == 7 and table.garments[BOX_COLUMNS].isna().all(axis=None)
    assert set(table.garments["label"]) == {"T-Shirt", "Dress", "Outwear", "Polo"}
    reasons = dict(zip(table.problems["file"], table.problems["reason"], strict=True))
    assert "Toga" in reasons["images.csv:8"] and "missing" in reasons["images.csv:9"]
    assert table.photos["group"].nunique() == 4


def test_a_duplicate_photo_of_clothing_is_a_problem_and_columns_are_required(clothing, tmp_path):
    (tmp_path / "images").symlink_to(clothing / "images")
    header, *lines = (clothing / "images.csv").read_text().splitlines()
    (tmp_path / "images.csv").write_text("\n".join([header, lines[0], *lines]))
    table = read(f"clothing:{tmp_path}")
    assert "the photo is listed twice" in set(table.problems["reason"]) and len(table.photos) == 7
    assert not table.garments["photo"].duplicated().any()
    (tmp_path / "images.csv").write_text("image,label\nphoto-0,Dress")
    with pytest.raises(ValueError, match="expected the columns image, sender_id and label"):
        read(f"clothing:{tmp_path}")


@pytest.mark.parametrize("damage", ["garbage", "missing", "other size", "unknown label", "no photo"])
def test_a_broken_photo_of_ccp_becomes_a_problem_and_the_rest_is_read(ccp, tmp_path, damage):
    root = tmp_path / "ccp"
    shutil.copytree(ccp, root)
    annotation = root / "annotations/pixel-level/0002.mat"
    if damage == "garbage":
        annotation.write_bytes(b"MATLAB 5.0 and then nothing")
    elif damage == "missing":
        annotation.unlink()
    elif damage == "other size":
        savemat(annotation, {"groundtruth": np.zeros((9, 9), np.uint8)})
    elif damage == "unknown label":
        savemat(annotation, {"groundtruth": np.full((90, 60), 99, np.uint8)})
    else:
        (root / "photos/0002.jpg").unlink()
    table = read(f"ccp:{root}")
    assert list(table.problems["file"]) == ["0002"] and table.problems["remedy"].all()
    assert len(table.photos) == 23 and "0002" not in set(table.garments["photo"])


@pytest.mark.parametrize(
    "source, message", [("ccp", "NAME:PATH"), ("mnist:/", "ccp, clothing"), ("ccp:/nowhere", "folder")]
)
def test_an_invalid_source_is_an_error(source, message):
    with pytest.raises(ValueError, match=message):
        read(source)


def test_holding_out_is_by_group_and_stable_under_added_photos(ccp, clothing):
    table = read_all([f"ccp:{ccp}", f"clothing:{clothing}"])
    rest, held = hold_out(table, 0.4)
    assert len(rest.photos) + len(held.photos) == len(table.photos)
    assert not set(rest.photos["group"]) & set(held.photos["group"])
    fewer = table.keep(table.photos.index % 2 == 0)
    assert set(hold_out(fewer, 0.4)[1].photos["photo"]) == set(held.photos["photo"]) & set(fewer.photos["photo"])


def test_the_real_ccp_has_the_published_garments(shared):
    table = read(f"ccp:{shared}/data/ccp")
    assert dict(table.photos["split"].value_counts()) == {"tags": 1094, "train": 750, "val": 104}
    parts = table.in_splits("val").garments["part"].value_counts()
    assert dict(parts) == {"upper": 103, "lower": 77, "full": 51}
    assert table.problems.empty
