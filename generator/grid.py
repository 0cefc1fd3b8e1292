"""Pictures side by side as one image."""

import numpy as np
from PIL import Image


def grid(images: np.ndarray, columns: int = 8, gap: int = 2) -> Image.Image:
    """An image of (N, S, S, 3) uint8 pictures row by row, white between them."""
    side, rows = images.shape[1], -(-len(images) // columns)
    step = side + gap
    canvas = np.full((rows * step - gap, columns * step - gap, 3), 255, np.uint8)
    for n, image in enumerate(images):
        y, x = n // columns * step, n % columns * step
        canvas[y : y + side, x : x + side] = image
    return Image.fromarray(canvas)


def as_pixels(pictures: np.ndarray) -> np.ndarray:
    """Pictures in -1..1 as uint8."""
    return np.round((np.asarray(pictures) + 1) * 127.5).clip(0, 255).astype(np.uint8)
