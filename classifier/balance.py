"""How often each category is drawn in training."""

import numpy as np

SAMPLINGS = {"none": 0.0, "sqrt": 0.5, "balanced": 1.0}  # power of the category's count that is divided away


def draw_probabilities(categories: np.ndarray, sampling: str) -> np.ndarray:
    """(N,) probability of drawing each garment.

    Args:
        categories: (N,) any labels; '' (none) counts as a label of its own.
        sampling: 'none' draws garments equally, 'balanced' draws categories equally, 'sqrt' lies between.

    Raises:
        KeyError: an unknown sampling.
        ValueError: no garments.
    """
    if sampling not in SAMPLINGS:
        raise KeyError(f"no sampling {sampling!r}; there are {', '.join(SAMPLINGS)}")
    if not len(categories):
        raise ValueError("no garments to draw from: check --data and --splits")
    _, place, counts = np.unique(categories, return_inverse=True, return_counts=True)
    weights = counts[place] ** -SAMPLINGS[sampling]
    return weights / weights.sum()
