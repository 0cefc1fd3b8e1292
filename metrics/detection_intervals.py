"""95 % intervals of average precision, by resampling photos: the boxes are matched once, by pycocotools."""

import contextlib
import io

import numpy as np
from pycocotools.cocoeval import COCOeval

from garments.coco import CATEGORY_ID
from garments.types import Table
from garments.vocabulary import PARTS
from metrics.bootstrap import Interval
from metrics.detection import BOXES, MASKS, matches, to_coco

RESAMPLES = 200
AT = {"AP": slice(None), "AP50": 0, "AP75": 5}  # of the IoU thresholds .5, .55 to .95


def named_figures(
    figures: dict[str, dict[str, float]], truth: Table, predicted: Table, overlap_of: str = BOXES
) -> dict[str, float | Interval]:
    """The figures of `detection_figures` by name: 'AP', 'AP50 upper' or 'mask AP'; those of AT with their intervals."""
    bounds = ap_intervals(truth, predicted, overlap_of)
    result = {}
    for group, of in figures.items():
        for figure, value in of.items():
            name = ("mask " if overlap_of == MASKS else "") + (figure if group == "all" else f"{figure} {group}")
            result[name] = (value, *bounds[group][figure]) if figure in AT else value
    return result


def ap_intervals(
    truth: Table, predicted: Table, overlap_of: str = BOXES, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, dict[str, tuple[float, float]]]:
    """{'all', a part or 'any part': {'AP', 'AP50' or 'AP75': (low, high)}}; nan where a figure is undefined."""
    true, found = to_coco(truth, truth), to_coco(truth, predicted)
    photos, samples = len(truth.photos), []
    with contextlib.redirect_stdout(io.StringIO()):
        parts, blind = (_matched(true, found, blind, overlap_of) for blind in (False, True))
        whole = {id(evaluation): evaluation.evalImgs for evaluation in (parts, blind)}
        generator = np.random.default_rng(seed)
        for _ in range(resamples):
            drawn = generator.integers(photos, size=photos)
            for evaluation in (parts, blind):
                evaluation.evalImgs = _drawn(whole[id(evaluation)], drawn, photos)
                evaluation.accumulate()
            samples.append(_precisions(parts, blind))
    return {group: {figure: _bounds([s[group][figure] for s in samples]) for figure in AT} for group in samples[0]}


def _matched(true: dict, found: dict, blind: bool, overlap_of: str) -> COCOeval:
    """Garments of all sizes, 100 a photo, matched at every IoU."""
    evaluation = matches(true, found, overlap_of)
    evaluation.params.useCats = int(not blind)
    evaluation.params.areaRng, evaluation.params.areaRngLbl = evaluation.params.areaRng[:1], ["all"]
    evaluation.params.maxDets = [100]
    evaluation.evaluate()
    return evaluation


def _drawn(of_photos: list, drawn: np.ndarray, photos: int) -> list:
    """The matches of the drawn photos, for each category in turn."""
    return [of_photos[first + n] for first in range(0, len(of_photos), photos) for n in drawn]


def _precisions(parts: COCOeval, blind: COCOeval) -> dict[str, dict[str, float]]:
    precision = parts.eval["precision"][..., 0, 0]  # (IoU, recall, part)
    places = {part: parts.params.catIds.index(CATEGORY_ID[part]) for part in PARTS}
    groups = {"all": precision, **{part: precision[..., n : n + 1] for part, n in places.items()}}
    groups["any part"] = blind.eval["precision"][..., 0, 0]
    return {group: {figure: _mean(of[at]) for figure, at in AT.items()} for group, of in groups.items()}


def _mean(precision: np.ndarray) -> float:
    """Mean of the defined values: -1 marks a category that is not in truth."""
    known = precision[precision > -1]
    return float(known.mean()) if known.size else float("nan")


def _bounds(samples: list[float]) -> tuple[float, float]:
    known = [value for value in samples if np.isfinite(value)]
    low, high = np.percentile(known, [2.5, 97.5]) if known else (np.nan, np.nan)
    return float(low), float(high)
