"""The three records that flow through the project: Photo, Garments, Table."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from garments.boxes import iou
from garments.checks import expect_rle, expect_shape
from garments.vocabulary import PARTS

PHOTO_COLUMNS = ["photo", "path", "width", "height", "split", "group", "tags", "label_map", "dataset", "source"]
GARMENT_COLUMNS = [
    "photo", "label", "part", "category", "x_min", "y_min", "x_max", "y_max", "score", "trust", "mask_value",
]  # fmt: skip
PROBLEM_COLUMNS = ["file", "reason", "remedy"]
SOURCES = ("shop", "user", "")  # who took a photo; '' where that is not known
BOX_COLUMNS = ["x_min", "y_min", "x_max", "y_max"]

Rows: TypeAlias = "pd.DataFrame | list[dict]"


@dataclass(frozen=True)
class Photo:
    """A readable photo. `id` is its path relative to the folder read; the size is the upright one (after EXIF)."""

    path: Path
    id: str
    width: int
    height: int


@dataclass(frozen=True)
class Garments:
    """The garments found in one photo, as parallel arrays checked when made.

    Attributes:
        boxes_xyxy: (N, 4) float32, x_min y_min x_max y_max in pixels of the upright photo.
        scores: (N,) float32 in 0..1.
        parts: (N,) str, each one of PARTS.
        categories: classifier name -> (N, K) float32 probabilities over its categories, for classifiers that ran.
        category_names: classifier name -> its K categories, in the order of the probabilities.
        landmarks: (N, L, 3) float32, x, y in pixels and visibility, or None.
        masks: (N,) RLEs of the photo's size, as `garments.masks` makes them, or None.
        box_masks: (N, S, S) uint8, 255 times the probability of each cell of the box, before it is a mask; or None.
        colours: (N,) `photos.colours.Colours` of the masked pixels, or None.
        patterns: (N,) tuples of a pattern and its probability, or None.
        embeddings: (N, D) float32, what retrieval compares, or None.
        part_scores: (N, 3) float32, the detector's score of each of PARTS at the place of the garment, or None.
    """

    boxes_xyxy: np.ndarray
    scores: np.ndarray
    parts: np.ndarray
    categories: Mapping[str, np.ndarray] = field(default_factory=dict)
    landmarks: np.ndarray | None = None
    masks: np.ndarray | None = None
    embeddings: np.ndarray | None = None
    category_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    part_scores: np.ndarray | None = None
    box_masks: np.ndarray | None = None
    colours: np.ndarray | None = None
    patterns: np.ndarray | None = None

    def __post_init__(self):
        n = len(self.boxes_xyxy)
        expect_shape("boxes_xyxy", self.boxes_xyxy, (n, 4))
        expect_shape("scores", self.scores, (n,))
        expect_shape("parts", self.parts, (n,))
        for name, probabilities in self.categories.items():
            names = self.category_names.get(name)
            expect_shape(f"categories[{name!r}]", probabilities, (n, len(names) if names else None))
        shapes = dict(landmarks=(n, None, 3), masks=(n,), embeddings=(n, None), part_scores=(n, len(PARTS)))
        shapes |= dict(box_masks=(n, None, None), colours=(n,), patterns=(n,))
        for name, shape in shapes.items():
            if getattr(self, name) is not None:
                expect_shape(name, getattr(self, name), shape)
        if self.masks is not None:
            expect_rle(self.masks)
        unknown = set(self.parts) - set(PARTS)
        if unknown:
            raise ValueError(f"parts: expected some of {PARTS}, got {sorted(unknown)}")
        if not np.isfinite(self.boxes_xyxy).all() or (self.boxes_xyxy[:, 2:] <= self.boxes_xyxy[:, :2]).any():
            raise ValueError("boxes_xyxy: expected finite boxes with x_min < x_max and y_min < y_max")

    def __len__(self) -> int:
        return len(self.boxes_xyxy)

    def visible_landmarks(self) -> list[np.ndarray]:
        """For each garment the (n, 2) x, y of its visible landmarks (visibility 2)."""
        if self.landmarks is None:
            return [np.zeros((0, 2), np.float32)] * len(self)
        return [points[points[:, 2] == 2, :2] for points in self.landmarks]

    def __getitem__(self, index: "np.ndarray | slice | int | list") -> "Garments":
        """Some of the garments: by a boolean mask, integers in any order, a slice or one integer.

        Raises:
            IndexError: there are fewer garments, or the mask has another length.
        """
        places = np.atleast_1d(np.arange(len(self))[index])
        arrays: dict[str, Any] = {
            f.name: value[places] for f in fields(Garments) if isinstance(value := getattr(self, f.name), np.ndarray)
        }
        categories = {name: probabilities[places] for name, probabilities in self.categories.items()}
        return replace(self, categories=categories, **arrays)

    def named(self, classifier: str) -> tuple[list[str], np.ndarray]:
        """The most probable category of each garment, and its probability (N,).

        Raises:
            KeyError: the classifier did not run, or its categories have no names.
        """
        missing = [c for c in (self.categories, self.category_names) if classifier not in c]
        if missing:
            raise KeyError(f"no named categories of {classifier!r}; there are those of {sorted(self.category_names)}")
        best = self.categories[classifier].argmax(1)
        return [self.category_names[classifier][n] for n in best], self.categories[classifier].max(1)

    def nms(self, max_iou: float = 0.65) -> "Garments":
        """Non-maximum suppression across parts: of boxes with an IoU above `max_iou` keep the best; best first."""
        overlaps = iou(self.boxes_xyxy, self.boxes_xyxy)
        kept: list[int] = []
        for index in np.argsort(-self.scores, kind="stable"):
            if all(overlaps[index, other] <= max_iou for other in kept):
                kept.append(index)
        return self[kept]

    @classmethod
    def empty(cls) -> "Garments":
        """No garment."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, object))


