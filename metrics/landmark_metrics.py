"""Metrics of landmarks: normalised error, percentage of detected landmarks, visibility; beside mean places.

The normalised error (NE) of a landmark is its distance from the truth, x relative to the width and y to the height of
the garment's true box. DeepFashion (Liu, Luo, Qiu, Wang, Tang, CVPR 2016) normalises by the image, and networks on
crops by the crop; the box is common to all of them. Only landmarks that truth labels as visible count. Published
averages are means over the landmarks: here the row 'mean of landmarks', while 'all' counts every landmark of every
garment once.

The percentage of detected landmarks (PDL) is the share with an NE up to a threshold: 10 pixels (the default of GitHub
open-mmlab/mmfashion, landmark_detect_eval.py) of a crop of 224, and 35 pixels of 512.
"""

import numpy as np

from garments.landmarks import LANDMARKS, NOT_LABELLED, OF_PART, VISIBLE
from garments.vocabulary import PARTS
from metrics.bootstrap import Interval, intervals
from metrics.landmark_pairs import LandmarkPairs

THRESHOLDS = {"PDL 10/224": 10 / 224, "PDL 35/512": 35 / 512}
BASELINE, LESS = "mean places: ", "less mean places: "  # prefixes of figures
MEAN = "mean of landmarks"
GROUPS = ("all", MEAN, *PARTS, *LANDMARKS)


def landmark_figures(pairs: LandmarkPairs, baseline: LandmarkPairs, seed: int = 0) -> dict[tuple[str, str], Interval]:
    """{(group, figure): (value, low, high)} with 95 % bootstrap intervals over photos.

    Args:
        pairs: truth and predictions.
        baseline: truth and `at_mean_places` of the same predictions.
        seed: of the resampling.

    Returns:
        The groups are GROUPS. Figures: found (share of the visible landmarks whose garment was found), NE (of those
        found), each of THRESHOLDS (of all visible ones: not found counts as not detected); the latter two also with
        the prefix BASELINE for mean places, and LESS for the paired difference. Visibility: visibility precision (share
        of labelled landmarks predicted as visible that are visible), visibility recall (share of visible ones predicted
        as visible), visible (share of the labelled ones: the precision of always predicting visible), unlabelled seen
        (share of the part's unlabelled landmarks that are predicted as visible; their truth is unknown).
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
    """{name: (N, 8)}; the figures are ratios of their sums."""
    errors, of_baseline = pairs.errors(), baseline.errors()
    visible, found = pairs.true[..., 2] == VISIBLE, np.isfinite(errors)
    labelled, seen = pairs.true[..., 2] > NOT_LABELLED, pairs.predicted[..., 2] == VISIBLE
    of_its_part = np.array([[n in OF_PART[part] for n in range(len(LANDMARKS))] for part in pairs.garments["part"]])
    unlabelled = of_its_part & ~labelled & (pairs.predicted[..., 2] > NOT_LABELLED)
    counts = {
        "visible": visible,
        "found": found,
        "error": np.where(found, errors, 0),
        "error of baseline": np.where(found, of_baseline, 0),
        "labelled": labelled,
        "seen": seen & labelled,
        "seen visible": seen & visible,
        "unlabelled": unlabelled,
        "unlabelled seen": unlabelled & seen,
    }
    for name, threshold in THRESHOLDS.items():
        counts |= {name: errors <= threshold, BASELINE + name: of_baseline <= threshold}
    return {name: count.astype(float) for name, count in counts.items()}


def _ratios(sums: dict[str, float]) -> dict[str, float]:
    result = {"found": _ratio(sums["found"], sums["visible"])}
    pairs = {"NE": (sums["error"], sums["error of baseline"], sums["found"])}
    pairs |= {name: (sums[name], sums[BASELINE + name], sums["visible"]) for name in THRESHOLDS}
    for name, (own, base, of) in pairs.items():
        result |= {name: _ratio(own, of), BASELINE + name: _ratio(base, of), LESS + name: _ratio(own - base, of)}
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
