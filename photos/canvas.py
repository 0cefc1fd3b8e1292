"""Photos on a canvas of fixed size, as the detector's network takes them."""

import numpy as np
from PIL import Image


def fit(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The photo resized to fit into (height, width), keeping its aspect ratio, with anti-aliasing."""
    height, width = pixels.shape[:2]
    factor = min(size[0] / height, size[1] / width)
    fitted = min(size[1], max(1, round(width * factor))), min(size[0], max(1, round(height * factor)))
    return np.asarray(Image.fromarray(pixels).resize(fitted, Image.Resampling.BILINEAR, reducing_gap=2.0))


def canvases(pixels: list[np.ndarray], size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Photos in the top left corners of black canvases.

    Args:
        pixels: of B photos, (h, w, 3) uint8.
        size: height and width of a canvas.

    Returns:
        (B, height, width, 3) uint8, and (B, 2) float32, the height and width of each photo there.
    """
    fitted = [fit(image, size) for image in pixels]
    batch = np.zeros((len(fitted), *size, 3), np.uint8)
    for canvas, image in zip(batch, fitted, strict=True):
        canvas[: image.shape[0], : image.shape[1]] = image
    return batch, np.array([image.shape[:2] for image in fitted], np.float32).reshape(-1, 2)
