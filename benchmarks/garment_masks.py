"""The garment's mask in photos that have none: the foreground of a photo of one garment, or its part of a person."""

import numpy as np

from garments.vocabulary import Meaning, taxonomy
from photos.foreground import foreground_mask

WHERE = {  # of a garment's part in the box of the foreground: top, bottom, left, right
    "upper": (0.18, 0.62, 0.25, 0.75), "lower": (0.15, 0.55, 0.15, 0.85), "full": (0.2, 0.65, 0.25, 0.75),
    "": (0.15, 0.75, 0.2, 0.8),
}  # fmt: skip


def mask_of_shop_photo(pixels: np.ndarray, label: str) -> np.ndarray:
    """(h, w) bool: the middle of the garment of a shop's photo, worn or not.

    Args:
        pixels: (h, w, 3) uint8 RGB.
        label: of the garment in `products`.
    """
    part = taxonomy("products").get(label, Meaning("", "")).part
    mask = mask_of_single_garment(pixels)
    y, x = np.nonzero(mask)
    top, bottom, left, right = WHERE[part]
    rows, columns = (
        np.interp(share, [0, 1], [at.min(), at.max() + 1]).astype(int)
        for share, at in (((top, bottom), y), ((left, right), x))
    )
    inside = np.zeros_like(mask)
    inside[rows[0] : rows[1] + 1, columns[0] : columns[1] + 1] = True
    if part == "lower":  # between the legs is ground
        edge = np.concatenate([pixels[[0, -1]].reshape(-1, 3), pixels[:, [0, -1]].reshape(-1, 3)])
        cloth = inside & mask & (abs(pixels - np.median(edge, 0)) > 3).any(2)
        return cloth if cloth.sum() > 20 else inside
    return inside


def mask_of_single_garment(pixels: np.ndarray) -> np.ndarray:
    """(h, w) bool: the foreground; the whole photo where none stands out."""
    found = foreground_mask(pixels)
    return np.ones(pixels.shape[:2], bool) if found is None else found


def extent(mask: np.ndarray) -> np.ndarray:
    """(4,) the xyxy box around all pixels of a mask."""
    y, x = np.nonzero(mask)
    return np.array([x.min(), y.min(), x.max() + 1, y.max() + 1])
