"""Label maps: a number for every pixel of a photo, and the boxes that follow from them."""

from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage
from scipy.io import loadmat

SMALLEST_PIECE = 0.05  # of a mask's area; connected pieces under it are stray pixels


def read_label_map(path: Path | str) -> np.ndarray:
    """(height, width) uint8: the label number of every pixel, of a .mat file (key `groundtruth`) or a PNG.

    Raises:
        ValueError: the file is missing, damaged, or not a two-dimensional map.
    """
    path = Path(path)
    if path.suffix == ".mat":
        label_map = read_mat(path, "groundtruth")
    else:
        with Image.open(path) as image:
            label_map = np.asarray(image)
    if label_map.ndim != 2:
        raise ValueError(f"{path.name}: expected a label map (height, width), got shape {label_map.shape}")
    return label_map.astype(np.uint8)


def read_mat(path: Path, key: str) -> np.ndarray:
    """One array of a MATLAB file; a ValueError in plain words for all that can be wrong with the file."""
    if not path.exists():
        raise ValueError(f"{path.name} is missing in {path.parent.name}")
    try:
        return loadmat(path)[key]
    except Exception as error:  # scipy raises many kinds on a damaged file
        raise ValueError(f"{path.name}: not a MATLAB file with the key {key!r} ({error})") from error


def box_of_mask(mask: np.ndarray) -> np.ndarray:
    """(4,) int: the xyxy extent of a non-empty mask, without connected pieces (8 neighbours) under SMALLEST_PIECE."""
    pieces, count = ndimage.label(mask, structure=np.ones((3, 3)))
    area = np.bincount(pieces.ravel(), minlength=count + 1)
    area[0] = 0
    y, x = np.nonzero((area >= SMALLEST_PIECE * area.sum())[pieces])
    return np.array([x.min(), y.min(), x.max() + 1, y.max() + 1])
