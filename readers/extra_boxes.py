"""Weak boxes: detected on photos that have labels but no boxes, and kept where both agree."""

from pathlib import Path

import pandas as pd

from garments.types import GARMENT_COLUMNS, Table


def with_extra_boxes(table: Table, files: list[Path]) -> Table:
    """The Table with garments without a box replaced by those of CSVs, for the photos that these name.

    Raises:
        ValueError: a file has other columns than a Table's garments.
    """
    for file in files:
        weak = pd.read_csv(file, keep_default_na=False, dtype={"photo": str})
        if list(weak.columns) != GARMENT_COLUMNS:
            raise ValueError(f"{file}: expected the columns {GARMENT_COLUMNS}, got {list(weak.columns)}")
        boxed = table.garments.loc[table.garments["x_min"].notna(), "photo"]
        weak = weak[weak["photo"].isin(table.photos["photo"]) & ~weak["photo"].isin(boxed)]
        kept = table.garments[~table.garments["photo"].isin(weak["photo"])]
        table = Table(table.photos, pd.concat([kept, weak], ignore_index=True), table.problems)
    return table
