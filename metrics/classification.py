"""Metrics of predicted categories, beside two baselines: the majority class and random guessing."""

import numpy as np
import pandas as pd

from garments.crowds import is_crowd
from garments.types import Table
from garments.vocabulary import PROBABILITY, category_set
from metrics.bootstrap import Interval, intervals
from metrics.collapse import Evidence, find_collapse, verdict

WORST_OF = 10  # min garments of a category for the worst recall
ABOUT = (
    "Over the garments with a category in truth. Worst recall is the lowest of the categories with "
    f"{WORST_OF} garments or more; margin is accuracy minus majority; most predicted is the largest share of one "
    "predicted category."
)


def paired(truth: Table, predicted: Table) -> pd.DataFrame:
    """A row per garment of truth with a category: photo, truth (one that counts as right), predicted, score, rank.

    Args:
        truth: garments; 'a|b' allows both; garments without a category ('') and crowds are left out.
        predicted: the same garments in the same order, with the predicted category, its probability as score, and
            optionally the probability of each category in columns 'p:<category>'.

    Returns:
        The index is that of truth.garments. rank is the position of the truth among the probabilities, 0 the first; nan
        without probabilities.

    Raises:
        ValueError: the two are not the same garments, or a probability is not a number.
    """
    if list(truth.garments["photo"]) != list(predicted.garments["photo"]):
        raise ValueError("predicted: expected the garments of truth in the same order")
    known = ((truth.garments["category"] != "") & ~is_crowd(truth.garments)).to_numpy()
    true, answers = truth.garments[known], predicted.garments[known]
    pairs = pd.DataFrame({"photo": true["photo"], "predicted": answers["category"].to_numpy()}, index=true.index)
    pairs["truth"] = [counted_truth(t, s) for t, s in zip(true["category"], pairs["predicted"], strict=True)]
    pairs["score"] = answers["score"].to_numpy()
    names, p = probabilities(answers)
    if len(names):
        allowed = np.array([[name in category_set(t) for name in names] for t in true["category"]]).reshape(p.shape)
        best = np.where(allowed, p, -1).max(1, initial=-1)
        pairs["rank"] = ((p >= best[:, None]) & ~allowed).sum(1)  # a tie counts against the model
    else:
        pairs["rank"] = np.nan
    return pairs


def probabilities(garments: pd.DataFrame) -> tuple[tuple[str, ...], np.ndarray]:
    """(K names, (N, K) probabilities) of predicted garments; none where the columns are absent.

    Raises:
        ValueError: a probability is not a number.
    """
    columns = [column for column in garments if column.startswith(PROBABILITY)]
    values = garments[columns].to_numpy(float)
    if not np.isfinite(values).all():
        raise ValueError(f"{(~np.isfinite(values)).any(1).sum()} garments have a probability that is not a number")
    return tuple(column.removeprefix(PROBABILITY) for column in columns), values


def unknown_categories(truth: Table, predicted: Table) -> str:
    """A line about garments whose category the model cannot name; '' if there are none, or without probabilities."""
    names = set(probabilities(predicted.garments)[0])
    known = truth.garments.loc[truth.garments["category"] != "", "category"]
    wrong = known[[names.isdisjoint(category_set(category)) for category in known]]
    if not names or wrong.empty:
        return ""
    missing = ", ".join(sorted(set().union(*map(category_set, wrong))))
    return f"the model cannot name {missing}: {len(wrong)} of {len(known)} garments can only be wrong"


def counted_truth(truth: str, predicted: str) -> str:
    """The one category that a truth 'a' or 'a|b' counts as: the predicted one if allowed, else the first."""
    return predicted if predicted in category_set(truth) else truth.split("|")[0]


