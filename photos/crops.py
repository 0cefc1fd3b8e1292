"""Cutting a garment out of its photo as a square, and the geometry of its box."""

import numpy as np
from PIL import Image

GREY = 127


def square_around(box_xyxy: np.ndarray, context: float = 1.0) -> np.ndarray:
    """(4,) the square with the box's centre and `context` times its longer side; it may reach outside of the photo."""
    centre = (box_xyxy[:2] + box_xyxy[2:]) / 2
    half = max(box_xyxy[2:] - box_xyxy[:2]) * context / 2
    return np.concatenate([centre - half, centre + half])


def cut(pixels: np.ndarray, region_xyxy: np.ndarray, size: int, inside_xyxy: np.ndarray | None = None) -> np.ndarray:
    """A region of a photo, resampled.

    Args:
        pixels: (h, w, 3) or (h, w) uint8; the latter is a label map, of which the nearest values are taken.
        region_xyxy: (4,) a square in pixels; it may reach outside of the photo.
        size: side of the result.
        inside_xyxy: pixels outside this box are grey, as are those outside the photo.

    Returns:
        (size, size, 3) uint8, or (size, size) for a label map, whose outside is 255.
    """
    is_map = pixels.ndim == 2
    height, width = pixels.shape[:2]
    canvas = np.full((size, size, *pixels.shape[2:]), 255 if is_map else GREY, np.uint8)
    bounds = np.array([0, 0, width, height], float)
    if inside_xyxy is not None:
        bounds[:2] = np.maximum(bounds[:2], inside_xyxy[:2])
        bounds[2:] = np.minimum(bounds[2:], inside_xyxy[2:])
    seen = np.concatenate([np.maximum(region_xyxy[:2], bounds[:2]), np.minimum(region_xyxy[2:], bounds[2:])])
    scale = size / (region_xyxy[2] - region_xyxy[0])
    x1, y1, x2, y2 = np.round((seen - np.tile(region_xyxy[:2], 2)) * scale).astype(int).clip(0, size)
    if x1 < x2 and y1 < y2:
        how = Image.Resampling.NEAREST if is_map else Image.Resampling.BILINEAR
        canvas[y1:y2, x1:x2] = np.asarray(Image.fromarray(pixels).resize((x2 - x1, y2 - y1), how, box=tuple(seen)))
    return canvas


def geometry(box_xyxy: np.ndarray, region_xyxy: np.ndarray, photo_size: tuple[int, int]) -> np.ndarray:
    """(8,) float32: the box as centre x, y, width, height in photo lengths, then as xyxy in the region's lengths."""
    width, height = photo_size
    x1, y1, x2, y2 = box_xyxy / [width, height, width, height]
    in_photo = [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1]
    side = region_xyxy[2] - region_xyxy[0]
    in_region = (box_xyxy - np.tile(region_xyxy[:2], 2)) / side
    return np.concatenate([in_photo, in_region]).astype(np.float32)
