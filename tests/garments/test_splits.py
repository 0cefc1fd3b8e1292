import pandas as pd

from garments.splits import chosen, held_out, hold_out
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
    alone = held_out(table(), 0.2)
    among = held_out(Table.concatenate({"x": table(), "y": table()}), 0.2)
    assert list(among) == [*alone, *alone]


def test_photos_of_one_group_are_on_one_side():
    photos = table().photos.assign(group=["a", "b"] * 100)
    held = held_out(Table(photos, table().garments, table().problems), 0.5)
    assert held.groupby(photos["group"]).nunique().eq(1).all()


def labelled(categories):
    """A Table with a garment of a category in each of some photos."""
    photos = [dict(photo=name, path=name, width=4, height=6) for name in NAMES]
    garments = [dict(photo=photo, label=c, part="upper", category=c) for photo, c in categories.items()]
    return Table.of(photos, garments, [])


def test_a_category_is_never_held_out_altogether():
    first, second = (name for name in NAMES[:23] if chosen(pd.Series([name]), 0.1)[0])  # 0015 and 0022
    rest, held = hold_out(labelled({first: "vest", second: "tee", "0001": "tee"}), 0.1)
    assert first in set(rest.photos["photo"]) and second in set(held.photos["photo"])


def test_more_data_never_puts_a_held_out_photo_back():
    few = held_out(labelled({"0015": "vest"}), 0.1)
    more = held_out(labelled({"0015": "vest", "0001": "vest"}), 0.1)
    assert list(more[few]) == [True] * few.sum() and more.sum() == few.sum() + 1
