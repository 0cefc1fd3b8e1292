from pathlib import Path

import pandas as pd

import readers
from garments.types import BOX_COLUMNS, GARMENT_COLUMNS
from garments.vocabulary import PARTS, taxonomy
from readers import read_all
from readers.duplicates import duplicates
from readers.extra_boxes import with_extra_boxes

DRAWN = Path(readers.__file__).parent / "ccp" / "boxes.csv"


def test_the_drawn_boxes_are_garments_of_the_photos_that_have_tags_only(shared):
    table = read_all([f"ccp:{shared / 'data' / 'ccp'}"]).in_splits("tags")
    drawn = with_extra_boxes(table, [DRAWN]).garments
    assert len(drawn) == len(pd.read_csv(DRAWN)) > 2600 and drawn["photo"].nunique() == 1089
    sizes = table.photos.set_index("photo").loc[drawn["photo"], ["width", "height"]].to_numpy()
    low, high = drawn[BOX_COLUMNS[:2]].to_numpy(), drawn[BOX_COLUMNS[2:]].to_numpy()
    assert (low >= 0).all() and (low + 10 < high).all() and (high <= sizes).all()


def test_the_drawn_boxes_have_the_parts_and_categories_of_their_labels():
    drawn = pd.read_csv(DRAWN, keep_default_na=False)
    assert list(drawn) == GARMENT_COLUMNS and drawn["part"].isin(PARTS).all()
    known = taxonomy("ccp")
    for row in drawn[drawn["label"] != ""].itertuples():
        meant = (known[row.label].part, known[row.label].category)
        assert (row.part, row.category) == meant or (row.label, row.part, row.category) == ("jumper", "full", "")


def test_no_photo_with_drawn_boxes_is_one_of_another_split(shared):
    table = read_all([f"ccp:{shared / 'data' / 'ccp'}"])
    drawn = set(pd.read_csv(DRAWN)["photo"])
    twice = duplicates(table.keep(~table.photos["split"].eq("tags") | table.photos["photo"].isin(drawn)))
    assert len(twice) and (twice["split"] == twice["other_split"]).all()
