"""Records: what is known of one file after it was looked at, ready to be kept and written."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from garments.coco import KEYPOINTS
from garments.landmarks import NOT_LABELLED, VISIBLE
from garments.types import BOX_COLUMNS, Garments, Photo
from photos.reading import PhotoError

COLUMN = {"img": "img", "img+bbox": "img_bbox"}  # classifier -> the start of its columns
NAMED_COLUMNS = [f"{start}_category{end}" for start in COLUMN.values() for end in ("", "_score")]
LANDMARK_COLUMNS = [f"{name}{end}" for name in KEYPOINTS["keypoints"] for end in ("_x", "_y", "_visible")]
GARMENT_COLUMNS = [
    *("photo", "garment", "part", "part_score", *BOX_COLUMNS, "category", "category_score"),
    *NAMED_COLUMNS,
    *LANDMARK_COLUMNS,
]
PHOTO_COLUMNS = ["photo", "width", "height", "status", "garments"]
PROBLEM_COLUMNS = ["file", "reason", "remedy"]
COLUMNS = {"garments": GARMENT_COLUMNS, "photos": PHOTO_COLUMNS, "problems": PROBLEM_COLUMNS}
TEXT = ("photo", "part", "category", *NAMED_COLUMNS[::2])  # of GARMENT_COLUMNS; the others are numbers
WHOLE = ("garment", *LANDMARK_COLUMNS[2::3])


@dataclass
class Summary:
    """What a run found: photos that could be used, garments, photos without one, problems, categories a part, what was
    passed over, by its kind, and how many files it looked at, not counting those of earlier runs.
    """

    out: Path
    photos: int = 0
    garments: int = 0
    empty: int = 0
    problems: int = 0
    found: dict[str, Counter] = field(default_factory=dict)
    skipped: Counter = field(default_factory=Counter)
    looked_at: int = 0

    @classmethod
    def of(cls, out: Path, records: Iterable[dict]) -> "Summary":
        """That of all these records."""
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


def failed(name: str, error: PhotoError) -> dict:
    """The record of a file that could not be used."""
    return {"photo": name, "reason": error.reason, "remedy": error.remedy}


def analysed(photo: Photo, garments: Garments, categories: dict[str, tuple[str, ...]], classifier: str) -> dict:
    """The record of a photo that was analysed.

    Args:
        photo: the photo.
        garments: as the models left them.
        categories: those of each classifier, in the order of its probabilities.
        classifier: fills the column `category`.
    """
    rows = [_row(garments, n, categories, COLUMN[classifier]) for n in range(len(garments))]
    return {"photo": photo.id, "width": photo.width, "height": photo.height, "rows": rows}


def _row(garments: Garments, n: int, categories: dict[str, tuple[str, ...]], chosen: str) -> dict:
    """The columns of garments.csv for one garment, but for the photo."""
    row = dict(garment=n, part=garments.parts[n], part_score=round(float(garments.scores[n]), 4))
    row.update(zip(BOX_COLUMNS, (round(float(v), 1) for v in garments.boxes_xyxy[n]), strict=True))
    for name, start in COLUMN.items():
        probabilities = garments.categories[name][n]
        best = int(probabilities.argmax())
        row[f"{start}_category"] = categories[name][best]
        row[f"{start}_category_score"] = round(float(probabilities[best]), 4)
    row.update(landmark_cells(garments.landmarks[n]) if garments.landmarks is not None else {})
    return {**row, "category": row[f"{chosen}_category"], "category_score": row[f"{chosen}_category_score"]}


def landmark_cells(landmarks: np.ndarray) -> dict[str, float]:
    """The cells of one garment's (8, 3) landmarks: x and y in pixels, visible 1 or 0; none for those its part lacks."""
    cells = {}
    for (x, y, visibility), start in zip(landmarks, range(0, len(LANDMARK_COLUMNS), 3), strict=True):
        if visibility > NOT_LABELLED:
            values = round(float(x), 1), round(float(y), 1), int(visibility == VISIBLE)
            cells.update(zip(LANDMARK_COLUMNS[start : start + 3], values, strict=True))
    return cells
