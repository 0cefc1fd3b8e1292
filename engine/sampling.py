"""How often each category is drawn in training, exactly and reproducibly."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

SAMPLINGS = ("none", "sqrt", "balanced", "effective")
BETA = 0.999  # of the effective number of samples


def shares(counts: np.ndarray, sampling: str) -> np.ndarray:
    """(K,) the share of the draws that each category gets.

    Args:
        counts: (K,) garments of each category, all above 0.
        sampling: 'none' as they are; 'sqrt' by the square root of the count; 'balanced' equally; 'effective' by the
            inverse of the effective number of samples (Cui et al.: Class-Balanced Loss, CVPR 2019).

    Raises:
        KeyError: an unknown sampling.
        ValueError: there are no categories, or an empty one.
    """
    if sampling not in SAMPLINGS:
        raise KeyError(f"no sampling {sampling!r}; there are {', '.join(SAMPLINGS)}")
    counts = np.asarray(counts, float)
    if not counts.size or (counts <= 0).any():
        raise ValueError("nothing to draw from, or a category without a garment: check --data and --splits")
    weights = {
        "none": counts,
        "sqrt": np.sqrt(counts),
        "balanced": np.ones_like(counts),
        "effective": counts * (1 - BETA) / (1 - BETA**counts),
    }[sampling]
    return weights / weights.sum()


class Sampler:
    """Draws garments epoch by epoch: each category its exact share, all its garments before any of them again."""

    def __init__(self, strata: np.ndarray, sampling: str, draws: int, seed: int = 0):
        """Draw `draws` an epoch from garments of these `strata` ((N,) category names; '' is one of them)."""
        self.names, self._stratum, counts = np.unique(strata.astype(str), return_inverse=True, return_counts=True)
        self._quota = quotas(shares(counts, sampling), draws)
        self._seed = seed

    def order(self, epoch: int) -> np.ndarray:
        """(draws,) indices of the garments of an epoch, in random order; the same for the same seed and epoch."""
        drawn = [self._of_stratum(stratum, epoch * quota, quota) for stratum, quota in enumerate(self._quota)]
        return np.random.default_rng((self._seed, 1, epoch)).permutation(np.concatenate(drawn))

    def counts(self, epoch: int) -> dict[str, int]:
        """How many garments of each category an epoch draws."""
        return dict(Counter(self.names[self._stratum[self.order(epoch)]].tolist()))

    def endless(self, first_epoch: int = 0) -> Iterator[int]:
        """The indices of one epoch after another."""
        epoch = first_epoch
        while True:
            yield from self.order(epoch)
            epoch += 1

    def _of_stratum(self, stratum: int, start: int, count: int) -> np.ndarray:
        """Places start..start + count of an endless row of shuffles of the garments of a stratum."""
        members = np.flatnonzero(self._stratum == stratum)
        rounds = range(start // len(members), (start + count) // len(members) + 1)
        row = np.concatenate([np.random.default_rng((self._seed, 0, stratum, r)).permutation(members) for r in rounds])
        offset = start - rounds.start * len(members)
        return row[offset : offset + count]


def adjustment(allowed: np.ndarray, tau: float) -> list[float] | None:
    """The prior of a logit-adjusted loss: (K,) frequencies ** tau, or None for tau 0.

    Args:
        allowed: (N, K) of the garments as they are drawn: 1 for each category that counts as correct.
        tau: strength of the adjustment; 1 balances the error.
    """
    if not tau:
        return None
    each = allowed / np.maximum(allowed.sum(1, keepdims=True), 1)
    frequency = np.maximum(each.mean(0), 1 / (len(each) + 1))  # a category that is never drawn counts as rare
    return (frequency**tau).tolist()


def quotas(parts: np.ndarray, total: int) -> np.ndarray:
    """(K,) whole numbers that add up to `total`, as near as possible to the shares (largest remainders)."""
    exact = parts * total
    whole = np.floor(exact).astype(int)
    largest = np.argsort(whole - exact, kind="stable")[: total - whole.sum()]
    whole[largest] += 1
    return whole
