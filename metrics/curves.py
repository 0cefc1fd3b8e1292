"""Metrics of predicted probabilities: areas under ROC and precision-recall curves, and calibration."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

from garments.crowds import is_crowd
from garments.types import Table
from metrics.bootstrap import draws
from metrics.classification import paired, probabilities

RESAMPLES = 300
BINS = 10


@dataclass(frozen=True)
class Scored:
    """Garments whose truth is exactly one of the model's categories.

    Attributes:
        names: K categories.
        truth: (N,) int category numbers.
        probabilities: (N, K).
        photos: (N,) ids.
    """

    names: tuple[str, ...]
    truth: np.ndarray
    probabilities: np.ndarray
    photos: np.ndarray

    @classmethod
    def of(cls, truth: Table, predicted: Table) -> "Scored":
        """From two Tables as for `paired`; a truth 'a|b' is left out, as it is not one class.

        Raises:
            ValueError: predicted has no columns 'p:<category>', or one is not a number.
        """
        paired(truth, predicted)
        names, p = probabilities(predicted.garments)
        if not names:
            raise ValueError("predicted: expected a column 'p:<category>' for each category, got none")
        one = (truth.garments["category"].isin(names) & ~is_crowd(truth.garments)).to_numpy()
        codes = pd.Categorical(truth.garments["category"][one], names).codes.astype(int)
        return cls(names, codes, p[one], truth.garments["photo"][one].to_numpy(object))


def areas(scored: Scored, resamples: int = RESAMPLES, seed: int = 0) -> pd.DataFrame:
    """A row per category, then 'macro' and 'micro': support, auc, auc_low, auc_high, average_precision.

    A category that is never or always true has no curve: its areas are nan, and macro is the mean over the others.
    """
    hot = np.eye(len(scored.names), dtype=bool)[scored.truth]
    several = [n for n in range(len(scored.names)) if 0 < hot[:, n].sum() < len(hot)]
    ranked = {n: Ranked.of(hot[:, n], scored.probabilities[:, n]) for n in several}
    samples: dict[int, list[float]] = {n: [] for n in several}
    for weights in draws(scored.photos, resamples, seed):
        for n in several:
            samples[n].append(ranked[n].area(weights))
    rows = []
    for n, name in enumerate(scored.names):
        p = scored.probabilities[:, n]
        auc, ap = (roc_auc_score(hot[:, n], p), average_precision_score(hot[:, n], p)) if n in ranked else [np.nan] * 2
        rows.append((name, hot[:, n].sum(), auc, *percentiles(samples.get(n, [])), ap))
    means = pd.DataFrame(samples).mean(axis=1)  # of each resample, over the categories that have a curve in it
    table = pd.DataFrame(rows, columns=["category", "support", "auc", "auc_low", "auc_high", "average_precision"])
    macro = ("macro", len(hot), table["auc"].mean(), *percentiles(means), table["average_precision"].mean())
    flat = hot.ravel(), scored.probabilities.ravel()
    micro = (roc_auc_score(*flat), np.nan, np.nan, average_precision_score(*flat)) if several else [np.nan] * 4
    table.loc[len(table)] = macro
    table.loc[len(table)] = ("micro", len(hot), *micro)
    return table.set_index("category")


@dataclass(frozen=True)
class Ranked:
    """Sorted scores with their ties, so that the area under ROC for any weights takes one pass."""

    positive: np.ndarray
    group: np.ndarray
    groups: int

    @classmethod
    def of(cls, positive: np.ndarray, score: np.ndarray) -> "Ranked":
        """(N,) bool and (N,) scores."""
        values, group = np.unique(score, return_inverse=True)
        return cls(positive, group, len(values))

    def area(self, weights: np.ndarray) -> float:
        """Area under ROC of weighted garments; nan where the weights leave one side empty."""
        good = np.bincount(self.group, weights * self.positive, self.groups)
        bad = np.bincount(self.group, weights * ~self.positive, self.groups)
        total = good.sum() * bad.sum()
        return float(good @ (np.cumsum(bad) - bad / 2) / total) if total else np.nan


def percentiles(samples: Iterable[float]) -> tuple[float, float]:
    """The 95 % interval of resampled values; nan where there are none."""
    known = [value for value in samples if np.isfinite(value)]
    low, high = np.percentile(known, [2.5, 97.5]) if known else (np.nan, np.nan)
    return low, high


def calibration(scored: Scored) -> tuple[pd.DataFrame, float]:
    """How often the model is right at a given confidence.

    Returns:
        A row per bin of the highest probability: low, high, garments, sure (mean probability), right (share); and the
        expected calibration error, the mean distance of sure from right. Guo et al.: On Calibration of Modern Neural
        Networks, ICML 2017.
    """
    sure = scored.probabilities.max(1, initial=0)
    right = scored.probabilities.argmax(1) == scored.truth
    bin_of = np.minimum((sure * BINS).astype(int), BINS - 1)
    found = pd.DataFrame({"sure": sure, "right": right, "bin": bin_of}).groupby("bin")
    table = found.agg(garments=("sure", "size"), sure=("sure", "mean"), right=("right", "mean")).reindex(range(BINS))
    table.insert(0, "low", np.arange(BINS) / BINS)
    table.insert(1, "high", np.arange(1, BINS + 1) / BINS)
    table["garments"] = table["garments"].fillna(0).astype(int)
    error = ((table["sure"] - table["right"]).abs() * table["garments"]).sum() / max(1, len(sure))
    return table, float(error)
