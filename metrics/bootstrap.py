"""Confidence intervals by resampling photos.

Garments of one photo are alike (one person, one light), so photos are drawn, not garments. Efron, Tibshirani: An
Introduction to the Bootstrap, 1993.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

import numpy as np
import pandas as pd

RESAMPLES = 2000
Name = TypeVar("Name", bound=Hashable)
Interval = tuple[float, float, float]  # value, low, high


def intervals(
    photos: Sequence[str] | pd.Series | np.ndarray,
    figures: Callable[[np.ndarray], dict[Name, float]],
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[Name, Interval]:
    """Figures as {name: (value, low, high)} with 95 % intervals.

    Args:
        photos: (N,) the photo of each garment.
        figures: function of (N,) weights of the garments -> {name: value}; a value may be nan.
        resamples: number of resamples.
        seed: of the draws.
    """
    values = figures(np.ones(len(photos)))
    samples = np.array([list(figures(weights).values()) for weights in draws(photos, resamples, seed)])
    low, high = np.full((2, len(values)), np.nan)
    known = np.isfinite(samples).any(0) if len(samples) else np.zeros(len(values), bool)
    if known.any():
        low[known], high[known] = np.nanpercentile(samples[:, known], [2.5, 97.5], axis=0)
    return {n: (float(v), float(a), float(b)) for (n, v), a, b in zip(values.items(), low, high, strict=True)}


def draws(photos: Sequence[str] | pd.Series | np.ndarray, resamples: int, seed: int) -> Iterator[np.ndarray]:
    """The (N,) weights of the garments in each resample: how often their photo was drawn."""
    codes, names = pd.factorize(np.asarray(photos, object))
    generator = np.random.default_rng(seed)
    for _ in range(resamples):
        yield np.bincount(generator.integers(len(names), size=len(names)), minlength=len(names))[codes].astype(float)
