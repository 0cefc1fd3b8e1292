"""Harmony of colours, a baseline: neutral colours go with all, others with their own hue and its opposite.

Itten: The Art of Color, 1961; as scored here it has no parameter that was fitted.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from photos.crops import cut, square_around
from photos.reading import read_photo

NEUTRAL = 25.0  # chroma under which a colour is more neutral than coloured
SIDE, MIDDLE = 32, 0.5  # pixels of a crop; share of the garment's box that is looked at


def middle_colours(path: Path, boxes_xyxy: np.ndarray) -> np.ndarray:
    """(N, 2) the mean a and b, of CIELAB, in the middle of garments of a photo.

    Raises:
        PhotoError: the photo cannot be read.
    """
    photo, pixels = read_photo(path)
    scale = pixels.shape[1] / photo.width
    crops = [cut(pixels, square_around(box, MIDDLE) * scale, SIDE) for box in boxes_xyxy]
    return np.array([lab(crop)[..., 1:].reshape(-1, 2).mean(0) for crop in crops]).reshape(-1, 2)


def lab(pixels: np.ndarray) -> np.ndarray:
    """(h, w, 3) CIELAB of RGB pixels, a and b around 0."""
    from PIL import ImageCms

    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    converted = ImageCms.applyTransform(Image.fromarray(pixels), to_lab)
    assert converted is not None  # as it is not done in place
    values = np.asarray(converted).astype(float)
    values[..., 1:] = (values[..., 1:] + 128) % 256 - 128  # Pillow stores them as signed bytes
    return values


def harmony(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(A, B) 0 to 1 of colours (A, 2) and (B, 2), as `middle_colours` gives them."""
    chroma = np.minimum(np.hypot(*a.T)[:, None], np.hypot(*b.T)[None])
    angle = np.arctan2(a[:, 1], a[:, 0])[:, None] - np.arctan2(b[:, 1], b[:, 0])[None]
    return np.maximum(np.exp(-chroma / NEUTRAL), (1 + np.cos(2 * angle)) / 2)
