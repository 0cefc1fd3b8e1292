"""How good names of categories are, beside the baseline that always says the most frequent one."""

from collections import Counter

import numpy as np
import pandas as pd

from garments.types import Table
from garments.vocabulary import category_set

RESAMPLES = 2000


def paired(truth: Table, predicted: Table) -> pd.DataFrame:
    """One row a garment of truth with a category: photo, truth (one that counts as right), said.

    Args:
        truth: garments; 'a|b' allows both, '' none, and such garments are left out.
        predicted: the same garments in the same order, with the predicted category.

    Raises:
        ValueError: the two are not the same garments.
    """
    if list(truth.garments["photo"]) != list(predicted.garments["photo"]):
        raise ValueError("predicted: expected the garments of truth in the same order")
    rows = [
        (photo, counted_truth(true, said), said)
        for photo, true, said in zip(
            truth.garments["photo"], truth.garments["category"], predicted.garments["category"], strict=True
        )
        if true
    ]
    return pd.DataFrame(rows, columns=["photo", "truth", "said"])


def counted_truth(truth: str, said: str) -> str:
    """The one category that a truth 'a' or 'a|b' stands for beside an answer: the answer if allowed, else the first."""
    return said if said in category_set(truth) else truth.split("|")[0]


def category_figures(pairs: pd.DataFrame, seed: int = 0) -> dict[str, tuple[float, float, float]]:
    """Figures as (value, low, high), with 95 % bootstrap intervals over photos.

    Args:
        pairs: photo, truth, said; a garment a row. A photo without a prediction says ''.
        seed: of the resampling.

    Returns:
        accuracy; balanced accuracy; macro-F1 (over all categories in truth or prediction); majority (the accuracy of
        always saying the most frequent true category); margin (accuracy less majority, paired); most said (the largest
        share of one category among the predictions).

    Raises:
        ValueError: there are no pairs.
    """
    if pairs.empty:
        raise ValueError("no garment with a known category to judge on")
    majority = Counter(pairs["truth"]).most_common(1)[0][0]
    of_photo = list(pairs.groupby("photo", sort=True).indices.values())
    truth, said = pairs["truth"].to_numpy(object), pairs["said"].to_numpy(object)
    generator = np.random.default_rng(seed)
    values = _figures(truth, said, majority)
    samples = []
    for _ in range(RESAMPLES):
        drawn = np.concatenate([of_photo[n] for n in generator.integers(len(of_photo), size=len(of_photo))])
        samples.append(list(_figures(truth[drawn], said[drawn], majority).values()))
    low, high = np.percentile(samples, [2.5, 97.5], axis=0)
    return {name: (value, float(a), float(b)) for (name, value), a, b in zip(values.items(), low, high, strict=True)}


def _figures(truth: np.ndarray, said: np.ndarray, majority: str) -> dict[str, float]:
    names, codes = np.unique(np.concatenate([truth, said]).astype(str), return_inverse=True)
    true, guess = np.split(codes, 2)
    confusion = np.bincount(true * len(names) + guess, minlength=len(names) ** 2).reshape(len(names), len(names))
    right, support, given = np.diag(confusion), confusion.sum(1), confusion.sum(0)
    recall = right[support > 0] / support[support > 0]
    accuracy, constant = right.sum() / len(true), float((truth == majority).mean())
    return {
        "accuracy": float(accuracy),
        "balanced accuracy": float(recall.mean()),
        "macro-F1": float((2 * right / (support + given)).mean()),
        "majority": constant,
        "margin": float(accuracy - constant),
        "most said": float(given.max() / len(true)),
    }


def describe(figures: dict[str, tuple[float, float, float]]) -> str:
    """The figures as lines of text."""
    return "\n".join(f"{name:<18} {v:6.3f}   [{low:.3f}, {high:.3f}]" for name, (v, low, high) in figures.items())


def per_category(pairs: pd.DataFrame) -> pd.DataFrame:
    """A row a category of truth or prediction: support, said, precision, recall, f1."""
    both = pairs.assign(right=pairs["truth"] == pairs["said"])
    names = sorted(set(pairs["truth"]) | set(pairs["said"]))
    table = pd.DataFrame(index=pd.Index(names, name="category"))
    table["support"] = both.groupby("truth").size().reindex(names, fill_value=0)
    table["said"] = both.groupby("said").size().reindex(names, fill_value=0)
    right = both.groupby("truth")["right"].sum().reindex(names, fill_value=0)
    table["precision"], table["recall"] = right / table["said"], right / table["support"]
    table["f1"] = 2 * right / (table["support"] + table["said"])
    return table
