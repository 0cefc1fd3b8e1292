"""Weak boxes: detected on photos that have labels but no boxes, and kept where both agree."""

import json
from pathlib import Path

import pandas as pd

from garments.storage import OUTLINES
from garments.types import GARMENT_COLUMNS, Table


def with_extra_boxes(table: Table, files: list[Path]) -> Table:
    """The Table with garments without a box replaced by those of CSVs, for the photos that these name.

    Where a photo has one garment before and after, it keeps its item, attributes and other columns that the CSV lacks.

    Raises:
        ValueError: a file has other columns than a Table's garments (and `segmentation`).
    """
    for file in files:
        weak = pd.read_csv(file, keep_default_na=False, dtype={"photo": str})
        if list(weak.columns.drop(OUTLINES, errors="ignore")) != GARMENT_COLUMNS:
            raise ValueError(f"{file}: expected the columns {GARMENT_COLUMNS}, got {list(weak.columns)}")
        weak = weak.assign(**{column: weak[column].map(json.loads) for column in weak if column == OUTLINES})
        boxed = table.garments.loc[table.garments["x_min"].notna(), "photo"]
        weak = weak[weak["photo"].isin(table.photos["photo"]) & ~weak["photo"].isin(boxed)]
        replaced = table.garments["photo"].isin(weak["photo"])
        weak = _with_further_columns(weak, table.garments[replaced])
        table = Table(table.photos, pd.concat([table.garments[~replaced], weak], ignore_index=True), table.problems)
    return table


def _with_further_columns(weak: pd.DataFrame, replaced: pd.DataFrame) -> pd.DataFrame:
    alone = replaced.drop_duplicates("photo", keep=False)
    alone = alone[alone["photo"].isin(weak["photo"].drop_duplicates(keep=False))]
    return weak.merge(alone[["photo", *replaced.columns.difference(weak.columns)]], on="photo", how="left")
