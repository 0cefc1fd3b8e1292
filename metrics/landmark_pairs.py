"""True garments paired with their predicted landmarks, on true or on detected boxes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from garments.landmarks import NOT_LABELLED, VISIBLE, landmarks_of
from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import PARTS
from metrics.errors import box_outcomes


@dataclass(frozen=True)
class LandmarkPairs:
    """True garments and the landmarks predicted for each.

    Attributes:
        garments: N rows of truth.garments, those with a box and a part.
        true: (N, 8, 3) x, y in pixels, visibility.
        predicted: (N, 8, 3) the same; all 0 for a garment that was not found.
        boxes_xyxy: (N, 4) true boxes.
        found_xyxy: (N, 4) boxes for which the landmarks were predicted; nan for a garment that was not found.
    """

    garments: pd.DataFrame
    true: np.ndarray
    predicted: np.ndarray
    boxes_xyxy: np.ndarray
    found_xyxy: np.ndarray

    def errors(self) -> np.ndarray:
        """(N, 8) normalised errors; nan for a landmark not visible in truth, infinity for one that was not found."""
        distance = np.linalg.norm(self.true_places() - in_boxes(self.predicted, self.boxes_xyxy), axis=-1)
        distance = np.where(self.predicted[..., 2] > NOT_LABELLED, distance, np.inf)
        return np.where(self.true[..., 2] == VISIBLE, distance, np.nan)

    def true_places(self) -> np.ndarray:
        """(N, 8, 2) true positions relative to the true boxes."""
        return in_boxes(self.true, self.boxes_xyxy)


def pair_landmarks(truth: Table, predicted: Table) -> LandmarkPairs:
    """Each true garment with the landmarks predicted for it.

    Args:
        truth: garments with boxes, parts and `landmarks`, as for `garments.landmarks.landmarks_of`; a garment without a
            box or a part is left out.
        predicted: garments with boxes, parts, scores and `landmarks`, 24 numbers each: visibility 2 visible, 1 hidden
            or absent, 0 not of this part. If they are the garments of truth in the same order with the same boxes, they
            are paired in order; else each true garment gets the unmatched box of its part with the highest score and an
            IoU of 0.5 or more.

    Raises:
        ValueError: truth has no visible landmark to evaluate on, or a predicted landmark is not a number.
    """
    garments = boxed(truth.garments)
    true = landmarks_of(garments)
    if not (true[..., 2] == VISIBLE).any():
        raise ValueError("truth: expected garments with box, part and visible landmarks, got none")
    if len(predicted.garments) and "landmarks" not in predicted.garments:
        raise ValueError("predicted: expected garments with a column 'landmarks'")
    points = predicted_landmarks(predicted)
    at = _matches(truth, predicted).reindex(garments.index, fill_value=-1)
    places = predicted.garments.index.get_indexer(at)
    found = places >= 0
    landmarks, boxes = np.zeros_like(true), np.full((len(garments), 4), np.nan)
    landmarks[found] = points[places[found]]
    boxes[found] = predicted.garments[BOX_COLUMNS].to_numpy(float)[places[found]]
    return LandmarkPairs(garments, true, landmarks, garments[BOX_COLUMNS].to_numpy(float), boxes)


def boxed(garments: pd.DataFrame) -> pd.DataFrame:
    """The garments with a part and a box that is not empty."""
    extent = garments[["x_max", "y_max"]].to_numpy(float) - garments[["x_min", "y_min"]].to_numpy(float)
    return garments[(extent > 0).all(1) & garments["part"].isin(PARTS)]


def predicted_landmarks(predicted: Table) -> np.ndarray:
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
    boxes = box_outcomes(truth, predicted)
    right = boxes[boxes["outcome"] == "right"]
    return pd.Series(right["found"].to_numpy(int), right["true"].to_numpy(int))


def in_boxes(points: np.ndarray, boxes_xyxy: np.ndarray) -> np.ndarray:
    """(N, 8, 2) positions relative to boxes, of (N, 8, 2 or more) points in pixels."""
    corner, extent = boxes_xyxy[:, None, :2], (boxes_xyxy[:, 2:] - boxes_xyxy[:, :2])[:, None]
    return (points[..., :2] - corner) / extent
