"""Whole photos with their class maps, shrunk once for training and kept on disk for the next run."""

import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from engine.crops import Blobs
from engine.store import JPEG, WORKERS, state_of
from garments.types import BOX_COLUMNS, Table
from photos.reading import PhotoError, encode, read_photo
from segmenter.truth import shrunk_map

FORMAT = 2  # of the files
IMAGES, MAPS, INDEX = "photos.bin", "maps.bin", "index.json"


@dataclass(frozen=True)
class Scenes:
    """N photos and their class maps, of one size each.

    Attributes:
        names: (N,) the photos.
        images: N JPEGs.
        maps: N PNGs with the class number of every pixel, UNKNOWN where it is not known.
        pixels: (N, K) how many pixels of the map have each class.
        problems: photos that could not be used, as rows of a Table's problems.
    """

    names: np.ndarray
    images: Blobs
    maps: Blobs
    pixels: np.ndarray
    problems: list[dict]

    def __len__(self) -> int:
        return len(self.names)

    def keep(self, mask: np.ndarray) -> "Scenes":
        """The photos marked True."""
        return replace(
            self, names=self.names[mask], images=self.images.keep(mask), maps=self.maps.keep(mask),
            pixels=self.pixels[mask],
        )  # fmt: skip


def store_scenes(table: Table, space: str, classes: Sequence[str], side: int, folder: Path) -> Scenes:
    """The `drawn` photos of a Table; those of an earlier call in the folder are reused.

    Args:
        table: photos and garments.
        space: of the classes.
        classes: K names.
        side: longest side of a stored photo in pixels; smaller photos stay as they are.
        folder: for the files; each combination of data and settings has its own sub-folder.
    """
    kept = folder / _key(table, space, classes, side)
    if not (kept / INDEX).exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="storing-", dir=folder, ignore_cleanup_errors=True) as unfinished:
            made = Path(unfinished, "scenes")
            made.mkdir()
            _write(table, space, classes, side, made)
            if not kept.exists():  # or another run has stored the same
                made.rename(kept)
    return _read(kept)


def _key(table: Table, space: str, classes: Sequence[str], side: int) -> str:
    """A digest of all that the files depend on."""
    digest = hashlib.sha256(json.dumps([FORMAT, space, list(classes), side, JPEG]).encode())
    for photo, path, label_map in table.photos[["photo", "path", "label_map"]].itertuples(index=False):
        digest.update(json.dumps([photo, state_of(path), state_of(label_map)]).encode())
    columns = [c for c in ("photo", "label", "part", "category", *BOX_COLUMNS, "segmentation") if c in table.garments]
    digest.update(table.garments[columns].to_csv().encode())
    return digest.hexdigest()[:20]


def _write(table: Table, space: str, classes: Sequence[str], side: int, folder: Path) -> None:
    """Store all photos."""
    index: dict[str, list] = {"names": [], "lengths": [], "pixels": [], "problems": []}
    with open(folder / IMAGES, "wb") as images, open(folder / MAPS, "wb") as maps:
        for name, made in _made(table, space, classes, side):
            if isinstance(made, PhotoError):
                index["problems"].append(dict(file=name, reason=made.reason, remedy=made.remedy))
                continue
            image, class_numbers, pixels = made
            images.write(image)
            maps.write(class_numbers)
            index["names"].append(name)
            index["lengths"].append([len(image), len(class_numbers)])
            index["pixels"].append(pixels)
    index["classes"] = list(classes)
    (folder / INDEX).write_text(json.dumps(index), encoding="utf-8")


def _read(folder: Path) -> Scenes:
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    lengths = np.array(index["lengths"], np.int64).reshape(-1, 2)
    ends = np.cumsum(lengths, 0)
    spans = np.stack([ends - lengths, ends], -1)
    images, maps = (Blobs(folder / name, spans[:, n]) for n, name in enumerate((IMAGES, MAPS)))
    pixels = np.array(index["pixels"], np.int64).reshape(len(lengths), len(index["classes"]))
    return Scenes(np.array(index["names"], object), images, maps, pixels, index["problems"])


def _made(table: Table, space: str, classes: Sequence[str], side: int) -> Iterator[tuple[str, Any]]:
    """(photo, its files and pixels, or a PhotoError) of each photo."""
    of_photo = dict(list(table.garments.groupby("photo")))
    none = table.garments.iloc[:0]

    def make(row: Any) -> tuple[bytes, bytes, list[int]] | PhotoError:
        try:
            return _stored(row, of_photo.get(row.photo, none), space, classes, side)
        except PhotoError as error:
            return error

    rows = list(table.photos.itertuples())
    with ThreadPoolExecutor(WORKERS) as pool:
        for row, made in zip(
            rows, tqdm(pool.map(make, rows), total=len(rows), unit="photo", disable=None), strict=True
        ):
            yield row.photo, made


def _stored(
    row: Any, garments: pd.DataFrame, space: str, classes: Sequence[str], side: int
) -> tuple[bytes, bytes, list[int]]:
    photo, pixels = read_photo(Path(row.path), largest_side=side)
    truth = shrunk_map(row, garments, space, classes, photo, pixels)
    counts = np.bincount(truth.ravel(), minlength=256)[: len(classes)]
    return encode(pixels, "JPEG", **JPEG), encode(truth, "PNG"), counts.tolist()
