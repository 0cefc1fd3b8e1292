"""COCO's format for detections: https://cocodataset.org/#format-data"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from garments.crowds import CROWD
from garments.landmarks import LANDMARKS
from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import PARTS

DESCRIPTION = "garments"  # in `info` of the files that this project writes
UNKNOWN_PART = {"id": len(PARTS) + 1, "name": "garment", "supercategory": "garment"}
KEYPOINTS = {"keypoints": [name.replace(" ", "_") for name in LANDMARKS], "skeleton": []}
CATEGORIES: list[dict[str, Any]] = [
    {"id": number, "name": part, "supercategory": "garment", **KEYPOINTS} for number, part in enumerate(PARTS, start=1)
]
CATEGORY_ID = {category["name"]: category["id"] for category in CATEGORIES}
OF_IMAGE = ["split", "group", "tags", "label_map", "source"]  # columns of a Table that COCO has no place for
OF_ANNOTATION = ["label", "category", "trust", "mask_value", "item", "attributes"]


def coco_image(number: int, file_name: str, width: int, height: int, **more: Any) -> dict:
    """An entry of `images`."""
    return {"id": number, "file_name": file_name, "width": int(width), "height": int(height), **more}


def coco_annotation(number: int, image: int, part: str, box_xyxy: Iterable[float], **more: Any) -> dict:
    """An entry of `annotations`: the box as x, y, width, height (none for nan); `more` holds score and the like."""
    x1, y1, x2, y2 = (float(v) for v in box_xyxy)
    box = [x1, y1, x2 - x1, y2 - y1] if np.isfinite(x1) else []
    category = CATEGORY_ID.get(part, UNKNOWN_PART["id"])
    area = box[2] * box[3] if box else 0.0
    return {"id": number, "image_id": image, "category_id": category, "bbox": box, "area": area, "iscrowd": 0, **more}


def coco_dataset(images: list[dict], annotations: list[dict]) -> dict:
    """A data set of these images and annotations, with the parts as categories."""
    used = {annotation["category_id"] for annotation in annotations}
    categories = CATEGORIES + [UNKNOWN_PART] * (UNKNOWN_PART["id"] in used)
    return {
        "info": {"description": DESCRIPTION},
        "licenses": [],  # without which CVAT's importer reads nothing
        "images": images,
        "annotations": annotations,
        "categories": categories,
    }


def write_coco(table: Table, file: Path) -> None:
    """Write a Table as one JSON file; see `coco_text`."""
    file.write_text(coco_text(table))


def coco_text(table: Table) -> str:
    """A Table as JSON; what COCO has no place for goes into entries of its images and `attributes`."""
    numbers = {photo: n for n, photo in enumerate(table.photos["photo"], start=1)}
    images = [
        coco_image(n, row["photo"], row["width"], row["height"], **{name: row[name] for name in OF_IMAGE})
        for n, row in enumerate(table.photos.to_dict("records"), start=1)
    ]
    annotations = []
    for n, row in enumerate(table.garments.to_dict("records"), start=1):
        more = {name: row[name] for name in OF_ANNOTATION if name in row}
        box = [row[name] for name in BOX_COLUMNS]
        entry = coco_annotation(n, numbers[row["photo"]], row["part"], box, score=row["score"], attributes=more)
        entry[CROWD] = int(row.get(CROWD) == 1)
        points = row.get("keypoints") if row.get("landmarks") is None else row["landmarks"]
        if points is not None:
            entry["keypoints"] = [float(v) for v in points]
            entry["num_keypoints"] = int(np.count_nonzero(points[2::3]))
        if row.get("segmentation") is not None:
            entry["segmentation"] = row["segmentation"]
        annotations.append(entry)
    return json.dumps(coco_dataset(images, annotations), default=_plain)


def _plain(value: np.generic) -> int | float | str | bool:
    """NumPy's numbers as Python's."""
    return value.item()


def boxes_xyxy(boxes: pd.Series) -> pd.DataFrame:
    """Columns x_min, y_min, x_max, y_max of COCO's boxes (x, y, width, height); nan where there is none."""
    rows = np.array([box if len(box) == 4 else [np.nan] * 4 for box in boxes], float).reshape(-1, 4)
    rows[:, 2:] += rows[:, :2]
    return pd.DataFrame(rows, boxes.index, BOX_COLUMNS)
