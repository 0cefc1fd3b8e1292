"""Pictures of garments: cut, continued beyond the photo, on white, by category."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from garments.masks import encode
from garments.types import Table
from generator.config import PRESETS
from generator.found import found_garments
from generator.pictures import PictureCutting, classes_of, cut_pictures, mask_of
from photos.reading import PhotoError
from readers import read_all
from samples.tiny import export_tiny_models, write_photos

TINY = PRESETS["tiny"]
GARMENT = pd.Series({"mask_value": -1})
RED, BLUE = (200, 30, 30), (20, 40, 220)


def photo(height: int = 40, width: int = 20) -> np.ndarray:
    """Red above, blue below."""
    pixels = np.full((height, width, 3), RED, np.uint8)
    pixels[height // 2 :] = BLUE
    return pixels


def test_beyond_the_photo_its_last_pixels_go_on():
    cut = PictureCutting(16, 1.0, 0).picture(photo(), 1.0, np.array([-10.0, 0, 30, 40]), None, GARMENT)
    assert (cut[1] == RED).all() and (cut[-2] == BLUE).all()


def test_a_shrunk_photo_is_cut_at_the_same_place():
    cutting, region = PictureCutting(16, 1.0, 0), np.array([-10.0, 0, 30, 40])
    whole = cutting.picture(photo(80, 40), 2.0, region, None, GARMENT)
    assert np.abs(whole.astype(int) - cutting.picture(photo(), 1.0, region, None, GARMENT)).mean() < 3


def test_the_background_is_white_where_it_is_removed():
    mask = np.zeros((40, 20), bool)
    mask[10:30, 5:15] = True
    garment = pd.Series({"mask_value": -1, "segmentation": encode(mask)})
    cutting = PictureCutting(40, 1.0, 0, True, "white")
    cut = cutting.picture(photo(), 1.0, np.array([-10.0, 0, 30, 40]), None, garment)
    assert (cut[:, :14] == 255).all() and (cut[:9] == 255).all()
    assert (cut[12:18, 17:23] == RED).all()


def test_a_mask_is_taken_from_the_outline_then_the_label_map_then_the_foreground():
    label_map = np.repeat(np.arange(40, dtype=np.uint8)[:, None] // 20, 20, 1)
    garment = pd.Series({"mask_value": 1.0, "segmentation": None})
    assert np.array_equal(mask_of(photo(), 1.0, label_map, garment), label_map == 1)
    square = pd.Series({"mask_value": 1.0, "segmentation": [[0, 0, 10, 0, 10, 10, 0, 10]]})
    assert mask_of(photo(), 1.0, label_map, square).sum() == 100
    shirt = np.full((90, 60, 3), 255, np.uint8)
    shirt[20:70, 15:45] = RED
    assert 1200 < mask_of(shirt, 1.0, None, GARMENT).sum() < 1800


def test_a_photo_without_a_mask_is_told_when_the_background_is_to_go():
    with pytest.raises(PhotoError, match="stands out"):
        mask_of(np.full((40, 40, 3), 255, np.uint8), 1.0, None, GARMENT)


def test_categories_with_few_garments_are_left_out(ccp, tmp_path):
    table = read_all([f"ccp:{ccp}"])
    counts = table.garments["category"].value_counts()
    config = replace(TINY, fewest=int(counts.max()))
    classes = classes_of(table, config)
    assert classes == {name: int(n) for name, n in counts.sort_index().items() if n == counts.max()}
    pictures = cut_pictures(table, config, tmp_path, classes)
    names = np.array(list(classes))[pictures.categories]
    assert names.tolist() == pictures.garments["category"].tolist()
    assert pictures.images.shape == (sum(classes.values()), 16, 16, 3)


def test_without_a_condition_every_garment_is_a_picture(ccp, tmp_path):
    table = read_all([f"ccp:{ccp}"])
    pictures = cut_pictures(table, replace(TINY, condition="none"), tmp_path, {})
    assert len(pictures) == len(table.garments) and not pictures.categories.any()


def test_the_label_maps_of_ccp_cut_garments_out(ccp, tmp_path):
    table = read_all([f"ccp:{ccp}"]).in_splits("train")
    config = replace(TINY, background="white", condition="part")
    pictures = cut_pictures(table, config, tmp_path, classes_of(table, config))
    corners = pictures.images[:, 0, 0].astype(int)
    assert len(pictures) and (corners > 240).all(1).mean() > 0.9


def test_an_empty_table_has_no_pictures(tmp_path):
    assert cut_pictures(Table.of([], [], []), TINY, tmp_path, {}).images.shape == (0, 16, 16, 3)


def test_garments_of_a_folder_are_found_once(tmp_path, monkeypatch):
    write_photos(tmp_path / "photos" / "summer", 3, broken=1)
    Image.new("RGB", (50, 60), RED).save(tmp_path / "photos" / "red.png")
    models = export_tiny_models(tmp_path / "models")
    table = found_garments(tmp_path / "photos", tmp_path / "kept", models)
    assert "summer/photo-000000.jpg" in set(table.photos["photo"]) and len(table.garments)
    assert table.problems["file"].tolist() == ["summer/broken-000000.jpg"]
    assert isinstance(table.garments["segmentation"][0], dict)
    monkeypatch.setattr("garments.load", None)
    again = found_garments(tmp_path / "photos", tmp_path / "kept", models)
    pd.testing.assert_frame_equal(again.garments, table.garments)
    config = replace(TINY, background="white", condition="part")
    assert len(cut_pictures(again, config, tmp_path / "crops", classes_of(again, config))) == len(table.garments)
