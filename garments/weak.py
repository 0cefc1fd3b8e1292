"""Weak boxes: found by a detector on photos that have labels but no boxes, and kept where the two agree."""

from pathlib import Path

import pandas as pd

from garments.types import GARMENT_COLUMNS, Table


def with_weak_boxes(table: Table, file: Path) -> Table:
    """The Table with the boxes of a CSV of garments for the photos it names; those rows take the place of boxless ones.

    Raises:
        ValueError: the file is not such a CSV.
    """
    weak = pd.read_csv(file, keep_default_na=False, dtype={"photo": str})
    if list(weak.columns) != GARMENT_COLUMNS:
        raise ValueError(f"{file}: expected the columns {GARMENT_COLUMNS}, got {list(weak.columns)}")
    weak = weak[weak["photo"].isin(table.photos["photo"])]
    boxless = table.garments["x_min"].isna() & table.garments["photo"].isin(weak["photo"])
    garments = pd.concat([table.garments[~boxless], weak], ignore_index=True)
    return Table(table.photos, garments, table.problems)
