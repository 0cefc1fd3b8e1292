"""Scores of all pairs of queries and entries of a gallery, written as products of two vectors."""

import numpy as np


def match_factors(
    queries: np.ndarray, gallery: np.ndarray, weights: np.ndarray, bias: float
) -> tuple[np.ndarray, np.ndarray]:
    """Factors of the logits that a query matches an entry: `weights` * (query - entry) ** 2, summed, + `bias`.

    Weights may be negative, so that this is no distance; but w (q - g)^2 = w q^2 + w g^2 - 2 w q g is a product.

    Args:
        queries: (Q, D) vectors of the match network.
        gallery: (G, D) such vectors.
        weights: (D,) of the squared differences.
        bias: of the logit.

    Returns:
        (Q, D + 2) and (G, D + 2) float64: the logits are the first times the transposed second.
    """
    queries, gallery = queries.astype(float), gallery.astype(float)
    of_query = np.column_stack([-2 * weights * queries, queries**2 @ weights + bias, np.ones(len(queries))])
    return of_query, np.column_stack([gallery, np.ones(len(gallery)), gallery**2 @ weights])
