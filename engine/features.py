"""Features of garments by a network that no garment label has trained, kept on disk.

The network is EfficientNet-Lite2 with the ImageNet weights of an installed package. Models of this project would not do
for a label audit: they were trained on labels of the very data sets that are audited, some of them seen by eye, so that
what they say of a label is no second opinion.
"""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from garments.types import BOX_COLUMNS, Table
from photos.crops import cut, square_around
from photos.reading import PhotoError, read_photo

BACKBONE, SIZE, CONTEXT = "efficientnet-lite2", 256, 1.1
CHUNK = 128  # photos to a file; a killed call loses at most one
BATCH = 16

Embed = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Features:
    """Features of N garments of a Table.

    Attributes:
        rows: (N,) their row numbers in `table.garments`, photo by photo.
        values: (N, D) float32.
        problems: photos that could not be read, as rows of a Table's problems.
    """

    rows: np.ndarray
    values: np.ndarray
    problems: list[dict]


def garment_features(table: Table, folder: Path, embed: Embed | None = None, name: str = BACKBONE) -> Features:
    """The features of all garments of a Table; what an earlier call computed in the folder is reused.

    Args:
        table: photos and garments; a garment without a box is assumed to fill its photo.
        folder: for the files, one for CHUNK photos, named after all that they depend on.
        embed: function of (B, SIZE, SIZE, 3) uint8 RGB crops -> (B, D) features; by default the network, which is
            built when a crop needs it.
        name: of that function; files of another name are not read.

    Raises:
        FileNotFoundError: the package with the network's weights is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    of_photo = dict(list(table.garments.reset_index(drop=True).groupby("photo", sort=False)))
    photos = table.photos[table.photos["photo"].isin(of_photo)]
    parts, network = [], embed
    for start in tqdm(range(0, len(photos), CHUNK), unit="chunk", desc="features", disable=None, leave=False):
        some = photos.iloc[start : start + CHUNK]
        garments = pd.concat([of_photo[photo] for photo in some["photo"]])
        file = folder / f"{_key(some, garments, name)}.npz"
        if not file.exists():
            network = network or imagenet_features()
            _write(file, some, of_photo, network)
        parts.append(_read(file, garments.index.to_numpy()))
    rows = [part.rows for part in parts] or [np.zeros(0, np.int64)]
    values = [part.values for part in parts if len(part.values)] or [np.zeros((0, 0), np.float32)]
    return Features(np.concatenate(rows), np.concatenate(values), [p for part in parts for p in part.problems])


def imagenet_features(size: int = SIZE) -> Embed:
    """The function of (B, size, size, 3) uint8 RGB -> (B, 1280) float32: what the ImageNet classifier would judge by.

    Raises:
        FileNotFoundError: the package with the weights is not installed.
    """
    import keras

    from engine.backbones import find_backbone

    image = keras.Input((size, size, 3))
    top = find_backbone(BACKBONE)(image, "imagenet")["top"]
    network = keras.Model(image, keras.layers.GlobalAveragePooling2D()(top))

    def embed(crops: np.ndarray) -> np.ndarray:
        return network.predict(crops.astype(np.float32), batch_size=BATCH, verbose=0)

    return embed


def _key(photos: pd.DataFrame, garments: pd.DataFrame, name: str) -> str:
    """A digest of what features depend on: files (size and modification time), boxes, the network and the cutting."""
    digest = hashlib.sha256(json.dumps([name, SIZE, CONTEXT]).encode())
    for path in photos["path"]:
        status = os.stat(path) if os.path.exists(path) else None
        digest.update(json.dumps([str(path), status and [status.st_size, status.st_mtime_ns]]).encode())
    digest.update(garments["photo"].str.cat(sep="\n").encode() + garments[BOX_COLUMNS].to_numpy(np.float64).tobytes())
    return digest.hexdigest()[:20]


def _write(file: Path, photos: pd.DataFrame, of_photo: dict[str, pd.DataFrame], embed: Embed) -> None:
    """Compute the features of some photos; the file is there as a whole or not at all."""
    crops, found, problems, place = [], [], [], 0
    for row in photos.itertuples():
        garments = of_photo[row.photo]
        try:
            crops += _crops(Path(row.path), garments[BOX_COLUMNS].to_numpy(float))
            found += range(place, place + len(garments))
        except PhotoError as error:
            problems.append({"file": row.photo, "reason": error.reason, "remedy": error.remedy})
        place += len(garments)
    values = embed(np.stack(crops)) if crops else np.zeros((0, 0))
    unfinished = file.with_suffix(".part.npz")
    np.savez(unfinished, places=np.array(found, np.int64), values=values.astype(np.float32), problems=json.dumps(problems))
    unfinished.replace(file)


def _crops(path: Path, boxes_xyxy: np.ndarray) -> list[np.ndarray]:
    """The (SIZE, SIZE, 3) crops of the garments of a photo; a box of nan is the whole photo."""
    photo, pixels = read_photo(path)
    scale, whole = pixels.shape[1] / photo.width, np.array([0, 0, photo.width, photo.height], float)
    boxes = [whole if np.isnan(box).any() else box for box in boxes_xyxy]
    return [cut(pixels, square_around(box, CONTEXT) * scale, SIZE) for box in boxes]


def _read(file: Path, index: np.ndarray) -> Features:
    with np.load(file) as content:
        return Features(index[content["places"]], content["values"], json.loads(str(content["problems"])))
