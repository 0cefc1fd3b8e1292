"""Splits that stay as they are when photos are added."""

import hashlib

import pandas as pd

from garments.types import Table


def hold_out(table: Table, share: float) -> tuple[Table, Table]:
    """(rest, held): about `share` of the photos, chosen by a hash of their names, for choosing models and thresholds."""
    held = held_out(table.photos["photo"], share)
    return table.keep(~held), table.keep(held)


def held_out(photos: pd.Series, share: float) -> pd.Series:
    """True for the photos that `hold_out` holds out."""
    return photos.map(lambda photo: hashlib.md5(photo.encode()).digest()[0] < 256 * share).astype(bool)
