"""What garments look like: their masks in the photo, and the colours and the pattern of the pixels within."""

from dataclasses import replace

import numpy as np

from garments.masks import paste
from garments.types import Garments, Photo
from photos.colours import garment_colours
from photos.drawing import at_scale
from photos.patterns import pattern

COLUMNS = [
    "colour", "colour_share", "colour_2", "colour_2_share", "colour_3", "colour_3_share", "pattern", "pattern_score",
]  # fmt: skip
TEXTS = [*COLUMNS[:6:2], COLUMNS[6]]


def with_looks(garments: Garments, photo: Photo, pixels: np.ndarray) -> Garments:
    """The garments with their masks, colours and patterns, if the detector gave masks of their boxes.

    Args:
        garments: of the photo.
        photo: in whose pixels the boxes are.
        pixels: (h, w, 3) uint8, at any scale.
    """
    if garments.box_masks is None:
        return garments
    masks = paste(garments.box_masks, garments.boxes_xyxy, photo.height, photo.width)
    boxes = garments.boxes_xyxy * (pixels.shape[1] / photo.width)
    colours, patterns = np.empty((2, len(garments)), object)
    for n, (box, mask) in enumerate(zip(boxes, at_scale(masks, pixels), strict=True)):
        colours[n], patterns[n] = garment_colours(pixels, box, mask), pattern(pixels, box, mask)
    return replace(garments, masks=masks, box_masks=None, colours=colours, patterns=patterns)


def cells(garments: Garments) -> list[dict]:
    """The cells of COLUMNS of each garment; none where they are not known."""
    if garments.colours is None or garments.patterns is None:
        return [{} for _ in range(len(garments))]
    rows: list[dict] = []
    for colours, (name, probability) in zip(garments.colours, garments.patterns, strict=True):
        pairs = [
            value
            for name, share in zip(colours.names, colours.shares, strict=True)
            for value in (name, round(share, 4))
        ]
        rows.append(
            {**dict(zip(COLUMNS, pairs, strict=False)), "pattern": name, "pattern_score": round(probability, 4)}
        )
    return rows
