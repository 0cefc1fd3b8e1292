"""Reading label maps: a number for every pixel of a photo."""

from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import loadmat


def read_label_map(path: Path | str) -> np.ndarray:
    """(height, width) uint8: the label number of every pixel, of a .mat file (key `groundtruth`) or a PNG.

    Raises:
        ValueError: the file is missing, damaged, or not a two-dimensional map.
    """
    path = Path(path)
    if path.suffix == ".mat":
        label_map = read_mat(path, "groundtruth")
    else:
        try:
            with Image.open(path) as image:
                label_map = np.asarray(image)
        except OSError as error:
            raise ValueError(f"{path}: expected a PNG of label numbers ({error}); fetch it again") from error
    if label_map.ndim != 2:
        raise ValueError(f"{path.name}: expected a label map (height, width), got shape {label_map.shape}")
    return label_map.astype(np.uint8)


def read_mat(path: Path, key: str) -> np.ndarray:
    """One array of a MATLAB file.

    Raises:
        ValueError: the file is missing or damaged, or lacks the key.
    """
    if not path.exists():
        raise ValueError(f"{path} is missing; give the folder that holds the data set")
    try:
        return loadmat(path)[key]
    except Exception as error:  # scipy raises many errors on a damaged file
        raise ValueError(f"{path.name}: not a MATLAB file with the key {key!r} ({error})") from error
