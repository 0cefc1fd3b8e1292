"""The values of entries in COCO's format: ids, numbers, boxes and outlines, however tools write them."""

import math
from typing import Any

import numpy as np

from garments.landmarks import LANDMARKS, deepfashion2
from garments.masks import box_of_mask, decode, from_segmentation

LARGEST = 1e9  # coordinate
MAX_PIXELS = 64_000_000  # of a mask


def key_of(value: Any) -> str:
    """An id, which may be a number or a text, as one text; '' for none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"{value}".strip()[:100].encode("utf-8", "replace").decode()


def box_of(values: Any, outline: list | dict | None, is_own: bool) -> list[float]:
    """(4,) xyxy of a bbox, or of the outline where that is missing or empty; nan for an empty list of this project.

    Raises:
        ValueError: there is no box.
    """
    if not values and not outline and not (is_own and values == []):
        raise ValueError(f"got {values!r:.60}, and no segmentation")
    values = [] if values is None else values
    if not isinstance(values, list) or len(values) not in (0, 4) or not all(map(is_number, values)):
        raise ValueError(f"got {values!r:.60}")
    if outline and (not values or not any(values)):
        return _extent(outline).tolist()
    x, y, width, height = map(float, values or [math.nan] * 4)
    return [x, y, x + width, y + height]


def upright_extent(box_xyxy: list[float], degrees: float) -> list[float]:
    """(4,) the upright box around one that is turned about its middle, as CVAT writes it; no turn for nan."""
    if not degrees or not math.isfinite(degrees):
        return box_xyxy
    x1, y1, x2, y2 = box_xyxy
    sin, cos = abs(math.sin(math.radians(degrees))), abs(math.cos(math.radians(degrees)))
    width, height = (x2 - x1) * cos + (y2 - y1) * sin, (x2 - x1) * sin + (y2 - y1) * cos
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    return [x - width / 2, y - height / 2, x + width / 2, y + height / 2]


def _extent(outline: list | dict) -> np.ndarray:
    """(4,) xyxy of polygons or of an RLE."""
    if isinstance(outline, dict):
        return box_of_mask(decode(from_segmentation(outline, *outline["size"]))).astype(float)
    points = np.concatenate([np.array(polygon, float).reshape(-1, 2) for polygon in outline])
    return np.concatenate([points.min(0), points.max(0)])


def outline_of(value: Any) -> list | dict | None:
    """A `segmentation` that can be used; None for an empty one.

    Raises:
        ValueError: it is neither polygons nor run lengths.
    """
    if not value:
        return None
    if isinstance(value, list):
        polygons = value if isinstance(value[0], list) else [value]  # some tools leave out the outer list
        for points in polygons:
            if not isinstance(points, list) or len(points) < 6 or len(points) % 2 or not all(map(is_number, points)):
                raise ValueError(f"expected polygons of three points or more, got {points!r:.60}")
        return polygons
    if not isinstance(value, dict) or not _is_size(value.get("size")):
        raise ValueError(f"expected polygons, or run lengths with size and counts, got {value!r:.60}")
    counts = value.get("counts")
    if isinstance(counts, list) and all(isinstance(n, int) and n >= 0 for n in counts):
        if sum(counts) != math.prod(value["size"]):
            raise ValueError(f"the run lengths have {sum(counts)} pixels, not those of {value['size']}")
    elif not isinstance(counts, str) or not counts.isascii():
        raise ValueError(f"expected run lengths, got {counts!r:.60}")
    return {"size": value["size"], "counts": counts}


def _is_size(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(n, int) and n > 0 for n in value)
        and math.prod(value) < MAX_PIXELS
    )


def is_number(value: Any) -> bool:
    """Whether it is a number that a coordinate can be."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST


def number_of(value: Any) -> float:
    """A finite number, also one that is written as text; nan for anything else."""
    try:
        number = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return math.nan
    return number if math.isfinite(number) else math.nan


def column_of_points(count: int, label: str) -> str:
    """The column for so many points of a garment."""
    return "landmarks" if count in (len(LANDMARKS), deepfashion2().get(label, (0,))[0]) else "keypoints"
