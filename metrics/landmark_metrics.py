"""How well landmarks are found: normalised error, percentage of detected landmarks, visibility; beside mean places.

The normalised error (NE) of a landmark is its distance from the truth, x in widths and y in heights of the garment's
true box. DeepFashion (Liu, Luo, Qiu, Wang, Tang, CVPR 2016) counts in widths and heights of the image; networks that
see the garment cut out count so in the crop, and the box is what all of them share. Only landmarks that truth labels
as visible are judged. Published averages are means over the landmarks: here the row 'mean of landmarks', while 'all'
takes every landmark of every garment once.

The percentage of detected landmarks (PDL) is the share with an NE up to a threshold: 10 pixels (the default of GitHub
open-mmlab/mmfashion, landmark_detect_eval.py) of a crop of 224, and 35 pixels of 512.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from garments.landmarks import LANDMARKS, NOT_LABELLED, OF_PART, VISIBLE, landmarks_of, of_part
from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import PARTS
from metrics.bootstrap import Interval, intervals
from metrics.errors import error_kinds

THRESHOLDS = {"PDL 10/224": 10 / 224, "PDL 35/512": 35 / 512}
BASELINE, LESS = "mean places: ", "less mean places: "  # prefixes of figures
MEAN = "mean of landmarks"
GROUPS = ("all", MEAN, *PARTS, *LANDMARKS)


@dataclass(frozen=True)
class LandmarkPairs:
    """True garments and the landmarks said of each.

    Attributes:
        garments: N rows of truth.garments, those with a box and a part.
        true: (N, 8, 3) x, y in pixels, visibility.
        said: (N, 8, 3) the same; all 0 for a garment that was not found.
        boxes_xyxy: (N, 4) true boxes.
        found_xyxy: (N, 4) boxes for which the landmarks were said; nan for a garment that was not found.
    """

    garments: pd.DataFrame
    true: np.ndarray
    said: np.ndarray
    boxes_xyxy: np.ndarray
    found_xyxy: np.ndarray

    def errors(self) -> np.ndarray:
        """(N, 8) normalised errors; nan for a landmark that is not judged, infinity for one that was not found."""
        distance = np.linalg.norm(self.true_places() - in_boxes(self.said, self.boxes_xyxy), axis=-1)
        distance = np.where(self.said[..., 2] > NOT_LABELLED, distance, np.inf)
        return np.where(self.true[..., 2] == VISIBLE, distance, np.nan)

    def true_places(self) -> np.ndarray:
        """(N, 8, 2) true places in lengths of the true boxes."""
        return in_boxes(self.true, self.boxes_xyxy)


def pair_landmarks(truth: Table, predicted: Table) -> LandmarkPairs:
    """Each true garment with the landmarks said of it.

    Args:
        truth: garments with boxes, parts and `landmarks`, as `garments.landmarks.landmarks_of` takes them; a garment
            without a box or a part is left out.
        predicted: garments with boxes, parts, scores and `landmarks`, 24 numbers each: visibility 2 seen, 1 thought
            hidden or absent, 0 none of this part. If they are the garments of truth in the same order with the same
            boxes, they stand for them; else each true garment gets the surest box of its part with an IoU of 0.5 or
            more that no other garment has.

    Raises:
        ValueError: truth has no visible landmark to judge on, or a predicted landmark is not a number.
    """
    garments = boxed(truth.garments)
    true = landmarks_of(garments)
    if not (true[..., 2] == VISIBLE).any():
        raise ValueError("truth: expected garments with box, part and visible landmarks, got none")
    if len(predicted.garments) and "landmarks" not in predicted.garments:
        raise ValueError("predicted: expected garments with a column 'landmarks'")
    points = said_landmarks(predicted)
    at = _matches(truth, predicted).reindex(garments.index, fill_value=-1)
    places = predicted.garments.index.get_indexer(at)
    found = places >= 0
    said, boxes = np.zeros_like(true), np.full((len(garments), 4), np.nan)
    said[found] = points[places[found]]
    boxes[found] = predicted.garments[BOX_COLUMNS].to_numpy(float)[places[found]]
    return LandmarkPairs(garments, true, said, garments[BOX_COLUMNS].to_numpy(float), boxes)


def boxed(garments: pd.DataFrame) -> pd.DataFrame:
    """The garments that have a part and a box that is not empty."""
    extent = garments[["x_max", "y_max"]].to_numpy(float) - garments[["x_min", "y_min"]].to_numpy(float)
    return garments[(extent > 0).all(1) & garments["part"].isin(PARTS)]


def said_landmarks(predicted: Table) -> np.ndarray:
    """(M, 8, 3) landmarks of predicted garments, whatever their labels.

    Raises:
        ValueError: one is not a number.
    """
    points = landmarks_of(predicted.garments.assign(landmark_source="predicted"))
    broken = ~np.isfinite(points).all((1, 2))
    if broken.any():
        raise ValueError(f"predicted: {broken.sum()} garments have a landmark that is not a number; training diverged")
    return points


def on_true_boxes(truth: Table, predicted: Table) -> bool:
    """Whether the predicted garments are those of truth, in the same order and with the same boxes."""
    of = ["photo", "part", *BOX_COLUMNS]
    true, found = (table.garments[of].reset_index(drop=True) for table in (truth, predicted))
    return len(true) == len(found) and true.equals(found.astype(true.dtypes))


def _matches(truth: Table, predicted: Table) -> pd.Series:
    """Row of predicted.garments for rows of truth.garments."""
    if on_true_boxes(truth, predicted):
        return pd.Series(predicted.garments.index, truth.garments.index)
    kinds = error_kinds(truth, predicted)
    right = kinds[kinds["kind"] == "right"]
    return pd.Series(right["found"].to_numpy(int), right["true"].to_numpy(int))


def in_boxes(points: np.ndarray, boxes_xyxy: np.ndarray) -> np.ndarray:
    """(N, 8, 2) places in lengths of boxes, of (N, 8, 2 or more) points in pixels."""
    corner, extent = boxes_xyxy[:, None, :2], (boxes_xyxy[:, 2:] - boxes_xyxy[:, :2])[:, None]
    return (points[..., :2] - corner) / extent


def mean_places(training: Table) -> np.ndarray:
    """(3, 8, 2) mean place of each part's visible landmarks, in lengths of the box; the middle where none is visible.

    Raises:
        ValueError: the Table has no visible landmark.
    """
    garments = boxed(training.garments)
    points = landmarks_of(garments)
    visible = points[..., 2] == VISIBLE
    if not visible.any():
        raise ValueError("training: expected garments with box, part and visible landmarks, got none")
    places = np.where(visible[..., None], in_boxes(points, garments[BOX_COLUMNS].to_numpy(float)), np.nan)
    means = np.full((len(PARTS), len(LANDMARKS), 2), 0.5)
    for n, part in enumerate(PARTS):
        of = places[(garments["part"] == part).to_numpy()]
        known = np.isfinite(of).all(-1).any(0)
        means[n, known] = np.nanmean(of[:, known], 0)
    return means


def at_mean_places(predicted: Table, places: np.ndarray) -> Table:
    """What is said by one who looks at no photo: every landmark seen, at its mean place in the same boxes.

    Args:
        predicted: boxes and parts.
        places: (3, 8, 2) of `mean_places`.
    """
    rows = []
    for part, box in zip(predicted.garments["part"], predicted.garments[BOX_COLUMNS].to_numpy(float), strict=True):
        points = np.zeros((len(LANDMARKS), 3))
        if part in PARTS and np.isfinite(box).all():
            points[:, :2] = box[:2] + places[PARTS.index(part)] * (box[2:] - box[:2])
            points[:, 2] = VISIBLE
        rows.append(of_part(points, part).ravel())
    garments = predicted.garments.assign(landmarks=pd.Series(rows, predicted.garments.index, object))
    return Table(predicted.photos, garments, predicted.problems)


def landmark_figures(pairs: LandmarkPairs, baseline: LandmarkPairs, seed: int = 0) -> dict[tuple[str, str], Interval]:
    """{(group, figure): (value, low, high)} with 95 % bootstrap intervals over photos.

    Args:
        pairs: truth and predictions.
        baseline: truth and `at_mean_places` of the same predictions.
        seed: of the resampling.

    Returns:
        The groups are GROUPS. Figures: found (share of the visible landmarks whose garment was found), NE (of those
        found), each of THRESHOLDS (of all visible ones: what was not found is not detected); the latter two also with
        the prefix BASELINE for mean places, and LESS for the paired difference. Of 'seen': visibility precision (of
        labelled landmarks said to be seen, how many are visible), visibility recall (of visible ones, how many are
        said to be seen), visible (share of the labelled ones: the precision of always saying seen), unlabelled seen
        (how often one that the part has but truth does not label is said to be seen; whether rightly nobody knows).
    """
    counts = _counts(pairs, baseline)
    values = np.stack(list(counts.values()), -1).reshape(len(pairs.true), -1)
    parts = (pairs.garments["part"].to_numpy()[None] == np.array(PARTS, object)[:, None]).astype(float)

    def figures(weights: np.ndarray) -> dict[tuple[str, str], float]:
        cells = ((parts * weights) @ values).reshape(len(PARTS), len(LANDMARKS), -1)
        sums = {"all": cells.sum((0, 1)), **dict(zip(PARTS, cells.sum(1), strict=True))}
        sums |= dict(zip(LANDMARKS, cells.sum(0), strict=True))
        each = {group: _ratios(dict(zip(counts, row, strict=True))) for group, row in sums.items()}
        each[MEAN] = {name: _mean([each[landmark][name] for landmark in LANDMARKS]) for name in each["all"]}
        return {(group, name): value for group in GROUPS for name, value in each[group].items()}

    return intervals(pairs.garments["photo"], figures, seed=seed)


def _counts(pairs: LandmarkPairs, baseline: LandmarkPairs) -> dict[str, np.ndarray]:
    """(N, 8) each, whose sums the figures are ratios of."""
    errors, lazy = pairs.errors(), baseline.errors()
    visible, found = pairs.true[..., 2] == VISIBLE, np.isfinite(errors)
    labelled, seen = pairs.true[..., 2] > NOT_LABELLED, pairs.said[..., 2] == VISIBLE
    of_its_part = np.array([[n in OF_PART[part] for n in range(len(LANDMARKS))] for part in pairs.garments["part"]])
    unlabelled = of_its_part & ~labelled & (pairs.said[..., 2] > NOT_LABELLED)
    counts = {
        "visible": visible,
        "found": found,
        "error": np.where(found, errors, 0),
        "lazy": np.where(found, lazy, 0),
        "labelled": labelled,
        "seen": seen & labelled,
        "seen visible": seen & visible,
        "unlabelled": unlabelled,
        "unlabelled seen": unlabelled & seen,
    }
    for name, threshold in THRESHOLDS.items():
        counts |= {name: errors <= threshold, BASELINE + name: lazy <= threshold}
    return {name: count.astype(float) for name, count in counts.items()}


def _ratios(sums: dict[str, float]) -> dict[str, float]:
    result = {"found": _ratio(sums["found"], sums["visible"])}
    pairs = {"NE": (sums["error"], sums["lazy"], sums["found"])}
    pairs |= {name: (sums[name], sums[BASELINE + name], sums["visible"]) for name in THRESHOLDS}
    for name, (own, lazy, of) in pairs.items():
        result |= {name: _ratio(own, of), BASELINE + name: _ratio(lazy, of), LESS + name: _ratio(own - lazy, of)}
    return result | {
        "visibility precision": _ratio(sums["seen visible"], sums["seen"]),
        "visibility recall": _ratio(sums["seen visible"], sums["visible"]),
        "visible": _ratio(sums["visible"], sums["labelled"]),
        "unlabelled seen": _ratio(sums["unlabelled seen"], sums["unlabelled"]),
    }


def _ratio(count: float, of: float) -> float:
    return float(count / of) if of else float("nan")


def _mean(values: list[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")
