"""Splits that stay as they are when photos are added."""

import hashlib

import pandas as pd

from garments.types import Table


def hold_out(table: Table, share: float) -> tuple[Table, Table]:
    """(rest, held): about `share` of the groups of photos, by a hash, is held to choose models and thresholds on."""
    held = held_out(table.photos["group"], share)
    return table.keep(~held), table.keep(held)


def held_out(groups: pd.Series, share: float) -> pd.Series:
    """True for the groups that `hold_out` holds out."""
    return groups.map(lambda group: hashlib.md5(group.encode()).digest()[0] < 256 * share).astype(bool)
