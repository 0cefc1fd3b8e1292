"""How well masks fit: their overlap, and that of their boundaries.

Cheng et al.: Boundary IoU, Improving Object-Centric Image Segmentation Evaluation, CVPR 2021.
"""

import cv2
import numpy as np
import pandas as pd

from garments.masks import decode, from_segmentation
from garments.storage import OUTLINES
from garments.types import Table
from garments.vocabulary import PARTS
from metrics.bootstrap import Interval, intervals
from metrics.errors import box_outcomes

WIDTH = 0.02  # of a boundary, as a share of the photo's diagonal
MEASURES = ("mask IoU", "boundary IoU")


def with_masks(*tables: Table) -> bool:
    """Whether each of the tables has outlines."""
    return all(OUTLINES in table.garments and table.garments[OUTLINES].notna().any() for table in tables)


def mask_pairs(truth: Table, predicted: Table) -> pd.DataFrame:
    """The garments that are found (part right, box IoU .5 or more) and whose mask is known, with how their masks fit.

    Returns:
        photo, part, score, true (row of truth.garments), found (row of predicted.garments), and MEASURES in 0..1.
    """
    boxes = box_outcomes(truth, predicted)
    right = boxes[boxes["outcome"] == "right"]
    right = right[truth.garments.loc[right["true"], OUTLINES].notna().to_numpy()]
    sizes = truth.photos.set_index("photo")[["height", "width"]]
    fits = [_fit(truth, predicted, row, *sizes.loc[row.photo]) for row in right.itertuples()]
    measured = pd.DataFrame(fits, right.index, MEASURES, dtype=float)
    return right[["photo", "part", "score", "true", "found"]].join(measured)


def _fit(truth: Table, predicted: Table, row: pd.Series, height: int, width: int) -> tuple[float, float]:
    outlines = truth.garments.loc[row.true, OUTLINES], predicted.garments.loc[row.found, OUTLINES]
    true, found = (decode(from_segmentation(outline, int(height), int(width))) for outline in outlines)
    return overlap(true, found), overlap(boundary(true), boundary(found))


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    """IoU of two bool arrays of one shape; 0 where both are empty."""
    return float((first & second).sum() / max(1, (first | second).sum()))


def boundary(mask: np.ndarray) -> np.ndarray:
    """(h, w) bool: the pixels of a mask that are within WIDTH of its contour; the edge of the photo is one too."""
    steps = max(1, round(WIDTH * float(np.hypot(*mask.shape))))
    square = np.ones((3, 3), np.uint8)
    inner = cv2.erode(mask.astype(np.uint8), square, iterations=steps, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return mask & (inner == 0)


def boundary_figures(pairs: pd.DataFrame) -> dict[str, Interval]:
    """Mean MEASURES of `mask_pairs`, of all and per part, with intervals over photos; nan where there is no pair."""
    groups = {"": np.ones(len(pairs), bool)} | {f" {part}": (pairs["part"] == part).to_numpy() for part in PARTS}

    def means(weights: np.ndarray) -> dict[str, float]:
        return {
            name + group: float(pairs[name] @ (weights * of) / total) if (total := (weights * of).sum()) else np.nan
            for name in MEASURES
            for group, of in groups.items()
        }

    return intervals(pairs["photo"], means)
