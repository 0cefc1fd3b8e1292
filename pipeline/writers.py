"""Writing results as they come: tables, COCO JSON, pictures and the page."""

import csv
import json
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from garments.coco import KEYPOINTS, coco_annotation, coco_dataset, coco_image
from garments.draw import draw
from garments.landmarks import NOT_LABELLED, VISIBLE
from garments.photos import PhotoError
from garments.types import BOX_COLUMNS, Garments, Photo
from garments.vocabulary import CATEGORIES
from pipeline.page import Page

COLUMN = {"img": "img", "img+bbox": "img_bbox"}  # classifier -> the start of its columns
GARMENT_COLUMNS = ["photo", "garment", "part", "part_score", *BOX_COLUMNS, "category", "category_score"] + [
    f"{start}_category{end}" for start in COLUMN.values() for end in ("", "_score")
]
LANDMARK_COLUMNS = [f"{name}{end}" for name in KEYPOINTS["keypoints"] for end in ("_x", "_y", "_visible")]
PHOTO_COLUMNS = ["photo", "width", "height", "status", "garments"]
PROBLEM_COLUMNS = ["file", "reason", "remedy"]
PICTURE_SIDE = 1200


@dataclass
class Summary:
    """What a run found: photos that could be used, garments, photos without one, problems, and categories a part."""

    out: Path
    photos: int = 0
    garments: int = 0
    empty: int = 0
    problems: int = 0
    found: dict[str, Counter] = field(default_factory=dict)


class Results:
    """The output folder of a run, open for writing. Tables grow photo by photo; the rest is written on leaving."""

    def __init__(self, out: Path, classifier: str, pictures: bool):
        """Start the tables in the existing folder `out`; `classifier` fills the column `category`."""
        self.summary = Summary(out)
        self._out, self._classifier, self._pictures = out, classifier, pictures
        self._files = ExitStack()
        self._garments = self._table("garments.csv", GARMENT_COLUMNS + LANDMARK_COLUMNS)
        self._photos = self._table("photos.csv", PHOTO_COLUMNS)
        self._problems = self._table("problems.csv", PROBLEM_COLUMNS)
        self._images, self._annotations, self._page = [], [], Page(out)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._files.close()
        data = coco_dataset(self._images, self._annotations)
        (self._out / "detections.json").write_text(json.dumps(data), encoding="utf-8")
        self._page.write()

    def add(self, photo: Photo, pixels: np.ndarray, garments: Garments) -> None:
        """A photo that was analysed."""
        rows = [self._row(photo, garments, n) for n in range(len(garments))]
        for row in rows:
            self._write(self._garments, row)
        self._count(photo, rows)
        self._add_coco(photo, rows)
        self._page.add(photo, pixels, rows)
        if self._pictures:
            words = [f"{row['category']} {row['category_score']:.2f}" for row in rows]
            self._picture(photo, draw(photo, pixels, garments, words))

    def fail(self, file: str, error: PhotoError) -> None:
        """A file that could not be used."""
        self.summary.problems += 1
        self._write(self._photos, dict(photo=file, width="", height="", status="failed", garments=0))
        self._write(self._problems, dict(file=file, reason=error.reason, remedy=error.remedy))

    def _row(self, photo: Photo, garments: Garments, n: int) -> dict:
        row = dict(photo=photo.id, garment=n, part=garments.parts[n], part_score=round(float(garments.scores[n]), 4))
        row.update(zip(BOX_COLUMNS, (round(float(v), 1) for v in garments.boxes_xyxy[n]), strict=True))
        for name, start in COLUMN.items():
            probabilities = garments.categories[name][n]
            best = int(probabilities.argmax())
            row[f"{start}_category"] = CATEGORIES[best]
            row[f"{start}_category_score"] = round(float(probabilities[best]), 4)
        row.update(landmark_cells(garments.landmarks[n]) if garments.landmarks is not None else {})
        chosen = COLUMN[self._classifier]
        return {**row, "category": row[f"{chosen}_category"], "category_score": row[f"{chosen}_category_score"]}

    def _count(self, photo: Photo, rows: list[dict]) -> None:
        summary = self.summary
        summary.photos += 1
        summary.garments += len(rows)
        summary.empty += not rows
        for row in rows:
            summary.found.setdefault(row["part"], Counter())[row["category"]] += 1
        status = dict(photo=photo.id, width=photo.width, height=photo.height, status="ok", garments=len(rows))
        self._write(self._photos, status)

    def _add_coco(self, photo: Photo, rows: list[dict]) -> None:
        image = len(self._images) + 1
        self._images.append(coco_image(image, photo.id, photo.width, photo.height))
        for row in rows:
            attributes = {name: row[name] for name in row if "category" in name}
            box = [row[name] for name in BOX_COLUMNS]
            number = len(self._annotations) + 1
            more = dict(score=row["part_score"], attributes=attributes, **keypoints(row))
            self._annotations.append(coco_annotation(number, image, row["part"], box, **more))

    def _picture(self, photo: Photo, image) -> None:
        is_jpeg = photo.path.suffix.lower() in (".jpg", ".jpeg")
        path = self._out / "pictures" / (photo.id if is_jpeg else photo.id + ".jpg")
        path.parent.mkdir(parents=True, exist_ok=True)
        image.thumbnail((PICTURE_SIDE, PICTURE_SIDE))
        image.save(path, quality=88)

    def _table(self, name: str, columns: list[str]):
        file = self._files.enter_context(
            (self._out / name).open("w", newline="", encoding="utf-8", errors="backslashreplace")
        )
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        return writer, file

    def _write(self, table, row: dict) -> None:
        writer, file = table
        writer.writerow(row)
        file.flush()


def landmark_cells(landmarks: np.ndarray) -> dict[str, float]:
    """The cells of one garment's (8, 3) landmarks: x and y in pixels, visible 1 or 0; none for those its part lacks."""
    cells = {}
    for (x, y, visibility), start in zip(landmarks, range(0, len(LANDMARK_COLUMNS), 3), strict=True):
        if visibility > NOT_LABELLED:
            values = round(float(x), 1), round(float(y), 1), int(visibility == VISIBLE)
            cells.update(zip(LANDMARK_COLUMNS[start : start + 3], values, strict=True))
    return cells


def keypoints(row: dict) -> dict:
    """COCO's keypoints of a row of garments.csv; nothing where it has no landmarks."""
    points = []
    for x, y, visible in zip(*(LANDMARK_COLUMNS[n::3] for n in range(3)), strict=True):
        points += [row[x], row[y], 1 + row[visible]] if x in row else [0, 0, 0]
    labelled = sum(v > 0 for v in points[2::3])
    return {"keypoints": points, "num_keypoints": labelled} if labelled else {}
