import numpy as np
import pandas as pd
import pytest

from garments.masks import encode
from garments.storage import load_table, save_table
from garments.types import Table

PHOTOS = [dict(photo=name, path=f"{name}.jpg", width=6, height=4, source="shop", dataset="x") for name in "abc"]


def stored(garments, folder):
    save_table(Table.of(PHOTOS, garments, []), folder)
    return load_table(folder)


def test_data_set_and_source_are_kept(tmp_path):
    photos = stored([], tmp_path).photos
    assert list(photos["source"]) == ["shop"] * 3
    assert list(photos["dataset"]) == ["x"] * 3


def test_polygons_run_lengths_and_none_are_kept_side_by_side(tmp_path):
    outlines = [[[1.0, 1.0, 5.0, 1.0, 5.0, 3.0]], encode(np.eye(4, 6, dtype=bool)), None]
    garments = [dict(photo=name, segmentation=outline) for name, outline in zip("abc", outlines, strict=True)]
    assert list(stored(garments, tmp_path).garments["segmentation"]) == outlines


def test_landmarks_and_items_are_kept(tmp_path):
    garments = stored(
        [dict(photo="a", item="7", landmarks=np.arange(24.0)), dict(photo="b", item="")], tmp_path
    ).garments
    assert list(garments["item"]) == ["7", ""]
    assert np.array_equal(garments["landmarks"][0], np.arange(24)) and garments["landmarks"][1] is None


def test_a_table_stored_before_there_were_data_set_and_source_is_loaded(tmp_path):
    stored([dict(photo="a")], tmp_path)
    file = tmp_path / "photos.parquet"
    pd.read_parquet(file).drop(columns=["dataset", "source"]).to_parquet(file)
    table = load_table(tmp_path)
    assert list(table.photos["source"]) == [""] * 3
    assert list(table.photos["dataset"]) == [""] * 3
    assert list(table.photos["group"]) == list("abc")


def test_a_folder_without_a_table_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="expected photos"):
        load_table(tmp_path)
