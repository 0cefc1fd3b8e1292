"""Options of readers in --data NAME:PATH?OPTION, and where photos come from."""

import numpy as np
import pytest

from garments.masks import decode, extent, from_segmentation
from garments.types import BOX_COLUMNS
from readers import READERS, options_of, read, read_all
from samples.layouts import HEIGHT, WIDTH, WRITERS, samples
from samples.shapes import labelmaps
from samples.single_garments import WITHOUT_BOXES

LAYOUTS = {**WRITERS, **WITHOUT_BOXES, "labelmaps": labelmaps}
OUTLINED = [name for name, reader in READERS.items() if "outlines" in options_of(reader) and name != "ccp"]


def test_the_readers_with_outlines():
    assert OUTLINED == ["deepfashion2", "fashionpedia", "imaterialist2019"]


@pytest.mark.parametrize("name", OUTLINED)
def test_outlines_are_read_on_request(name, tmp_path):
    WRITERS[name](tmp_path, samples())
    assert "segmentation" not in read(f"{name}:{tmp_path}").garments
    outlines = read(f"{name}:{tmp_path}?outlines").garments["segmentation"]
    assert all(decode(from_segmentation(outline, HEIGHT, WIDTH)).any() for outline in outlines)


def test_outlines_of_ccp_are_its_label_maps(ccp):
    garments = read(f"ccp:{ccp}?outlines").garments
    boxes = garments[BOX_COLUMNS].to_numpy()
    assert np.array_equal([extent(rle) for rle in garments["segmentation"]], boxes)


def test_landmarks_of_ccp_are_derived_on_request(ccp):
    assert "landmarks" not in read(f"ccp:{ccp}").garments
    assert set(read(f"ccp:{ccp}?landmarks=derived").garments["landmark_source"]) == {"derived"}


def test_one_split_is_read(tmp_path):
    WRITERS["deepfashion2"](tmp_path, samples())
    assert set(read(f"deepfashion2:{tmp_path}?split=val&outlines").photos["split"]) == {"val"}


@pytest.mark.parametrize(
    "option, message",
    [
        ("masks", r"no option 'masks'; options of this data set: split=\.\.\., outlines"),
        ("outlines=yes", "no option 'outlines=yes'"),
        ("split", "no option 'split'"),
        ("split=", "no option 'split='"),
    ],
)
def test_a_wrong_option_is_named_beside_the_valid_ones(option, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        read(f"deepfashion2:{tmp_path}?{option}")


def test_a_data_set_without_options_reports_none(tmp_path):
    with pytest.raises(ValueError, match="options of this data set: none"):
        read(f"clothing:{tmp_path}?outlines")


def test_a_wrong_value_is_named(ccp):
    with pytest.raises(ValueError, match="expected derived or placed, got 'guessed'"):
        read(f"ccp:{ccp}?landmarks=guessed")


SOURCES = {
    "ccp": {"user"},
    "clothing": {"user"},
    "products": {"shop"},
    "inshop": {"shop"},
    "consumer2shop": {"shop", "user"},
    "deepfashion2": {"user"},  # so in the layout
    "streetstyle": {"user"},
}


@pytest.mark.parametrize("name", READERS)
def test_photos_have_their_data_set_and_source(name, ccp, tmp_path):
    if name != "ccp":
        LAYOUTS[name](tmp_path, samples())
    photos = read(f"{name}:{ccp if name == 'ccp' else tmp_path}").photos
    assert set(photos["dataset"]) == {name}
    assert set(photos["source"]) == SOURCES.get(name, {""})


def test_a_pair_has_a_photo_of_the_customer_and_one_of_the_shop(tmp_path):
    WRITERS["consumer2shop"](tmp_path, samples())
    photos = read(f"consumer2shop:{tmp_path}").photos
    assert dict(zip(photos["photo"].str.contains("shop_"), photos["source"], strict=True)) == {
        True: "shop",
        False: "user",
    }


def test_items_of_two_data_sets_are_never_one(tmp_path):
    for name in ("inshop", "products"):
        LAYOUTS[name](tmp_path / name, samples())
    table = read_all([f"{name}:{tmp_path / name}" for name in ("inshop", "products")])
    assert table.garments["item"].str.match("inshop/id_|products/0").all()
    assert table.photos["group"].str.match("inshop/id_|products/item 0").all()


@pytest.mark.parametrize("name", READERS)
def test_a_folder_without_the_data_set_is_refused_with_its_name(name, tmp_path):
    with pytest.raises(ValueError, match=tmp_path.name):
        read(f"{name}:{tmp_path}")


@pytest.mark.parametrize("name", ["clothing", "products"])
def test_a_missing_file_is_named_with_a_remedy(name, tmp_path):
    with pytest.raises(ValueError, match=r"images\.csv is missing; give the folder that holds the data set"):
        read(f"{name}:{tmp_path}")
