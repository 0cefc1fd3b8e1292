"""A line of YOLO's text files: a box, an outline or a pose.

https://docs.ultralytics.com/datasets/: box `class x y width height`, with a score where it was predicted; outline (and
oriented box) `class x1 y1 x2 y2 x3 y3 ...`; pose `class x y width height` and points x y or x y visibility. All in
lengths of the photo.
"""

import numpy as np

from garments.types import BOX_COLUMNS
from readers.coco_values import column_of_points

FIX = "export it again, or fix this line"
EXPECTED = "expected class x y width height, or class and a polygon"
VISIBILITY = (0, 1, 2)


def is_line(text: str) -> bool:
    """Whether a line looks like a garment: a whole number, then four numbers or more."""
    words = text.split()
    if len(words) < 5 or not words[0].isdecimal():
        return False
    try:
        return bool(np.isfinite(np.array(words, float)).all())
    except ValueError:
        return False


def garment_of_line(text: str, names: dict[int, str], points: tuple[int, int], size: tuple[int, int]) -> dict:
    """Label, box in pixels, and outline or points of a line.

    Args:
        text: the line.
        names: class number -> label.
        points: (points, numbers of each) of a data set of poses, as data.yaml's kpt_shape; (0, 0) for none.
        size: (width, height) of the photo in pixels.

    Raises:
        ValueError: the line is malformed.
        KeyError: its class has no name.
    """
    first, *numbers = text.split()
    try:
        number = float(first)
        values = np.array(numbers, float)
    except ValueError:
        raise ValueError(f"{EXPECTED}, got {text!r:.80}") from None
    if not np.isfinite(values).all() or not number.is_integer():
        raise ValueError(f"{EXPECTED}, got {text!r:.80}")
    if int(number) not in names:
        raise KeyError(f"class {first:.40} has no name in the list of classes")
    label = names[int(number)]
    count = len(values) - 4
    if count == 0:
        return {"label": label, **_box(values, size)}
    if count == 1:
        return {"label": label, **_box(values, size), "score": float(values[4])}
    width = _point_width(values, points)
    if width:
        return {"label": label, **_box(values[:4], size), **_points(values[4:].reshape(-1, width), label, size)}
    if len(values) < 6 or len(values) % 2:
        raise ValueError(f"{EXPECTED}, got {text!r:.80}")
    polygon = values.reshape(-1, 2) * size
    box = [*polygon.min(0), *polygon.max(0)]
    return {
        "label": label,
        **dict(zip(BOX_COLUMNS, map(float, box), strict=True)),
        "segmentation": [polygon.ravel().tolist()],
    }


def _box(values: np.ndarray, size: tuple[int, int]) -> dict[str, float]:
    """The box in pixels of middle, width and height in lengths of the photo."""
    ends = np.concatenate([values[:2] - values[2:4] / 2, values[:2] + values[2:4] / 2]) * np.tile(size, 2)
    return dict(zip(BOX_COLUMNS, map(float, ends), strict=True))


def _point_width(values: np.ndarray, points: tuple[int, int]) -> int:
    """How many numbers each point of a pose has; 0 for an outline.

    Without a kpt_shape, an odd number of numbers is no outline; an even one is a pose where every third number is a
    visibility, 2 among them, which lies outside of any photo.
    """
    count = len(values) - 4
    if points[0]:
        return points[1] if count == points[0] * points[1] else 0
    marks = values[6::3] if count % 3 == 0 else np.zeros(0)
    is_pose = len(marks) > 0 and np.isin(marks, VISIBILITY).all() and (count % 2 == 1 or (marks == 2).any())
    return 3 if is_pose else 0


def _points(points: np.ndarray, label: str, size: tuple[int, int]) -> dict[str, list[float]]:
    """Points as COCO writes them, x, y in pixels and visibility; a point at 0, 0 is not labelled."""
    labelled = np.any(points[:, :2] != 0, axis=1)
    marks = points[:, 2] if points.shape[1] == 3 else np.full(len(points), 2.0)
    found = np.column_stack([points[:, :2] * size, marks]) * np.expand_dims(labelled, 1)
    return {column_of_points(len(points), label): found.ravel().tolist()}
