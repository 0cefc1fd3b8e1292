"""Figures of retrieval: each query ranks a gallery, and what shows its item is relevant.

R@k is the share of queries with any relevant entry among their first k, as of DeepFashion (Liu et al., CVPR 2016) and
DeepFashion2 (Ge et al., CVPR 2019), whose papers call it top-k accuracy. mAP is the mean of the average precision over
the whole ranking; MAP@R that over the first R, R being the number of relevant entries (Musgrave, Belongie, Lim: A
Metric Learning Reality Check, ECCV 2020, section 4.2). A query that nothing was found for counts as wrong. Of
entries that are equally near the relevant ones come last, so that an embedder that gives all the same finds nothing.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from metrics.bootstrap import Interval, intervals

TOPS = (1, 10, 20)
BLOCK = 256  # queries whose similarities are in memory
NAMES = {**{f"r@{k}": f"R@{k}" for k in TOPS}, "ap": "mAP", "map@r": "MAP@R"}
COUNTS = ("relevant", "entries")  # of the gallery, for a query


def per_query(
    queries: np.ndarray,
    gallery: np.ndarray,
    query_items: Sequence[str] | np.ndarray,
    gallery_items: Sequence[str] | np.ndarray,
    query_photos: Sequence[str] | np.ndarray = (),
    gallery_photos: Sequence[str] | np.ndarray = (),
) -> pd.DataFrame:
    """The figures of each query that has a relevant entry in the gallery: query, then NAMES, then COUNTS.

    Args:
        queries: (Q, D) embeddings of unit length; rows of nan for queries that nothing was found for.
        gallery: (G, D) embeddings of unit length.
        query_items: (Q,) their items.
        gallery_items: (G,) their items; '' is relevant to no query.
        query_photos: (Q,) their photos; entries of the gallery of the same photo are left out of the ranking.
        gallery_photos: (G,) their photos.
    """
    query_items, gallery_items = np.asarray(query_items, object), np.asarray(gallery_items, object)
    photos = np.asarray(query_photos, object), np.asarray(gallery_photos, object)
    rows = []
    for start in range(0, len(queries), BLOCK):
        similarity = queries[start : start + BLOCK] @ gallery.T
        for n, row in enumerate(similarity, start):
            other = photos[1] != photos[0][n] if len(photos[0]) else np.ones(len(gallery), bool)
            relevant = (gallery_items == query_items[n]) & (query_items[n] != "") & other
            if relevant.any():
                ranked = relevant[other][np.lexsort((relevant[other], -row[other]))]
                rows.append({"query": n, **figures_of(ranked, bool(np.isfinite(queries[n]).all()))})
    return pd.DataFrame(rows, columns=["query", *NAMES, *COUNTS])


def figures_of(ranked: np.ndarray, found: bool = True) -> dict[str, float]:
    """The figures of one query, and what its gallery holds.

    Args:
        ranked: (G,) bool, whether each entry is relevant, best first; some are.
        found: whether the query was found at all; its figures are 0 otherwise.
    """
    count = int(ranked.sum())
    places = np.flatnonzero(ranked) + 1
    precision = np.arange(1, count + 1) / places
    known = {f"r@{k}": float(places[0] <= k) for k in TOPS}
    known |= {"ap": precision.mean(), "map@r": precision[places <= count].sum() / count}
    return {**{name: value * found for name, value in known.items()}, "relevant": count, "entries": len(ranked)}


def retrieval_figures(each: pd.DataFrame, groups: Sequence[str] | np.ndarray | None = None) -> dict[str, Interval]:
    """{R@1, ..., mAP, MAP@R: (value, low, high)} with 95 % intervals over queries.

    Args:
        each: as `per_query` gives it.
        groups: of its rows, drawn together; by default each query alone.
    """
    values = each[list(NAMES)].to_numpy(float)

    def means(weights: np.ndarray) -> dict[str, float]:
        total = weights.sum()
        return dict(
            zip(NAMES.values(), weights @ values / total if total else np.full(len(NAMES), np.nan), strict=True)
        )

    return intervals(each["query"].astype(str) if groups is None else groups, means)


def chance_figures(each: pd.DataFrame) -> dict[str, float]:
    """{R@1, R@10, R@20: value} of random rankings: what `per_query` gave tells how many entries are relevant."""
    relevant, entries = (each[name].to_numpy(float)[:, None] for name in COUNTS)
    found = {}
    for k in TOPS:
        drawn = np.arange(k)
        missed = np.clip((entries - relevant - drawn) / np.maximum(entries - drawn, 1), 0, 1).prod(1)
        found[f"R@{k}"] = float(1 - missed.mean())
    return found


def recall_at_1(queries: np.ndarray, gallery: np.ndarray) -> float:
    """The share of N queries whose nearest of N gallery entries is the one of the same place."""
    return float(((queries @ gallery.T).argmax(1) == np.arange(len(queries))).mean())
