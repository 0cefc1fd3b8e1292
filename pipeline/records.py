"""Records: the results for one file, ready to be stored and written."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from garments.coco import KEYPOINTS
from garments.landmarks import NOT_LABELLED, VISIBLE
from garments.masks import contours
from garments.storage import OUTLINES
from garments.types import BOX_COLUMNS, Garments
from pipeline import looks
from pipeline.decision import answers, detector_parts
from pipeline.model_folders import CONTRACT, column
from pipeline.reading import Read

LANDMARK_COLUMNS = [f"{name}{end}" for name in KEYPOINTS["keypoints"] for end in ("_x", "_y", "_visible")]
PHOTO_COLUMNS = ["photo", "width", "height", "status", "garments"]
PROBLEM_COLUMNS = ["file", "reason", "remedy"]
CONTOURS = "contours"  # of a row of a record
WHOLE = ("garment", *LANDMARK_COLUMNS[2::3])  # integer columns of garments.csv


def category_columns(classifiers: Iterable[str]) -> list[str]:
    """The columns of each classifier: a category and its score."""
    return [f"{column(name)}_category{end}" for name in classifiers for end in ("", "_score")]


def garment_columns(classifiers: Iterable[str] = CONTRACT) -> list[str]:
    """The columns of garments.csv; those of classifiers beyond the contract come last."""
    first = ["photo", "garment", "part", "part_score", *BOX_COLUMNS, "category", "category_score"]
    others = [name for name in classifiers if name not in CONTRACT]
    more = ["detector_part", *looks.COLUMNS]
    return [*first, *category_columns(CONTRACT), *LANDMARK_COLUMNS, *more, *category_columns(others)]


def text_columns(classifiers: Iterable[str] = CONTRACT) -> list[str]:
    """The text columns of garments.csv; the others are numbers."""
    return ["photo", "part", "category", "detector_part", *category_columns(classifiers)[::2], *looks.TEXTS]


@dataclass
class Summary:
    """The counts of a run.

    Attributes:
        out: the output folder.
        photos: photos that could be used.
        garments: garments in them.
        empty: photos without a garment.
        problems: files that could not be used.
        found: categories of each part.
        skipped: skipped files and folders, by reason.
        processed: files processed by this run, without earlier ones.
    """

    out: Path
    photos: int = 0
    garments: int = 0
    empty: int = 0
    problems: int = 0
    found: dict[str, Counter] = field(default_factory=dict)
    skipped: Counter = field(default_factory=Counter)
    processed: int = 0

    @classmethod
    def of(cls, out: Path, records: Iterable[dict]) -> "Summary":
        """The summary of these records."""
        summary = cls(out)
        for record in records:
            summary.add(record)
        return summary

    def add(self, record: dict) -> None:
        """Add one record."""
        if "reason" in record:
            self.problems += 1
            return
        self.photos += 1
        self.garments += len(record["rows"])
        self.empty += not record["rows"]
        for row in record["rows"]:
            self.found.setdefault(row["part"], Counter())[row["category"]] += 1


def record_of(read: Read, garments: Garments, classifier: str) -> dict:
    """The record of a processed file: plain values, ready for JSON.

    Its rows are those of garments.csv; with masks they also hold `segmentation`, an RLE, and `contours`, polygons.

    Args:
        read: the photo, or a file that cannot be used.
        garments: the predictions of the models.
        classifier: fills the column `category`.
    """
    if read.error:
        return {"photo": read.name, "reason": read.error.reason, "remedy": read.error.remedy}
    assert read.photo  # as there is no error
    rows = garment_rows(garments, classifier)
    if garments.masks is not None:
        for row, mask in zip(rows, garments.masks, strict=True):
            row |= {OUTLINES: mask, CONTOURS: contours(mask)}
    return {"photo": read.photo.id, "width": read.photo.width, "height": read.photo.height, "rows": rows}


def garment_rows(garments: Garments, classifier: str) -> list[dict]:
    """The cells of garments.csv for each garment, without the photo."""
    named = {column(name): list(zip(*garments.named(name), strict=True)) for name in garments.categories}
    chosen = list(zip(*answers(garments, classifier), strict=True))
    rows = [_row(garments, n, {start: own[n] for start, own in named.items()}, chosen[n]) for n in range(len(garments))]
    alone, seen = detector_parts(garments), looks.cells(garments)
    return [{**row, "detector_part": part, **more} for row, part, more in zip(rows, alone, seen, strict=True)]


def labels(rows: list[dict]) -> list[str]:
    """The labels of the garments in a drawn photo."""
    return [f"{row['category']} {row['category_score']:.2f}" for row in rows]


def _row(garments: Garments, n: int, named: dict[str, tuple[str, float]], chosen: tuple[str, float]) -> dict:
    row = dict(garment=n, part=garments.parts[n], part_score=round(float(garments.scores[n]), 4))
    row.update(zip(BOX_COLUMNS, (round(float(v), 1) for v in garments.boxes_xyxy[n]), strict=True))
    for start, (category, score) in named.items():
        row[f"{start}_category"] = category
        row[f"{start}_category_score"] = round(float(score), 4)
    row.update(landmark_cells(garments.landmarks[n]) if garments.landmarks is not None else {})
    return {**row, "category": chosen[0], "category_score": round(float(chosen[1]), 4)}


def landmark_cells(landmarks: np.ndarray) -> dict[str, float]:
    """The cells of one garment's (8, 3) landmarks: x, y in pixels, visible 1 or 0; none for those its part lacks."""
    cells: dict[str, float] = {}
    for (x, y, visibility), start in zip(landmarks, range(0, len(LANDMARK_COLUMNS), 3), strict=True):
        if visibility > NOT_LABELLED:
            values = round(float(x), 1), round(float(y), 1), int(visibility == VISIBLE)
            cells.update(zip(LANDMARK_COLUMNS[start : start + 3], values, strict=True))
    return cells
