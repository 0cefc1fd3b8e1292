"""How well the pixels of photos are classed: figures of confusion matrices that are summed over all photos.

A mean over the figures of single photos would count a class only where it is, and so hide what is called by its name
elsewhere. Long, Shelhamer, Darrell: Fully Convolutional Networks, CVPR 2015, section 5, names the figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import pandas as pd

from metrics.bootstrap import Interval, intervals

UNKNOWN = 255  # the true class of a pixel that does not count
TOLERANCE = (
    0.0075  # of the diagonal: how far a boundary may be off. Csurka et al.: What is a good evaluation, BMVC 2013
)
RESAMPLES = 500


@dataclass(frozen=True)
class Scored:
    """N photos whose K classes are compared.

    Attributes:
        photos: (N,) names.
        classes: K names, the background first.
        confusions: (N, K, K) pixels, a row per true class.
        boundaries: (N, K, 4) boundary pixels: predicted, right among them, true, found among them.
    """

    photos: Sequence[str]
    classes: tuple[str, ...]
    confusions: np.ndarray
    boundaries: np.ndarray

    @property
    def confusion(self) -> np.ndarray:
        """(K, K) of all photos."""
        return self.confusions.sum(0)


def confusion_of(truth: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """(K, K) int64: how many pixels of each true class, the row, have each predicted class.

    Args:
        truth: class numbers of any shape; UNKNOWN does not count.
        predicted: class numbers of the same shape.
        classes: K.
    """
    known = truth != UNKNOWN
    both = truth[known].astype(np.int64) * classes + predicted[known]
    return np.bincount(both, minlength=classes * classes).reshape(classes, classes)


def boundaries_of(truth: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """(K, 4) boundary pixels of a photo: predicted, right among them, true, found among them; (h, w) class numbers.

    Where a class ends at unknown pixels nobody knows whether it has a boundary; none is counted there.
    """
    reach = max(1.0, TOLERANCE * float(np.hypot(*truth.shape)))
    result = np.zeros((classes, 4), np.int64)
    known = truth != UNKNOWN
    inside = cv2.erode(known.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    for number in np.union1d(np.unique(truth[known]), np.unique(predicted[known])):
        lines = [_outline(numbers == number) & inside for numbers in (predicted, truth)]
        near = [cv2.distanceTransform((~line).astype(np.uint8), cv2.DIST_L2, 3) <= reach for line in lines]
        found, true = lines
        result[number] = found.sum(), (found & near[1]).sum(), true.sum(), (true & near[0]).sum()
        result[number, 1] *= true.any()
        result[number, 3] *= found.any()
    return result


def _outline(mask: np.ndarray) -> np.ndarray:
    """(h, w) bool: the pixels of a mask that touch a pixel outside of it; the edge of the photo is none."""
    return mask & (cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0)


def iou_of(confusion: np.ndarray) -> np.ndarray:
    """(K,) intersection over union of each class; nan for one that is not true of any pixel."""
    right = np.diag(confusion).astype(float)
    union = confusion.sum(0) + confusion.sum(1) - right
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(confusion.sum(1) > 0, right / union, np.nan)


def f1_of(confusion: np.ndarray) -> np.ndarray:
    """(K,) F1 of each class; nan for one that is not true of any pixel."""
    right, both = np.diag(confusion).astype(float), confusion.sum(0) + confusion.sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(confusion.sum(1) > 0, 2 * right / both, np.nan)


def boundary_f1_of(boundaries: np.ndarray) -> np.ndarray:
    """(K,) F1 of boundary pixels of each class, of (K, 4) counts; nan for a class without a true boundary."""
    predicted, right, true, found = boundaries.T.astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision, recall = np.where(predicted > 0, right / predicted, 0), found / true
        both = precision + recall
        return np.where(true > 0, np.where(both > 0, 2 * precision * recall / both, 0), np.nan)


def figures_of(confusion: np.ndarray, boundaries: np.ndarray) -> dict[str, float]:
    """The figures of all pixels.

    Pixel accuracy; accuracy of the pixels that are not background (foreground accuracy); mean F1 of the classes that
    are not background; mean IoU over the classes that occur; IoU weighted by the frequency of the class; mean boundary
    F1 over the classes that occur.

    Args:
        confusion: (K, K), the background first.
        boundaries: (K, 4), see `Scored`.
    """
    total, right = float(confusion.sum()), np.diag(confusion).astype(float)
    true, iou = confusion.sum(1), iou_of(confusion)
    occurs = true > 0
    return {
        "pixel accuracy": _ratio(right.sum(), total),
        "foreground accuracy": _ratio(right[1:].sum(), true[1:].sum()),
        "foreground F1": _mean(f1_of(confusion)[1:]),
        "mean IoU": _mean(iou),
        "frequency-weighted IoU": _ratio(float(true[occurs] @ iou[occurs]), total),
        "boundary F1": _mean(boundary_f1_of(boundaries)),
    }


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else np.nan


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else np.nan


def background_everywhere(scored: Scored) -> Scored:
    """The baseline: every pixel is called background."""
    confusions = np.zeros_like(scored.confusions)
    confusions[:, :, 0] = scored.confusions.sum(2)
    boundaries = scored.boundaries.copy()
    boundaries[:, :, [0, 1, 3]] = 0
    return Scored(scored.photos, scored.classes, confusions, boundaries)


def set_figures(scored: Scored, only: Sequence[str] | None = None) -> dict[str, Interval]:
    """The figures of all photos with intervals over photos; with `only`, 'mean IoU' is of these classes.

    It is nan where none of them occurs.
    """
    chosen = np.array([only is None or name in only for name in scored.classes])

    def figures(weights: np.ndarray) -> dict[str, float]:
        confusion = np.tensordot(weights, scored.confusions, 1)
        found = figures_of(confusion, np.tensordot(weights, scored.boundaries, 1))
        return found | {"mean IoU": _mean(iou_of(confusion)[chosen])}

    return intervals(scored.photos, figures, RESAMPLES)


def per_class(scored: Scored) -> pd.DataFrame:
    """A row a class: photos and pixels that have it, IoU with its interval, F1, boundary F1, recall and precision."""

    def figures(weights: np.ndarray) -> dict[str, float]:
        return dict(zip(scored.classes, iou_of(np.tensordot(weights, scored.confusions, 1)), strict=True))

    iou = pd.DataFrame(intervals(scored.photos, figures, RESAMPLES), ["IoU", "low", "high"]).T
    confusion, right = scored.confusion, np.diag(scored.confusion)
    with np.errstate(invalid="ignore", divide="ignore"):
        more = {
            "F1": f1_of(confusion),
            "boundary F1": boundary_f1_of(scored.boundaries.sum(0)),
            "recall": right / confusion.sum(1),
            "precision": right / confusion.sum(0),
        }
    support = {"photos": (scored.confusions.sum(2) > 0).sum(0), "pixels": confusion.sum(1)}
    return pd.DataFrame(support, scored.classes).join(iou).assign(**more).rename_axis("class")
