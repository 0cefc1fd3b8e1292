"""Splits that do not change when photos are added."""

import hashlib

import pandas as pd

from garments.types import Table


def hold_out(table: Table, share: float) -> tuple[Table, Table]:
    """(rest, held): about `share` of the groups of photos, chosen by a hash, is held out for model selection."""
    held = held_out(table.photos, share)
    return table.keep(~held), table.keep(held)


def held_out(photos: pd.DataFrame, share: float) -> pd.Series:
    """True for the photos that `hold_out` holds out.

    Groups are hashed without the name of their data set, so that the same photos are held out of one data set as of
    several.
    """
    names = zip(photos["group"], photos["dataset"], strict=True)
    own = [group.removeprefix(f"{dataset}/") for group, dataset in names]
    return chosen(pd.Series(own, photos.index, dtype=object), share)


def chosen(names: pd.Series, share: float) -> pd.Series:
    """True for about `share` of the names, by a hash of each."""
    return names.map(lambda name: hashlib.md5(name.encode()).digest()[0] < 256 * share).astype(bool)
