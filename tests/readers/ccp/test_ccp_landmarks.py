import numpy as np
import pandas as pd
import pytest

from garments.landmarks import LANDMARKS, OF_PART, landmarks_of
from garments.types import Table
from readers import read, read_all
from readers.ccp.landmarks import PLACED, with_derived_landmarks, with_placed_landmarks


def test_landmarks_are_derived_for_each_garment_with_a_mask(ccp):
    table = with_derived_landmarks(read(f"ccp:{ccp}"))
    found = landmarks_of(table.garments)
    assert (table.garments["landmark_source"] == "derived").all() and (found[:, :, 2] > 0).any(1).all()
    boxes = table.garments[["x_min", "y_min", "x_max", "y_max"]].to_numpy()
    x, y = found[:, 6, 0], found[:, 6, 1]
    assert (abs(x - boxes[:, 0]) < 5).all() and (abs(y - boxes[:, 3]) < 5).all()


def test_garments_of_other_data_sets_keep_their_landmarks(ccp, clothing):
    mixed = with_derived_landmarks(read_all([f"ccp:{ccp}", f"clothing:{clothing}"]))
    other = mixed.garments["photo"].str.startswith("clothing/")
    assert other.any() and mixed.garments["landmarks"][other].isna().all()
    assert landmarks_of(mixed.garments)[~other].any() and not landmarks_of(mixed.garments)[other].any()


def test_placed_landmarks_take_the_place_of_derived_ones(ccp):
    rows = pd.read_csv(PLACED, dtype={"photo": str})
    photo, label = rows.loc[0, ["photo", "label"]]
    table = with_derived_landmarks(read(f"ccp:{ccp}"))
    garments = table.garments.assign(
        label=label, photo="ccp/" + table.garments["photo"].replace({"0001": photo, photo: "0001"})
    )
    photos = table.photos.assign(photo="ccp/" + table.photos["photo"].replace({"0001": photo, photo: "0001"}))
    found = with_placed_landmarks(Table(photos, garments, table.problems)).garments
    placed = found["landmark_source"] == "placed"
    assert placed.sum() == (garments["photo"] == f"ccp/{photo}").sum() and placed.any() and not placed.all()
    first = rows.iloc[0]
    row = found[placed]["landmarks"].iloc[0].reshape(8, 3)[LANDMARKS.index(first["landmark"])]
    assert row.tolist() == [first["x"], first["y"], first["visibility"]]


def test_the_placed_landmarks_fit_the_photos_they_are_of(shared):
    table = with_placed_landmarks(read(f"ccp:{shared / 'data' / 'ccp'}").in_splits("val"))
    rows = pd.read_csv(PLACED, dtype={"photo": str})
    placed = table.garments[table.garments["landmark_source"] == "placed"]
    assert len(placed) == rows.groupby(["photo", "label"]).ngroups and placed["photo"].nunique() >= 60
    whole = table.garments[table.garments["photo"].isin(rows["photo"])]
    assert len(whole) == len(placed)  # all garments of these photos
    sizes = table.photos.set_index("photo").loc[placed["photo"], ["width", "height"]].to_numpy()
    found = landmarks_of(placed)
    assert (found[..., :2] >= 0).all() and (found[..., :2] <= sizes[:, None]).all()
    assert rows.groupby(["photo", "label"]).size().tolist() == [len(OF_PART[p]) for p in sorted_parts(placed)]


def sorted_parts(garments):
    return garments.sort_values(["photo", "label"])["part"]


def test_a_damaged_label_map_is_reported(ccp, tmp_path):
    table = read(f"ccp:{ccp}")
    broken = table.photos.assign(label_map=str(ccp / "annotations" / "pixel-level" / "none.mat"))
    with pytest.raises(ValueError, match=r"none\.mat is missing"):
        with_derived_landmarks(Table(broken, table.garments, table.problems))
    assert np.isfinite(landmarks_of(table.garments)).all()
