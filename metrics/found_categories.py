"""Precision, recall and AP of each category on found garments, whose boxes are right or wrong too."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from garments.crowds import is_crowd
from garments.types import Table
from garments.vocabulary import category_set
from metrics.bootstrap import Interval, intervals
from metrics.classification import counted_truth
from metrics.end_to_end import judged_photos

RESAMPLES = 300
FIGURES = ("precision", "recall", "AP")
MEAN = "mean"
Key = tuple[str, str]  # category or MEAN, and one of FIGURES


def found_figures(truth: Table, predicted: Table, seed: int = 0) -> dict[Key, Interval]:
    """The figures of each category in truth, then their means over the categories, with 95 % intervals over photos.

    A found garment is right if its box matches a true garment (IoU of 0.5 or more, in order of score, whatever the
    category) whose category it names. Precision and recall are of all that was found, AP is the mean precision at each
    right garment by falling score, where a missed one counts 0. Precision is 0 for a category that nothing was given.

    Args:
        truth: as for `end_to_end.outcomes`; photos with crowds are left out.
        predicted: garments with box, category and score.
        seed: of the resampling.
    """
    answers, garments = _answers(truth, predicted)
    photos = pd.concat([garments["photo"], answers["photo"]])
    return intervals(photos, _weighted(answers, garments), RESAMPLES, seed)


def _answers(truth: Table, predicted: Table) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(found garments by falling score: photo, category, score, right; true garments: photo, category).

    What was found of a garment without a category is neither right nor wrong.
    """
    crowded = truth.garments.loc[is_crowd(truth.garments), "photo"]
    answers: list[tuple] = []
    garments: list[tuple] = []
    for photo, true, found, matches in judged_photos(truth.keep(~truth.photos["photo"].isin(crowded)), predicted):
        given = list(found["category"])
        owner = {at: category for category, (at, _) in zip(true["category"], matches, strict=True)}
        garments += [
            (photo, counted_truth(category, given[at] if at >= 0 else ""))
            for category, (at, _) in zip(true["category"], matches, strict=True)
            if category
        ]
        answers += [
            (photo, category, score, at in owner and category in category_set(owner[at]))
            for at, (category, score) in enumerate(zip(given, found["score"], strict=True))
            if owner.get(at, True)
        ]
    table = pd.DataFrame(answers, columns=["photo", "category", "score", "right"])
    by_score = table.sort_values("score", ascending=False, kind="stable")
    return by_score, pd.DataFrame(garments, columns=["photo", "category"])


def _weighted(answers: pd.DataFrame, garments: pd.DataFrame) -> Callable[[np.ndarray], dict[Key, float]]:
    """The figures as a function of the weights of garments, then of answers, which are in order of score."""
    right = answers["right"].to_numpy(bool)
    names = sorted(set(garments["category"]))
    of = {name: ((garments["category"] == name).to_numpy(), (answers["category"] == name).to_numpy()) for name in names}

    def figures(weights: np.ndarray) -> dict[Key, float]:
        each = []
        for there, given in of.values():
            support, counts = weights[: len(garments)][there].sum(), weights[len(garments) :][given]
            each.append(_of_category(support, counts, right[given]))
        means = np.nanmean(each, axis=0) if np.isfinite(each).any() else [np.nan] * len(FIGURES)
        rows = zip([*names, MEAN], [*each, means], strict=True)
        return {(name, figure): value for name, row in rows for figure, value in zip(FIGURES, row, strict=True)}

    return figures


def _of_category(support: float, counts: np.ndarray, right: np.ndarray) -> tuple[float, float, float]:
    """FIGURES of weighted answers by falling score; nan without a true garment."""
    if not support:
        return np.nan, np.nan, np.nan
    hits, given = np.cumsum(counts * right), np.cumsum(counts)
    precision = hits / np.maximum(given, 1)
    if not len(counts):
        return 0.0, 0.0, 0.0
    return precision[-1], hits[-1] / support, float((counts * right) @ precision) / support
