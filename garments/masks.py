"""Masks of garments: bool arrays, values of a label map, polygons, and COCO's run lengths (RLE).

An RLE is a dict of `size` [height, width] and `counts`, compressed text, as pycocotools writes it. It has the size of
the whole photo. Lin et al.: Microsoft COCO, ECCV 2014.
"""

from typing import cast

import numpy as np
import pandas as pd
from PIL import Image
from pycocotools import mask as coco

from garments.boxes import window

CONTOUR_CELLS = 40  # over the longer side of a mask whose contours are drawn
SMALLEST_PIECE = 0.05  # of a mask's area; connected pieces under it are stray pixels


def without_stray_pieces(mask: np.ndarray) -> np.ndarray:
    """(h, w) bool: the mask without connected pieces (8 neighbours) under SMALLEST_PIECE of its area."""
    from scipy import ndimage  # the pipeline does without it

    pieces, count = ndimage.label(mask, structure=np.ones((3, 3)))
    area = np.bincount(pieces.ravel(), minlength=count + 1)
    area[0] = 0
    return (area >= SMALLEST_PIECE * area.sum())[pieces]


def box_of_mask(mask: np.ndarray) -> np.ndarray:
    """(4,) int: the xyxy extent of a non-empty mask, without stray pieces."""
    y, x = np.nonzero(without_stray_pieces(mask))
    return np.array([x.min(), y.min(), x.max() + 1, y.max() + 1])


def encode(mask: np.ndarray) -> dict:
    """The RLE of a (height, width) bool mask."""
    return _as_text(coco.encode(np.asfortranarray(mask, np.uint8)))


def decode(rle: dict) -> np.ndarray:
    """(height, width) bool: the mask of an RLE."""
    return coco.decode(_as_bytes(rle)).astype(bool)


def from_counts(counts: list[int], height: int, width: int) -> dict:
    """The RLE of run lengths down the columns, of background first.

    Raises:
        ValueError: they are not as many pixels as the photo has.
    """
    if sum(counts) != height * width:
        raise ValueError(f"run lengths: expected {height * width} pixels in all, got {sum(counts)}")
    return _as_text(coco.frPyObjects({"size": [height, width], "counts": counts}, height, width))


def from_polygons(polygons: list[list[float]], height: int, width: int) -> dict:
    """The RLE of one garment's polygons x1 y1 x2 y2 ..., in pixels.

    Raises:
        ValueError: a polygon is not three points or more.
    """
    for points in polygons:
        if len(points) < 6 or len(points) % 2:
            raise ValueError(f"polygon: expected x and y of three points or more, got {len(points)} numbers")
    return _as_text(coco.merge(coco.frPyObjects([list(map(float, points)) for points in polygons], height, width)))


def from_segmentation(segmentation: list | dict, height: int, width: int) -> dict:
    """The RLE of the `segmentation` of a garment of a photo, as COCO writes it: polygons, run lengths, or an RLE.

    Raises:
        ValueError: it is none of these, or of another size than the photo.
    """
    if isinstance(segmentation, list) and segmentation:
        return from_polygons(segmentation, height, width)
    if not isinstance(segmentation, dict) or not {"size", "counts"} <= set(segmentation):
        raise ValueError(f"segmentation: expected polygons, or a dict of size and counts, got {segmentation!r:.60}")
    if list(segmentation["size"]) != [height, width]:
        raise ValueError(f"segmentation: expected size {[height, width]}, got {list(segmentation['size'])}")
    counts = segmentation["counts"]
    if isinstance(counts, list):
        return from_counts(counts, height, width)
    return _as_text({"size": [height, width], "counts": counts})


def masks_of(garments: pd.DataFrame, height: int, width: int) -> np.ndarray | None:
    """(N,) RLEs of the garments of one photo, for `Garments.masks`; an empty mask for a garment without one.

    Args:
        garments: N rows of Table.garments.
        height: of the photo.
        width: of the photo.

    Returns:
        None where no garment has a `segmentation`.

    Raises:
        ValueError: a segmentation is not as COCO writes it.
    """
    if "segmentation" not in garments or not garments["segmentation"].notna().any():
        return None
    empty = {"size": [height, width], "counts": [height * width]}
    known = [s if isinstance(s, list | dict) and s else empty for s in garments["segmentation"]]
    return np.array([from_segmentation(segmentation, height, width) for segmentation in known], object)


def paste(box_masks: np.ndarray, boxes_xyxy: np.ndarray, height: int, width: int) -> np.ndarray:
    """(N,) RLEs of masks that cover their boxes, in a photo: the pixels with a probability of .5 or more.

    Args:
        box_masks: (N, S, S) uint8, 255 times the probability of each cell of the box.
        boxes_xyxy: (N, 4) in pixels, inside the photo.
        height: of the photo.
        width: of the photo.
    """
    rles = np.empty(len(box_masks), object)
    for n, (cells, box) in enumerate(zip(box_masks, boxes_xyxy, strict=True)):
        canvas = np.zeros((height, width), np.uint8, "F")
        inside = canvas[window(box, height, width)]
        inside[:] = np.asarray(Image.fromarray(cells).resize(inside.shape[::-1], Image.Resampling.BILINEAR))
        rles[n] = encode(canvas > 127)
    return rles


def contours(rle: dict) -> list[list[int]]:
    """The contours of an RLE as polygons x1 y1 x2 y2 ... in pixels, drawn over CONTOUR_CELLS; holes have theirs too."""
    from contourpy import contour_generator

    x, y, width, height = coco.toBbox(_as_bytes(rle)).astype(int)
    if not width:
        return []
    size = np.maximum(1, np.round(np.array([width, height]) * min(1, CONTOUR_CELLS / max(width, height)))).astype(int)
    mask = Image.fromarray(np.uint8(255) * decode(rle)[y : y + height, x : x + width])
    cells = np.pad(np.asarray(mask.resize(tuple(size), Image.Resampling.BOX), float), 1)
    lines = cast("list[np.ndarray]", contour_generator(z=cells).lines(127.5))
    in_pixels = [(line - 0.5) * ([width, height] / size) + [x, y] for line in lines]
    return [points.round().astype(int).ravel().tolist() for points in in_pixels if len(points) > 2]


def area(rle: dict) -> float:
    """The pixels of an RLE."""
    return float(coco.area(_as_bytes(rle)))


def extent(rle: dict) -> np.ndarray:
    """(4,) float: the xyxy box around all pixels of an RLE."""
    x, y, width, height = coco.toBbox(_as_bytes(rle))
    return np.array([x, y, x + width, y + height])


def _as_text(rle: dict) -> dict:
    counts = rle["counts"]
    return {"size": [int(n) for n in rle["size"]], "counts": counts.decode() if isinstance(counts, bytes) else counts}


def _as_bytes(rle: dict) -> dict:
    counts = rle["counts"]
    return {"size": list(rle["size"]), "counts": counts.encode() if isinstance(counts, str) else counts}
