"""Features of garments by a detector, computed once and kept on disk in half precision."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from engine.store import state_of
from garments.types import BOX_COLUMNS, Table
from photos.reading import read_photos
from retriever.match.features import RoiFeatures, network_inputs
from retriever.protocols import as_garments

CHUNK = 64  # photos to a file; a killed call loses at most one
Found = tuple[np.ndarray, np.ndarray]  # (n,) row numbers of garments, (n, side, side, C) their features


class Stored:
    """Features of N garments, read from disk as they are asked for.

    Attributes:
        rows: (N,) their row numbers in `table.garments`, photo by photo.
    """

    def __init__(self, files: list[Path]):
        """Args: files: of features, beside each the one of the rows."""
        rows = [np.load(_rows_of(file)) for file in files]
        self._chunks = [np.load(file, mmap_mode="r") for file in files]
        self._places = [(chunk, n) for chunk, own in enumerate(rows) for n in range(len(own))]
        self.rows = np.concatenate([np.zeros(0, int), *rows])

    def __getitem__(self, indices: np.ndarray) -> np.ndarray:
        """(B, side, side, C) float32 of the garments at these indices."""
        places = [self._places[index] for index in indices]
        return np.stack([self._chunks[chunk][n] for chunk, n in places]).astype(np.float32)


def store_features(table: Table, features: RoiFeatures, detector: str, folder: Path, problems: list[dict]) -> Stored:
    """The features of all garments of a Table; those that an earlier call computed in the folder are reused.

    Args:
        table: photos and garments; a garment without a box is assumed to fill its photo.
        features: of the detector.
        detector: its fingerprint.
        folder: for the files; each combination of data and detector has its own sub-folder.
        problems: photos that cannot be read are appended here, as rows of a Table's problems.
    """
    import tensorflow as tf

    run = tf.function(features, input_signature=features.signature)
    folder = folder / _key(table, detector, features.side)
    folder.mkdir(parents=True, exist_ok=True)
    garments = table.garments.reset_index(drop=True)
    photos = table.photos[table.photos["photo"].isin(garments["photo"])]
    files = []
    for start in tqdm(range(0, len(photos), CHUNK), unit="chunk", desc="features", disable=None):
        files.append(folder / f"{start:08d}.npy")
        if not files[-1].exists():
            _write(files[-1], *_compute(photos.iloc[start : start + CHUNK], garments, run, features, problems))
    return Stored(files)


def _key(table: Table, detector: str, side: int) -> str:
    """A digest of what the features depend on: files (size and modification time), boxes, the detector, the side."""
    photos = [[photo, *state_of(path)] for photo, path in table.photos[["photo", "path"]].itertuples(index=False)]
    owners = table.garments["photo"].tolist()
    digest = hashlib.sha256(json.dumps([detector, side, photos, owners]).encode())
    digest.update(table.garments[BOX_COLUMNS].to_numpy(np.float64).tobytes())
    return digest.hexdigest()[:20]


def _rows_of(file: Path) -> Path:
    return file.with_suffix(".rows.npy")


def _write(file: Path, rows: np.ndarray, values: np.ndarray) -> None:
    """The features come last, and as a whole."""
    np.save(_rows_of(file), rows)
    part = file.with_suffix(".part.npy")
    np.save(part, values)
    part.replace(file)


def _compute(
    photos: pd.DataFrame, garments: pd.DataFrame, run: Callable, features: RoiFeatures, problems: list[dict]
) -> Found:
    found = [(np.zeros(0, int), np.zeros((0, features.side, features.side, features.channels), np.float16))]
    of_photo = dict(list(garments[garments["photo"].isin(photos["photo"])].groupby("photo", sort=False)))
    for read in read_photos(photos, problems):
        if read:
            own = [of_photo[row.photo] for row, *_ in read]
            known = [as_garments(rows, photo) for rows, (_, photo, _) in zip(own, read, strict=True)]
            seen, pixels = [photo for _, photo, _ in read], [pixels for *_, pixels in read]
            values = run(**network_inputs(seen, pixels, known, features.input_size))
            found.append((np.concatenate([rows.index for rows in own]), values.numpy().astype(np.float16)))
    rows, values = zip(*found, strict=True)
    return np.concatenate(rows), np.concatenate(values)
