"""Arithmetic on (N, 4) boxes, x_min y_min x_max y_max."""

import numpy as np


def area(boxes_xyxy: np.ndarray) -> np.ndarray:
    """(N,) areas; 0 for a box that is inside out."""
    return np.maximum(boxes_xyxy[:, 2:] - boxes_xyxy[:, :2], 0).prod(1)


def iou(a_xyxy: np.ndarray, b_xyxy: np.ndarray) -> np.ndarray:
    """(N, M) intersection over union of every box of a with every box of b."""
    shared = _shared(a_xyxy, b_xyxy)
    union = area(a_xyxy)[:, None] + area(b_xyxy)[None] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def inside(a_xyxy: np.ndarray, b_xyxy: np.ndarray) -> np.ndarray:
    """(N, M) share of every box of a that lies inside every box of b."""
    shared, whole = _shared(a_xyxy, b_xyxy), area(a_xyxy)[:, None]
    return np.divide(shared, whole, out=np.zeros_like(shared), where=whole > 0)


def _shared(a_xyxy: np.ndarray, b_xyxy: np.ndarray) -> np.ndarray:
    corner = np.maximum(a_xyxy[:, None, :2], b_xyxy[None, :, :2])
    other = np.minimum(a_xyxy[:, None, 2:], b_xyxy[None, :, 2:])
    return np.maximum(other - corner, 0).prod(-1)


def clip(boxes_xyxy: np.ndarray, width: int, height: int) -> np.ndarray:
    """The boxes cut off at the edges of the photo."""
    return np.clip(boxes_xyxy, 0, [width, height, width, height]).astype(np.float32)


def window(box_xyxy: np.ndarray, height: int, width: int) -> tuple[slice, slice]:
    """The rows and columns of a box in whole pixels, one or more, in a photo of this size."""
    x1, y1 = np.minimum(box_xyxy[:2].round().astype(int), [width - 1, height - 1])
    x2, y2 = np.maximum(box_xyxy[2:].round().astype(int), [x1 + 1, y1 + 1])
    return slice(y1, y2), slice(x1, x2)
