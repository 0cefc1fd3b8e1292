"""Arithmetic on (height, width) bool masks."""

import numpy as np
from scipy import ndimage

SMALLEST_PIECE = 0.05  # of a mask's area; connected pieces under it are stray pixels


def without_stray_pieces(mask: np.ndarray) -> np.ndarray:
    """(h, w) bool: the mask without connected pieces (8 neighbours) under SMALLEST_PIECE of its area."""
    pieces, count = ndimage.label(mask, structure=np.ones((3, 3)))
    area = np.bincount(pieces.ravel(), minlength=count + 1)
    area[0] = 0
    return (area >= SMALLEST_PIECE * area.sum())[pieces]


def box_of_mask(mask: np.ndarray) -> np.ndarray:
    """(4,) int: the xyxy extent of a non-empty mask, without stray pieces."""
    y, x = np.nonzero(without_stray_pieces(mask))
    return np.array([x.min(), y.min(), x.max() + 1, y.max() + 1])
