"""The baseline of landmarks: each at its mean position in the box, independent of the photo."""

import numpy as np
import pandas as pd

from garments.landmarks import LANDMARKS, VISIBLE, landmarks_of, of_part
from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import PARTS
from metrics.landmark_pairs import boxed, in_boxes


def mean_places(training: Table) -> np.ndarray:
    """(3, 8, 2) mean position of each part's visible landmarks, relative to the box; the middle if none is visible.

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
    """The predictions of the baseline: every landmark visible, at its mean position in the same boxes.

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
