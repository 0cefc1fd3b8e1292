"""The garments that the pipeline finds in a folder of photos, as a Table to learn from."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pandas as pd

import garments
from garments.storage import load_table, save_table
from garments.types import BOX_COLUMNS, Table
from photos.reading import find_files, photo_name

CHUNK = 32  # photos kept together; a killed call loses at most one chunk


def found_garments(folder: Path, kept: Path, models: Path | None = None) -> Table:
    """The garments of all photos of a folder, with part, category and mask; those found before are not sought again.

    Args:
        folder: of photos, with sub-folders.
        kept: the folder for what was found.
        models: the folder of the pipeline's models, see `garments.load`.

    Raises:
        ValueError: no garment was found.
    """
    pipeline: Callable | None = None
    tables = []
    found = list(find_files(folder, leave_out=kept))
    for files in (found[start : start + CHUNK] for start in range(0, len(found), CHUNK)):
        states = [f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files]
        chunk = kept / hashlib.sha256("\n".join(states).encode()).hexdigest()[:20]
        if not chunk.exists():
            pipeline = pipeline or garments.load(models, landmarks=False)
            unfinished = chunk.with_suffix(".unfinished")
            save_table(_table(pipeline, files, folder), unfinished)
            unfinished.rename(chunk)
        tables.append(load_table(chunk))
    frames = [[getattr(table, name) for table in tables] for name in ("photos", "garments", "problems")]
    table = Table.of(*(pd.concat(parts, ignore_index=True) if parts else [] for parts in frames))
    if not len(table.garments):
        raise ValueError(f"{folder}: no garment was found in {len(table.photos)} photos")
    return table


def _table(pipeline: Callable, files: list[Path], folder: Path) -> Table:
    photos, rows, problems = [], [], []
    for file, found in zip(files, pipeline(files), strict=True):
        name = photo_name(file, folder)
        if found.photo is None:
            problems.append({"file": name, "reason": found.error.reason, "remedy": found.error.remedy})
            continue
        size = dict(width=found.photo.width, height=found.photo.height)
        photos.append(dict(photo=name, path=str(file), split="train", group=name, dataset="photos", **size))
        masks = [None] * len(found.scores) if found.masks is None else list(found.masks)
        for garment, mask in zip(found.to_frame().to_dict("records"), masks, strict=True):
            meaning = dict(label=garment["category"], part=garment["part"], category=garment["category"])
            box = {column: garment[column] for column in BOX_COLUMNS}
            rows.append(dict(photo=name, **meaning, **box, score=garment["part_score"], segmentation=mask))
    return Table.of(photos, rows, problems)
