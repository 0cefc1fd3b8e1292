"""Two classifiers on the same garments, case by case; and one classifier on several sets of photos."""

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from metrics.bootstrap import RESAMPLES, Interval, draws, intervals

CASES = ("both right", "only first", "only second", "both wrong")


def case_table(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """A row per true category, then 'all': garments, CASES as counts, accuracy of each (first, second).

    Args:
        first: pairs of `classification.paired`.
        second: pairs of the same garments in the same order.

    Raises:
        ValueError: they are not the same garments.
    """
    truth, a, b = _both(first, second)
    rows = {}
    for name in [*sorted(set(truth)), "all"]:
        of = np.ones(len(truth), bool) if name == "all" else truth == name
        x, y = a[of], b[of]
        counts = [(x & y).sum(), (x & ~y).sum(), (~x & y).sum(), (~x & ~y).sum()]
        rows[name] = [of.sum(), *counts, x.mean(), y.mean()]
    return pd.DataFrame.from_dict(rows, "index", columns=["garments", *CASES, "first", "second"])


def mcnemar(first: pd.DataFrame, second: pd.DataFrame) -> float:
    """p-value of McNemar's exact test: the probability of a difference this large if both are equally good."""
    _, a, b = _both(first, second)
    only_first, only_second = int((a & ~b).sum()), int((~a & b).sum())
    return float(binomtest(only_first, only_first + only_second).pvalue) if only_first + only_second else 1.0


def difference(first: pd.DataFrame, second: pd.DataFrame, seed: int = 0) -> Interval:
    """Accuracy of second minus that of first, with its paired 95 % interval over photos."""
    _, a, b = _both(first, second)
    gain = b.astype(float) - a
    return intervals(first["photo"], lambda w: {"gain": (w @ gain) / w.sum()}, seed=seed)["gain"]


def _both(first: pd.DataFrame, second: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(truth, first is right, second is right); a truth 'a|b' counts as in the pairs of the first."""
    if list(first["photo"]) != list(second["photo"]):
        raise ValueError("second: expected the garments of first in the same order")
    right = [(pairs["truth"] == pairs["predicted"]).to_numpy() for pairs in (first, second)]
    return first["truth"].to_numpy(object), *right


def shift(sets: dict[str, pd.DataFrame], seed: int = 0) -> pd.DataFrame:
    """The change of recall from the first set of photos to each other: a row per category, then 'all'.

    Args:
        sets: {name: pairs}, two or more; the others are compared with the first.
        seed: of the resampling.

    Returns:
        For each set: '<name> garments' and '<name> recall' ('all': accuracy); for each but the first, '<name> change'
        with its 95 % interval in '<name> low' and '<name> high'; the two sets are resampled independently.
    """
    if len(sets) < 2:
        raise ValueError(f"expected two sets of photos or more, got {len(sets)}")
    names = sorted(set().union(*(set(pairs["truth"]) for pairs in sets.values())))
    table, samples = pd.DataFrame(index=[*names, "all"]), {}
    for number, (title, pairs) in enumerate(sets.items()):
        values, samples[title] = _recalls(pairs, names, seed + number)
        table[f"{title} garments"] = [*(pairs["truth"].value_counts().reindex(names, fill_value=0)), len(pairs)]
        table[f"{title} recall"] = values
    base = next(iter(sets))
    for title in list(sets)[1:]:
        change = samples[title] - samples[base]
        table[f"{title} change"] = table[f"{title} recall"] - table[f"{base} recall"]
        known = np.isfinite(change).any(0)
        bounds = np.full((2, len(table)), np.nan)
        bounds[:, known] = np.nanpercentile(change[:, known], [2.5, 97.5], axis=0)
        table[f"{title} low"], table[f"{title} high"] = bounds
    return table


def _recalls(pairs: pd.DataFrame, names: list[str], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(K + 1,) recall of each category and the accuracy; and the same for each resample."""
    codes = pd.Categorical(pairs["truth"], names).codes.astype(int)
    right = (pairs["truth"] == pairs["predicted"]).to_numpy()

    def recalls(weights: np.ndarray) -> np.ndarray:
        support = np.bincount(codes, weights, len(names))
        hits = np.bincount(codes, weights * right, len(names))
        each = np.divide(hits, support, out=np.full(len(names), np.nan), where=support > 0)
        return np.append(each, hits.sum() / support.sum())

    return recalls(np.ones(len(pairs))), np.array([recalls(w) for w in draws(pairs["photo"], RESAMPLES, seed)])
