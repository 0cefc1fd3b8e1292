import pandas as pd

from garments.splits import chosen, held_out
from garments.types import Table

NAMES = [f"{n:04d}" for n in range(200)]


def table():
    return Table.of([dict(photo=name, path=name, width=4, height=6) for name in NAMES], [], [])


def test_names_are_chosen_by_their_hash_alone():
    first = [name for name in NAMES[:40] if chosen(pd.Series([name]), 0.1)[0]]
    assert first == ["0015", "0022", "0024", "0029", "0031", "0035"]


def test_about_the_share_is_chosen():
    assert 10 <= chosen(pd.Series(NAMES), 0.1).sum() <= 30


def test_photos_are_held_out_alike_from_one_data_set_and_from_several():
    alone = held_out(table().photos, 0.2)
    among = held_out(Table.concatenate({"x": table(), "y": table()}).photos, 0.2)
    assert list(among) == [*alone, *alone]


def test_photos_of_one_group_are_on_one_side():
    photos = table().photos.assign(group=["a", "b"] * 100)
    assert held_out(photos, 0.5).groupby(photos["group"]).nunique().eq(1).all()
