"""The upright sizes of photos, and what a data set says of them: boxes of resized or unturned photos are corrected."""

import os
from collections.abc import Callable
from pathlib import Path

import imagesize
import numpy as np
import pandas as pd
from PIL import Image
from tqdm import tqdm

from garments.masks import decode, encode, from_segmentation
from garments.types import BOX_COLUMNS
from photos.decoding import UPRIGHT, check_shape, upright_size
from photos.files import check_file
from photos.reading import explain

SAID = ["said_width", "said_height"]  # columns of photos: what the data set says, nan where it says nothing
JPEG = {".jpg", ".jpeg"}  # read by imagesize, which is several times as fast

MAX_STRETCH = 0.05  # by which the scales of two sides may differ because of rounding

Turn = Callable[[np.ndarray], np.ndarray]  # of (N, 2) points


def measured(photos: pd.DataFrame) -> pd.DataFrame:
    """The photos with the upright width and height of their files, and `trouble`.

    Returns:
        `trouble` is the reason why a file cannot be used, '' for a good one; its width and height are then -1.
    """
    paths = tqdm(photos["path"], desc="sizes", disable=None, leave=False, miniters=1000)
    found = [_measured(Path(path)) for path in paths]
    return photos.assign(**{name: [of[n] for of in found] for n, name in enumerate(("width", "height", "trouble"))})


def _measured(path: Path) -> tuple[int, int, str]:
    try:
        if not path.name or not os.path.lexists(path):
            return -1, -1, "the photo is missing"
        check_file(path)
        return *_size(path), ""
    except Exception as error:  # Pillow raises almost anything on damaged files
        return -1, -1, f"the photo cannot be used: {explain(error, path).reason}"


def _size(path: Path) -> tuple[int, int]:
    size = imagesize.get(path) if path.suffix.lower() in JPEG else (-1, -1)
    if size[0] <= 0:
        return upright_size(path)[0]
    check_shape(size)
    return size


def fitted(photos: pd.DataFrame, garments: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Garments in pixels of their upright photos, where a data set says another size.

    Args:
        photos: readable ones: photo, path, width, height and SAID.
        garments: with boxes, and optionally `segmentation`, `landmarks` and `keypoints`, in pixels of the said size.

    Returns:
        (the garments; photo -> the reason why its size cannot be explained). A photo that was resized as a whole scales
        its garments; one that EXIF turns upright turns them.
    """
    said = photos[SAID].apply(pd.to_numeric, errors="coerce")
    differs = (said > 0).all(axis=1) & (said.to_numpy() != photos[["width", "height"]].to_numpy()).any(axis=1)
    reasons, of_photo = {}, garments.groupby("photo").groups
    boxes = [column for column in BOX_COLUMNS if column in garments]
    garments = garments.assign(**garments[boxes].astype(object)) if differs.any() else garments  # of whole numbers too
    for row in photos.assign(**said)[differs].itertuples():
        size, true = (row.said_width, row.said_height), (row.width, row.height)
        orientation = _explained(size, true, Path(row.path))
        if orientation:
            _turn_rows(garments, of_photo.get(row.photo, []), size, true, orientation)
        else:
            shown = f"{size[0]:g} x {size[1]:g} pixels, the photo is {true[0]} x {true[1]}"
            reasons[row.photo] = f"the data set says {shown}"
    return garments, pd.Series(reasons, dtype=object)


def _explained(said: tuple[float, float], true: tuple[int, int], path: Path) -> int:
    """The orientation, 1..8, that explains the said size, of a photo resized as a whole; 0 where none does."""
    if _is_resized(said, true):
        return 1
    try:
        orientation = upright_size(path)[1]
    except Exception:  # Pillow raises almost anything
        return 0
    return orientation if orientation >= 5 and _is_resized(said[::-1], true) else 0


def _is_resized(said: tuple[float, float], true: tuple[int, int]) -> bool:
    """Whether both sides have the same scale, but for the rounding of one side to a whole pixel."""
    (w, h), (width, height) = said, true
    off = abs(width * h - height * w)  # of one side, in pixels of the other
    return off <= max(width, height, w, h) and off <= MAX_STRETCH * width * h


def turned(points: np.ndarray, said: tuple[float, float], true: tuple[int, int], orientation: int) -> np.ndarray:
    """(N, 2) points of a photo of the said (width, height), turned by EXIF and scaled to the true size."""
    (w, h), (x, y) = said, points.T
    turns = {
        2: (w - x, y),
        3: (w - x, h - y),
        4: (x, h - y),
        5: (y, x),
        6: (h - y, x),
        7: (h - y, w - x),
        8: (y, w - x),
    }
    size = said[::-1] if orientation >= 5 else said
    return np.stack(turns.get(orientation, (x, y)), axis=1) * np.divide(true, size)


def _turn_rows(
    garments: pd.DataFrame, index: "pd.Index | list", said: tuple[float, float], true: tuple[int, int], orientation: int
) -> None:
    """Turn and scale the garments at these rows, in place."""

    def turn(points: np.ndarray) -> np.ndarray:
        return turned(points, said, true, orientation)

    if BOX_COLUMNS[0] in garments and len(index):
        corners = garments.loc[index, BOX_COLUMNS].apply(pd.to_numeric, errors="coerce").to_numpy(float)
        ends = np.stack([turn(corners[:, :2]), turn(corners[:, 2:])])
        garments.loc[index, BOX_COLUMNS] = np.concatenate([ends.min(0), ends.max(0)], axis=1)
    for column in {"landmarks", "keypoints"} & set(garments):
        garments.loc[index, column] = _objects([_points(v, turn) for v in garments.loc[index, column]], index)
    if "segmentation" in garments:
        outlines = [_outline(v, turn, said, true, orientation) for v in garments.loc[index, "segmentation"]]
        garments.loc[index, "segmentation"] = _objects(outlines, index)


def _objects(values: list, index: "pd.Index | list") -> pd.Series:
    series = pd.Series([None] * len(values), index, dtype=object)
    for n, value in enumerate(values):
        series.iat[n] = value
    return series


def _points(values: object, turn: Turn) -> object:
    """Landmarks x, y, visibility, turned; those that are not labelled stay 0."""
    if not isinstance(values, list | np.ndarray):
        return values
    points = np.array(values, float).reshape(-1, 3)
    points[:, :2] = np.where(points[:, 2:] > 0, turn(points[:, :2]), 0)
    return points.ravel().tolist()


def _outline(outline: object, turn: Turn, said: tuple, true: tuple, orientation: int) -> object:
    if isinstance(outline, list):
        return [turn(np.array(polygon, float).reshape(-1, 2)).ravel().tolist() for polygon in outline]
    if not isinstance(outline, dict):
        return outline
    height, width = outline["size"]
    image = Image.fromarray(decode(from_segmentation(outline, height, width)).astype(np.uint8))
    image = image.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else image
    return encode(np.asarray(image.resize(true, Image.Resampling.NEAREST)) > 0)
