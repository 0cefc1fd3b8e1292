"""A pipeline without models, and helpers for tests of runs."""

import csv
from collections.abc import Generator, Iterable
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import ClassVar

import numpy as np

from garments.types import Garments, Photo
from garments.vocabulary import CATEGORIES
from pipeline.files import FOLDER
from pipeline.model_folders import ModelFolders
from pipeline.models import Pipeline
from pipeline.reading import Read


class TwoGarments(Pipeline):
    """Replaces the models: a wide upper and a narrow lower garment in every photo that is not black."""

    categories: ClassVar[dict[str, tuple[str, ...]]] = {"img": CATEGORIES, "img+bbox": CATEGORIES}

    def __init__(self, landmarks: bool = True, classifier: str = "img+bbox"):
        self.landmarks, self.classifier = landmarks, classifier

    def stream(self, groups: Iterable[Iterable[Read]]) -> Generator[tuple[Read, Garments], None, None]:
        """As in Pipeline."""
        for read in chain.from_iterable(groups):
            black = read.pixels is None or not read.pixels.any()
            yield read, self.none() if black or read.photo is None else self.found(read.photo)

    def found(self, photo: Photo) -> Garments:
        """The two garments of a photo."""
        boxes = np.array([[0, 0, 1, 0.5], [0.25, 0.5, 0.75, 1]]) * np.tile([photo.width, photo.height], 2)
        shares = np.full((2, len(CATEGORIES)), 0.02, np.float32)
        img, bbox = shares.copy(), shares.copy()
        img[:, CATEGORIES.index("tee")] = 0.66
        bbox[0, CATEGORIES.index("shirt")] = bbox[1, CATEGORIES.index("jeans")] = 0.66
        boxes, parts = boxes.astype(np.float32), np.array(["upper", "lower"], object)
        points = np.concatenate([boxes[:, None, :2] + np.zeros((2, 8, 2), np.float32) + 2, np.full((2, 8, 1), 2)], -1)
        points[:, 7, :2] += 20  # clear of the label that is drawn above the box
        points[0, 4:6], points[0, 3, 2] = 0, 1  # an upper garment has no waistline; its right sleeve is hidden
        scores, predicted = np.array([0.9, 0.6], np.float32), {"img": img, "img+bbox": bbox}
        found = Garments(boxes, scores, parts, predicted, category_names=self.categories)
        return replace(found, landmarks=points) if self.landmarks else found

    def none(self) -> Garments:
        """The garments of a black photo."""
        probabilities = np.zeros((0, len(CATEGORIES)), np.float32)
        predicted = {"img": probabilities, "img+bbox": probabilities}
        return replace(Garments.empty(), categories=predicted, category_names=self.categories)


FOLDERS = ModelFolders(Path("detector"), {name: Path(name) for name in ("img", "img+bbox")})  # of TwoGarments


def rows(path: Path) -> list[dict]:
    """The rows of a CSV."""
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def contents(out: Path) -> dict[str, bytes]:
    """The output files of a run, without its journal."""
    files = (path for path in out.rglob("*") if path.is_file())
    return {str(p.relative_to(out)): p.read_bytes() for p in files if p.relative_to(out).parts[0] != FOLDER}
