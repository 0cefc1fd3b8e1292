"""The crop store: garments are cut out of their photos once, on all cores, and kept on disk for the next run."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from engine.crops import Blobs, Cutting
from garments.types import BOX_COLUMNS, Table
from photos.crops import cut, geometry, square_around
from photos.label_maps import read_label_map
from photos.reading import PhotoError, encode, read_photo

FORMAT = 1  # of the files; crops of another format are cut again
WORKERS = os.cpu_count() or 1
AHEAD = 4 * WORKERS  # photos
JPEG = dict(quality=92, subsampling=0)  # colour at full resolution, as views are not shrunk
IMAGES, MAPS, INDEX = "images.bin", "maps.bin", "index.npz"


@dataclass(frozen=True)
class Store:
    """N crops of garments of a Table.

    Attributes:
        rows: (N,) their row numbers in `table.garments`, photo by photo.
        images, label_maps: their JPEGs, and the PNGs of their label maps if cut; see `crops.Crops`.
        regions: (N, 4) float64, the squares that were cut, xyxy in pixels of the photo.
        geometries: (N, 8) float32, see `photos.crops.geometry`.
        problems: photos that could not be read, as rows of a Table's problems.
    """

    rows: np.ndarray
    images: Blobs
    label_maps: Blobs | None
    regions: np.ndarray
    geometries: np.ndarray
    problems: list[dict]


@dataclass(frozen=True)
class _Crop:
    row: int
    image: bytes
    label_map: bytes
    region: np.ndarray
    geometry: np.ndarray


def store_crops(table: Table, cutting: Cutting, folder: Path) -> Store:
    """The crops of all garments of a Table; crops of an earlier call in the folder are reused.

    Args:
        table: photos and garments; a garment without a box is assumed to fill its photo.
        cutting: how to cut.
        folder: for the files; each combination of data and cutting has its own sub-folder.

    Raises:
        ValueError: a label map is missing or damaged.
    """
    kept = folder / _key(table, cutting)
    if not (kept / INDEX).exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="cutting-", dir=folder, ignore_cleanup_errors=True) as unfinished:
            made = Path(unfinished, "crops")
            made.mkdir()
            _write(table, cutting, made)
            if not kept.exists():  # or another run has cut the same crops
                made.rename(kept)
    return _read(kept, cutting)


def _key(table: Table, cutting: Cutting) -> str:
    """A digest of all that the crops depend on: files (size and modification time), boxes, and the cutting."""
    digest = hashlib.sha256(json.dumps([FORMAT, asdict(cutting), JPEG]).encode())
    for photo, path, label_map in table.photos[["photo", "path", "label_map"]].itertuples(index=False):
        files = (path, label_map) if cutting.label_maps else (path,)
        digest.update(json.dumps([photo, *map(state_of, files)]).encode())
    digest.update(table.garments["photo"].str.cat(sep="\n").encode())
    digest.update(table.garments[BOX_COLUMNS].to_numpy(np.float64).tobytes())
    return digest.hexdigest()[:20]


def state_of(path: str) -> list:
    """The path, size and modification time of a file; the path alone if it cannot be read."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return [str(path)]
    return [str(path), status.st_size, status.st_mtime_ns]


def _write(table: Table, cutting: Cutting, folder: Path) -> None:
    """Cut all crops into files."""
    found, lengths = [], []
    problems: list[dict] = []
    with open(folder / IMAGES, "wb") as images, open(folder / MAPS, "wb") as maps:
        for crops in _cut_photos(table, cutting, problems):
            for crop in crops:
                images.write(crop.image)
                maps.write(crop.label_map)
                lengths.append((len(crop.image), len(crop.label_map)))
                found.append((crop.row, crop.region, crop.geometry))
    rows, regions, geometries = zip(*found, strict=True) if found else ((), (), ())
    np.savez(
        folder / INDEX,
        rows=np.array(rows, np.int64),
        regions=np.array(regions, np.float64).reshape(-1, 4),
        geometries=np.array(geometries, np.float32).reshape(-1, 8),
        lengths=np.array(lengths, np.int64).reshape(-1, 2),
        problems=np.array(json.dumps(problems)),
    )


def _read(folder: Path, cutting: Cutting) -> Store:
    with np.load(folder / INDEX) as index:
        ends = np.cumsum(index["lengths"], 0)
        spans = np.stack([ends - index["lengths"], ends], -1)
        images, maps = (Blobs(folder / name, spans[:, n]) for n, name in enumerate((IMAGES, MAPS)))
        return Store(
            index["rows"],
            images,
            maps if cutting.label_maps else None,
            index["regions"],
            index["geometries"],
            json.loads(str(index["problems"])),
        )


def _cut_photos(table: Table, cutting: Cutting, problems: list[dict]) -> Iterator[list[_Crop]]:
    """The crops of each photo; photos that cannot be read go to `problems`."""
    of_photo = dict(list(table.garments.reset_index(drop=True).groupby("photo")))
    photos = [row for row in table.photos.itertuples() if row.photo in of_photo]
    with ThreadPoolExecutor(WORKERS) as pool, tqdm(total=len(photos), unit="photo", disable=None) as progress:
        for start in range(0, len(photos), AHEAD):
            some = photos[start : start + AHEAD]
            for row, crops in zip(
                some, pool.map(lambda row: _cut(row, of_photo[row.photo], cutting), some), strict=True
            ):
                progress.update()
                if isinstance(crops, PhotoError):
                    problems.append({"file": row.photo, "reason": crops.reason, "remedy": crops.remedy})
                else:
                    yield crops


def _cut(row: Any, garments: pd.DataFrame, cutting: Cutting) -> list[_Crop] | PhotoError:
    """The crops of one photo."""
    try:
        return _crops(row, garments, cutting)
    except PhotoError as error:
        return error


def _crops(row: Any, garments: pd.DataFrame, cutting: Cutting) -> list[_Crop]:
    photo, pixels = read_photo(Path(row.path))
    label_map = read_label_map(row.label_map) if cutting.label_maps and row.label_map else None
    scale, whole = pixels.shape[1] / photo.width, np.array([0, 0, photo.width, photo.height], float)
    crops = []
    for (index, garment), box in zip(garments.iterrows(), garments[BOX_COLUMNS].to_numpy(float), strict=True):
        box = whole if np.isnan(box).any() else box
        region = square_around(box, cutting.context)
        image = encode(cutting.picture(pixels, scale, region, label_map, garment), "JPEG", **JPEG)
        labels = _stored_map(label_map, region, cutting) if cutting.label_maps else b""
        crops.append(_Crop(index, image, labels, region, geometry(box, region, (photo.width, photo.height))))
    return crops


def _stored_map(label_map: np.ndarray | None, region: np.ndarray, cutting: Cutting) -> bytes:
    side = cutting.map_side
    labels = np.full((side, side), 255, np.uint8) if label_map is None else cut(label_map, region, side)
    return encode(labels, "PNG")