def category_figures(pairs: pd.DataFrame, seed: int = 0) -> dict[str, Interval]:
    """Figures as (value, low, high), with 95 % bootstrap intervals over photos.

    Args:
        pairs: a row per garment: photo, truth, predicted ('' without a prediction), optionally rank.
        seed: of the resampling.

    Returns:
        accuracy; balanced accuracy (mean recall of the categories in truth); macro-F1 (over all categories in truth or
        prediction); top-3 (where ranks are known); worst recall (the lowest of the categories with WORST_OF garments or
        more, if any); majority (the accuracy of always predicting the most frequent true category); random (of guessing
        among the categories in truth); margin (accuracy minus majority, paired); most predicted (the largest share of
        one category among the predictions).

    Raises:
        ValueError: there are no pairs.
    """
    if pairs.empty:
        raise ValueError("no garment with a known category to evaluate on")
    names, cells = confusion_cells(pairs)
    k = len(names)
    majority = int(np.bincount(cells // k, minlength=k).argmax())
    common = np.bincount(cells // k, minlength=k) >= WORST_OF
    first_three = (pairs["rank"] < 3).to_numpy() if "rank" in pairs and pairs["rank"].notna().all() else None

    def figures(weights: np.ndarray) -> dict[str, float]:
        confusion = np.bincount(cells, weights, minlength=k * k).reshape(k, k)
        right, support, predicted = np.diag(confusion), confusion.sum(1), confusion.sum(0)
        n, true = support.sum(), support > 0
        accuracy, constant = right.sum() / n, support[majority] / n
        used, recall = (support + predicted) > 0, right[true] / support[true]
        return {
            "accuracy": accuracy,
            "balanced accuracy": recall.mean(),
            "macro-F1": (2 * right[used] / (support + predicted)[used]).mean(),
            **({} if first_three is None else {"top-3": weights @ first_three / n}),
            **({"worst recall": recall[common[true]].min(initial=1.0)} if common.any() else {}),
            "majority": constant,
            "random": 1 / true.sum(),
            "margin": accuracy - constant,
            "most predicted": predicted.max() / n,
        }

    return intervals(pairs["photo"], figures, seed=seed)


def beside_majority(margin: Interval) -> str:
    """What the interval of the margin says against a model; '' where it is better than the majority class."""
    value, low, high = margin
    if low > 0:
        return ""
    words = f"accuracy minus that of the majority class is {value:+.3f} [{low:+.3f}, {high:+.3f}]"
    return f"always predicting the majority class would do as well: {words}" if high <= 0 else f"undecided: {words}"


def judged(pairs: pd.DataFrame) -> tuple[bool, str]:
    """(collapsed, the verdict as text), from the predicted categories alone."""
    names, cells = confusion_cells(pairs)
    findings = find_collapse(Evidence(*divmod(cells, len(names)), tuple(names)))
    return bool(findings), verdict(findings, len(pairs))


def confusion_cells(pairs: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """(K names in truth or prediction, (N,) truth * K + predicted)."""
    names = sorted(set(pairs["truth"]) | set(pairs["predicted"]))
    true, predicted = (pd.Categorical(pairs[column], names).codes.astype(int) for column in ("truth", "predicted"))
    return names, true * len(names) + predicted


def describe(figures: dict[str, tuple[float, float, float]]) -> str:
    """The figures as lines of text."""
    return "\n".join(f"{name:<18} {v:6.3f}   [{low:.3f}, {high:.3f}]" for name, (v, low, high) in figures.items())


def per_category(pairs: pd.DataFrame) -> pd.DataFrame:
    """A row per category of truth or prediction: support, predicted, precision, recall, f1."""
    both = pairs.assign(right=pairs["truth"] == pairs["predicted"])
    names = sorted(set(pairs["truth"]) | set(pairs["predicted"]))
    table = pd.DataFrame(index=pd.Index(names, name="category"))
    table["support"] = both.groupby("truth").size().reindex(names, fill_value=0)
    table["predicted"] = both.groupby("predicted").size().reindex(names, fill_value=0)
    right = both.groupby("truth")["right"].sum().reindex(names, fill_value=0)
    table["precision"], table["recall"] = right / table["predicted"], right / table["support"]
    table["f1"] = 2 * right / (table["support"] + table["predicted"])
    return table