@dataclass(frozen=True)
class Table:
    """Many photos with their garments, true or predicted.

    Attributes:
        photos: a row a photo: photo (id), path, width, height, split, tags ('a|b': labels known for the whole photo),
            group (photos of one person or sender share it and are never split apart; by default the photo itself),
            label_map (path of a file with a label for every pixel, '' where there is none), dataset (the reader that
            read it, '' for none), source (who took it: one of SOURCES). Some readers add map_labels: 'a|b', what the
            numbers 0, 1 of the label map mean.
        garments: a row a garment: photo, label (the data set's own), part, category ('', 'a' or 'a|b'), box in pixels
            of the upright photo (all NaN where the data set gives none), score of the box (1 for truth), trust in the
            label (1 for truth), mask_value (the value of its pixels in the photo's label map, -1 where there is none).
            Some readers add columns: item (garments that show one product share it), attributes ('a|b'), landmarks
            and segmentation (as COCO writes keypoints and masks; None where there are none).
        problems: a row a file that could not be used: file, reason, remedy.
    """

    photos: pd.DataFrame
    garments: pd.DataFrame
    problems: pd.DataFrame

    def __post_init__(self):
        for name, columns in (
            ("photos", PHOTO_COLUMNS),
            ("garments", GARMENT_COLUMNS),
            ("problems", PROBLEM_COLUMNS),
        ):
            missing = [c for c in columns if c not in getattr(self, name)]
            if missing:
                raise ValueError(f"{name}: expected columns {columns}, missing {missing}")
        if self.photos["photo"].duplicated().any():
            twice = self.photos["photo"][self.photos["photo"].duplicated()].iloc[0]
            raise ValueError(f"photos: expected each photo once, got {twice!r} twice")
        unknown = set(self.photos["source"]) - set(SOURCES)
        if unknown:
            raise ValueError(f"photos: expected source one of {SOURCES}, got {sorted(unknown)}")
        stray = set(self.garments["photo"]) - set(self.photos["photo"])
        if stray:
            raise ValueError(f"garments: photo {sorted(stray)[0]!r} is not among the photos")

    @classmethod
    def of(cls, photos: Rows, garments: Rows, problems: Rows) -> "Table":
        """Make a Table of plain rows (lists of dicts, or data frames).

        A column that is left out is filled: '' for text, NaN for boxes, 1 for score and trust.
        """
        photos = _frame(photos, PHOTO_COLUMNS, dict.fromkeys(("split", "tags", "label_map", "dataset", "source"), ""))
        filled = {"label": "", "part": "", "category": "", "score": 1.0, "trust": 1.0, "mask_value": -1}
        return cls(
            photos.assign(group=photos["group"].fillna(photos["photo"])),
            _frame(garments, GARMENT_COLUMNS, filled),
            _frame(problems, PROBLEM_COLUMNS, {}),
        )

    @classmethod
    def concatenate(cls, tables: dict[str, "Table"]) -> "Table":
        """Several Tables as one: {data set: Table}.

        Photos, groups, items and problem files are renamed to 'key/name', and `dataset` is the key: item 12 of one data
        set is not item 12 of another.
        """
        named = {
            key: (
                _prefixed(table.photos, key, "photo", "group").assign(dataset=key),
                _prefixed(table.garments, key, "photo", "item"),
                _prefixed(table.problems, key, "file"),
            )
            for key, table in tables.items()
        }
        return cls(*(pd.concat(frames, ignore_index=True) for frames in zip(*named.values(), strict=True)))

    def keep(self, photos: pd.Series) -> "Table":
        """The part of the Table whose photos are marked True in `photos` (a mask over self.photos)."""
        kept = self.photos[photos].reset_index(drop=True)
        garments = self.garments[self.garments["photo"].isin(kept["photo"])].reset_index(drop=True)
        return Table(kept, garments, self.problems)

    def sample(self, count: int, seed: int = 0) -> "Table":
        """At most `count` photos, chosen at random, in their order."""
        chosen = self.photos["photo"].sample(min(count, len(self.photos)), random_state=seed)
        return self.keep(self.photos["photo"].isin(chosen))

    def in_splits(self, *names: str) -> "Table":
        """The photos of the named splits."""
        missing = set(names) - set(self.photos["split"])
        if missing:
            raise KeyError(f"no split {sorted(missing)}; there are {sorted(set(self.photos['split']))}")
        return self.keep(self.photos["split"].isin(names))


def _prefixed(frame: pd.DataFrame, key: str, *columns: str) -> pd.DataFrame:
    """The frame with 'key/' before the texts of these columns, where it has them; empty texts stay empty."""
    there = [column for column in columns if column in frame]
    return frame.assign(**{c: (key + "/" + frame[c]).where(frame[c] != "", frame[c]) for c in there})


def _frame(rows: Rows, columns: list[str], defaults: dict) -> pd.DataFrame:
    is_frame = isinstance(rows, pd.DataFrame)
    frame: pd.DataFrame = rows if is_frame else pd.DataFrame(rows, columns=None if len(rows) else columns)
    frame = frame.reindex(columns=[*columns, *(c for c in frame if c not in columns)]).fillna(defaults)
    return frame.astype({c: float for c in columns if c in (*BOX_COLUMNS, "score", "trust")})
