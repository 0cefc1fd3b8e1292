"""Made-up features of garments, and labels with planted errors, whose right answers are known."""

import numpy as np


def clusters(kinds: int = 4, each: int = 60, dims: int = 16, apart: float = 2.0, seed: int = 0) -> tuple:
    """(features (N, dims) float32, labels (N,) 'kind 0' and so on): a normal distribution a label.

    Args:
        kinds: how many labels.
        each: garments of a label.
        dims: of the features.
        apart: distance of the centres, in standard deviations of one dimension, times the root of 2.
        seed: of the random numbers.
    """
    rng = np.random.default_rng(seed)
    kind = np.repeat(np.arange(kinds), each)
    features = rng.normal(size=(len(kind), dims)) + apart * np.eye(kinds, dims)[kind]
    return features.astype(np.float32), np.array([f"kind {k}" for k in kind], object)


def flipped(labels: np.ndarray, share: float, seed: int = 0, between: tuple[str, ...] = ()) -> np.ndarray:
    """The labels with a share of them changed to another label.

    Args:
        labels: (N,) texts.
        share: of the labels, or of those named in `between`.
        seed: of the choice.
        between: change only labels of these names, to another of these names; by default all, to any other.
    """
    rng = np.random.default_rng(seed)
    names = np.unique(between or labels.astype(str))
    rows = np.flatnonzero(np.isin(labels.astype(str), names))
    chosen = rng.choice(rows, round(share * len(rows)), replace=False)
    changed = labels.copy()
    changed[chosen] = [rng.choice(names[names != label]) for label in labels[chosen]]
    return changed
