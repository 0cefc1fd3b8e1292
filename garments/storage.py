"""A Table on disk: three Parquet files in a folder."""

import json
from pathlib import Path

import pandas as pd

from garments.types import Table
from garments.vocabulary import PROBABILITY

OUTLINES = "segmentation"  # a column of garments that is JSON on disk
CATEGORIES_OF, LANDMARKS_OF = "classifier.evaluate", "classifier.evaluate of a landmark regressor"
BOXES_OF, PIPELINE_OF = "detector.evaluate", "pipeline.evaluate"
FRAMES = ("photos", "garments", "problems")


def save_table(table: Table, folder: Path) -> None:
    """Write a Table; columns beyond those of `Table` are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FRAMES:
        frame = getattr(table, name)
        if OUTLINES in frame:  # polygons and run lengths have no common type in Parquet
            texts = [json.dumps(value) if isinstance(value, list | dict) else None for value in frame[OUTLINES]]
            frame = frame.assign(**{OUTLINES: texts})
        frame.to_parquet(folder / f"{name}.parquet", index=False)


def load_table(folder: Path) -> Table:
    """The Table that `save_table` wrote; columns that an earlier version lacked are filled as by `Table.of`.

    Raises:
        FileNotFoundError: the folder holds none.
    """
    missing = [name for name in FRAMES if not (folder / f"{name}.parquet").exists()]
    if missing:
        raise FileNotFoundError(
            f"{folder}: expected {missing[0]}.parquet, as an evaluate command writes with --out; give its folder"
        )
    photos, garments, problems = (pd.read_parquet(folder / f"{name}.parquet") for name in FRAMES)
    if OUTLINES in garments:
        garments[OUTLINES] = [json.loads(text) if isinstance(text, str) else None for text in garments[OUTLINES]]
    return Table.of(photos, garments, problems)


def load_predictions(folder: Path, *commands: str) -> tuple[Table, Table]:
    """(truth, predicted) of the --out of an evaluate command.

    Args:
        folder: the --out.
        commands: those whose predictions are meant, of `evaluated_by`.

    Raises:
        FileNotFoundError: the folder holds no predictions.
        ValueError: they are of another command.
    """
    truth, predicted = (load_table(folder / name) for name in ("truth", "predicted"))
    if len(predicted.garments) and (other := evaluated_by(predicted)) not in commands:
        raise ValueError(f"{folder}: expected the --out of {' or '.join(commands)}, got that of {other}")
    return truth, predicted


def evaluated_by(predicted: Table) -> str:
    """The command that wrote predictions, as their columns tell."""
    if any(column.startswith(PROBABILITY) for column in predicted.garments):
        return CATEGORIES_OF
    if "detector_part" in predicted.garments:
        return PIPELINE_OF
    return LANDMARKS_OF if "landmarks" in predicted.garments else BOXES_OF
