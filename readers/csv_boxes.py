"""The columns of a CSV with a line a garment, as VoTT, Roboflow, makesense.ai and scripts name them."""

from pathlib import Path

import pandas as pd

from garments.text_files import Csv, read_csv
from garments.types import BOX_COLUMNS
from readers.sizes import SAID

NEEDED = ["file", "label"]
SIDES = ["x", "y", "w", "h"]  # another way to write a box
SIZE = ["width", "height"]  # of the photo; of the box beside x and y, where nothing else is its size
OTHERS = {
    "file": ("filename", "file_name", "image", "image_name", "image_path", "path", "photo"),
    "label": ("class", "category", "label_name", "class_name"),
    "x_min": ("xmin", "x1", "left"),
    "y_min": ("ymin", "y1", "top"),
    "x_max": ("xmax", "x2", "right"),
    "y_max": ("ymax", "y2", "bottom"),
    "x": ("bbox_x", "box_x"),
    "y": ("bbox_y", "box_y"),
    "w": ("bbox_width", "box_width", "bbox_w"),
    "h": ("bbox_height", "box_height", "bbox_h"),
    "width": ("image_width", "img_width"),
    "height": ("image_height", "img_height"),
}
NO_BOX = {"bbox", "box", "cx", "cy", "x_center", "y_center", "xc", "yc", "geometry", "region_shape_attributes"}


def read_boxes(file: Path) -> Csv:
    """The rows of a CSV: file, label, `line`, and BOX_COLUMNS, `split` and SAID where it has them.

    A box that is written x, y, w, h, of its left upper corner, becomes one of corners.

    Raises:
        ValueError: it is no CSV, has no column for the file or the label, or none for a side of its boxes.
    """
    rows, problems = read_csv(file, NEEDED, [*BOX_COLUMNS, *SIDES, *SIZE], OTHERS)
    if {"x", "y", *SIZE} <= set(rows) and not {"w", "h"} & set(rows):
        rows = rows.rename(columns=dict(zip(SIZE, "wh", strict=True)))
    if set(SIDES) <= set(rows) and not set(BOX_COLUMNS) & set(rows):
        x, y, w, h = (pd.to_numeric(rows[name], errors="coerce") for name in SIDES)
        rows = rows.rename(columns={"x": "x_min", "y": "y_min"}).assign(x_max=x + w, y_max=y + h)
    of_boxes = set(rows) & {*BOX_COLUMNS, *SIDES, *NO_BOX}
    if of_boxes > {"w", "h"} & of_boxes and not set(BOX_COLUMNS) <= set(rows):
        got = ", ".join(name for name in rows if name in of_boxes)
        raise ValueError(f"{file}: expected boxes as {', '.join(BOX_COLUMNS)} or {', '.join(SIDES)}, got {got}")
    if set(SIZE) <= set(rows):
        rows = rows.rename(columns=dict(zip(SIZE, SAID, strict=True)))
    return Csv(rows, problems)
