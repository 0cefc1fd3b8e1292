"""A Table on disk: three Parquet files in a folder."""

from pathlib import Path

import pandas as pd

from garments.types import Table

FRAMES = ("photos", "garments", "problems")


def save_table(table: Table, folder: Path) -> None:
    """Write a Table; columns beyond those of `Table` are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FRAMES:
        getattr(table, name).to_parquet(folder / f"{name}.parquet", index=False)


def load_table(folder: Path) -> Table:
    """The Table that `save_table` wrote.

    Raises:
        FileNotFoundError: the folder holds none.
    """
    missing = [name for name in FRAMES if not (folder / f"{name}.parquet").exists()]
    if missing:
        raise FileNotFoundError(
            f"{folder}: expected {missing[0]}.parquet, as an evaluate command writes with --out; give its folder"
        )
    return Table(*(pd.read_parquet(folder / f"{name}.parquet") for name in FRAMES))
