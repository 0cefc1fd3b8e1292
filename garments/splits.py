"""Splits that do not change when photos are added."""

import hashlib

import pandas as pd

from garments.types import Table


def hold_out(table: Table, share: float) -> tuple[Table, Table]:
    """(rest, held): about `share` of the groups of photos, chosen by a hash, is held out for model selection."""
    held = held_out(table, share)
    return table.keep(~held), table.keep(held)


def held_out(table: Table, share: float) -> pd.Series:
    """True for the photos that `hold_out` holds out.

    Groups are hashed without the name of their data set, so that the same photos are held out of one data set as of
    several. A category that would be held out altogether stays in training, with all photos of its groups; more data
    can therefore hold out more photos, but never fewer.
    """
    photos = table.photos
    names = zip(photos["group"], photos["dataset"], strict=True)
    own = [group.removeprefix(f"{dataset}/") for group, dataset in names]
    held = chosen(pd.Series(own, photos.index, dtype=object), share)
    sure = table.garments[
        (table.garments["category"] != "") & ~table.garments["category"].str.contains("|", regex=False)
    ]
    gone = sure["photo"].map(held.set_axis(photos["photo"])).astype(bool).groupby(sure["category"]).transform("all")
    kept = photos["photo"].isin(sure.loc[gone, "photo"])
    return held & ~photos["group"].isin(photos.loc[kept, "group"])


def chosen(names: pd.Series, share: float) -> pd.Series:
    """True for about `share` of the names, by a hash of each."""
    return names.map(lambda name: hashlib.md5(name.encode()).digest()[0] < 256 * share).astype(bool)
