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

VERSION, SIZE, CONTEXT = 2, 256, 1.1
BACKBONE, CHANNELS = f"efficientnet-lite{VERSION}", 1280
CHUNK = 64  # photos to a file; a killed call loses at most one
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
    """The features of all garments of a Table; those that an earlier call computed in the folder are reused.

    Args:
        table: photos and garments; a garment without a box is assumed to fill its photo.
        folder: for the files, each of CHUNK photos or fewer.
        embed: function of (B, SIZE, SIZE, 3) uint8 RGB crops -> (B, D) features; by default the network, which is
            built when a crop needs it.
        name: of that function; features of another name are not reused.

    Raises:
        FileNotFoundError: the package with the network's weights is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    keys, known = garment_keys(table, name), _read(folder)
    new = np.array([key not in known for key in keys], bool)
    missing = table.garments.assign(key=keys)[new].drop_duplicates("key")
    photos = table.photos[table.photos["photo"].isin(missing["photo"])]
    problems: list[dict] = []
    for start in tqdm(range(0, len(photos), CHUNK), unit="chunk", desc="features", disable=None, leave=False):
        embed = embed or imagenet_features()
        known |= _compute(photos.iloc[start : start + CHUNK], missing, folder, embed, problems)
    rows = np.array([n for n, key in enumerate(keys) if key in known], np.int64)
    values = [known[keys[n]] for n in rows]
    return Features(rows, np.stack(values) if values else np.zeros((0, 0), np.float32), problems)


def garment_keys(table: Table, name: str = BACKBONE) -> list[str]:
    """For each garment a digest of what its features depend on.

    These are the photo's name, size and modification time, the box, the network and the cutting, but not the folder
    that the photos are in.
    """
    states = {photo: _state(path) for photo, path in zip(table.photos["photo"], table.photos["path"], strict=True)}
    boxes = np.nan_to_num(table.garments[BOX_COLUMNS].to_numpy(float), nan=-1).tolist()
    content = [[name, SIZE, CONTEXT, *states[p], *b] for p, b in zip(table.garments["photo"], boxes, strict=True)]
    return [hashlib.sha256(json.dumps(entry).encode()).hexdigest()[:24] for entry in content]


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


def _state(path: str) -> list:
    """The name of a file, and its size and modification time where it is there."""
    status = os.stat(path) if os.path.exists(path) else None
    return [Path(path).name, *([status.st_size, status.st_mtime_ns] if status else [])]


def _compute(
    photos: pd.DataFrame, garments: pd.DataFrame, folder: Path, embed: Embed, problems: list[dict]
) -> dict[str, np.ndarray]:
    """{key: features} of the garments of some photos, also as a file, which is there as a whole or not at all."""
    of_photo = dict(list(garments.groupby("photo", sort=False)))
    crops: list[np.ndarray] = []
    keys: list[str] = []
    for row in photos.itertuples():
        try:
            crops += _crops(Path(row.path), of_photo[row.photo][BOX_COLUMNS].to_numpy(float))
            keys += list(of_photo[row.photo]["key"])
        except PhotoError as error:
            problems.append({"file": row.photo, "reason": error.reason, "remedy": error.remedy})
    if not crops:
        return {}
    values = embed(np.stack(crops)).astype(np.float32)
    file = folder / f"{hashlib.sha256(''.join(keys).encode()).hexdigest()[:20]}.npz"
    np.savez(file.with_suffix(".part"), keys=np.array(keys), values=values)
    file.with_suffix(".part.npz").replace(file)
    return dict(zip(keys, values, strict=True))


def _crops(path: Path, boxes_xyxy: np.ndarray) -> list[np.ndarray]:
    """The (SIZE, SIZE, 3) crops of the garments of a photo; a box of nan is the whole photo."""
    photo, pixels = read_photo(path)
    scale, whole = pixels.shape[1] / photo.width, np.array([0, 0, photo.width, photo.height], float)
    boxes = [whole if np.isnan(box).any() else box for box in boxes_xyxy]
    return [cut(pixels, square_around(box, CONTEXT) * scale, SIZE) for box in boxes]


def _read(folder: Path) -> dict[str, np.ndarray]:
    """{key: features} of all files in the folder."""
    known: dict[str, np.ndarray] = {}
    for file in sorted(folder.glob("*.npz")):
        if not file.name.endswith(".part.npz"):
            with np.load(file) as content:
                known |= dict(zip(content["keys"].tolist(), content["values"], strict=True))
    return known
