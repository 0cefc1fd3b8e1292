"""Crowds: boxes around many garments at once, COCO's `iscrowd`.

A detection inside a crowd is neither right nor wrong, and nothing is learnt from a crowd. Lin et al.: Microsoft COCO,
ECCV 2014.
"""

import pandas as pd

from garments.types import Table

CROWD = "iscrowd"  # a column of garments, 1 for a crowd


def is_crowd(garments: pd.DataFrame) -> pd.Series:
    """True for the rows of garments that are crowds; False for all where the data set has none."""
    if CROWD not in garments:
        return pd.Series(False, garments.index)
    return garments[CROWD].fillna(0).astype(bool)


def without_crowds(table: Table) -> Table:
    """The Table without its crowds; the rows of the other garments keep their index."""
    crowds = is_crowd(table.garments)
    return Table(table.photos, table.garments[~crowds], table.problems) if crowds.any() else table
