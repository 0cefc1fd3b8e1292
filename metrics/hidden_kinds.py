"""Labels that hide two kinds: a coarse label, such as one for sweaters and tees, whose garments form two clusters.

Any set of photos falls into two clusters, mostly by ground and light. So the clusters are looked for along what tells
the kinds apart: garments whose label means one of the kinds alone, and what the ImageNet classifier sees. A classifier
that learns the clearest garments judges the others (self-training), and a mixture of two normal distributions splits
them.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from metrics.label_audit import FEWEST, FINDINGS, best_of, folds_of, learnt, reduced

CLEAREST = 0.35  # share of the garments, at either end, that the classifier learns
AGREEMENT = 0.3  # correlation from which sources agree
STRONG = 10  # difference of the Bayesian information criterion that is very strong evidence (Kass, Raftery 1995)
FLOOR = 1e-3  # of a probability whose logarithm is taken


@dataclass(frozen=True)
class Looks:
    """What is known of N garments.

    Attributes:
        features: (N, D) float32.
        labels: (N,) texts.
        groups: (N,) garments of one group stay on one side of a fold.
        kinds: label -> the categories that it may mean; of one with a single category, that is what shows it.
        seen: category -> (N,) probability that the photo shows it, by a classifier that knows nothing of the labels.
    """

    features: np.ndarray
    labels: np.ndarray
    groups: np.ndarray
    kinds: dict[str, list[str]]
    seen: dict[str, np.ndarray]


def hidden_kinds(looks: Looks) -> pd.DataFrame:
    """The garments of coarse labels with the kind that they are.

    Returns:
        A row a garment: row, proposed (a category), score: the probability of its cluster, times the share of clear
        cases that are told right without having been learnt; above 0.5.
    """
    found = [pd.DataFrame(columns=FINDINGS)]
    looks = replace(looks, features=reduced(looks.features)) if len(looks.features) else looks
    for label, several in looks.kinds.items():
        rows = np.flatnonzero(looks.labels == label)
        if len(several) < 2 or len(rows) < 2 * FEWEST:
            continue
        for kind in several:
            sources = _evidence(looks, label, kind)
            score = _scores(looks.features[rows], sources, looks.groups[rows]) if len(sources) else np.zeros(len(rows))
            found.append(pd.DataFrame({"row": rows, "proposed": kind, "score": score})[score > 0.5])
    return best_of(pd.concat([frame for frame in found if len(frame)] or found[:1]))


def _evidence(looks: Looks, label: str, kind: str) -> np.ndarray:
    """(S, n) how much each garment of a label looks like a kind of it and not like its other kinds, by S sources."""
    rows, seen = np.flatnonzero(looks.labels == label), looks.seen
    found = []
    if kind in seen:
        against = sum(seen[other][rows] for other in looks.kinds[label] if other != kind and other in seen)
        found.append(np.log(seen[kind][rows] + FLOOR) - np.log(against + FLOOR))
    for one in looks.kinds[label]:
        named = [name for name, means in looks.kinds.items() if means == [one] and name != label]
        shown = np.flatnonzero(np.isin(looks.labels, named))
        if len(shown) >= FEWEST:
            likeness = _likeness(looks, shown, rows)
            found.append(likeness if one == kind else -likeness)
    return np.array([_standard(values) for values in found]).reshape(-1, len(rows))


def _likeness(looks: Looks, shown: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(n,) how much the garments `rows` look like those `shown`, by classifiers that have not seen their group."""
    every, is_shown = np.concatenate([rows, shown]), np.repeat([0, 1], [len(rows), len(shown)])
    used = np.ones(len(every), bool)
    return _decisions(looks.features[every], is_shown, used, looks.groups[every])[: len(rows)]


def _scores(features: np.ndarray, sources: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """(n,) the scores of `hidden_kinds`; zeros where nothing says that there are two kinds.

    That is said by several sources that agree, or by one whose values form two clusters.
    """
    values, right = _self_trained(features, sources.mean(0), groups)
    probable, gain = _upper_cluster(values)
    agree = len(sources) > 1 and np.corrcoef(sources).min() >= AGREEMENT
    return probable * right * (agree or gain >= STRONG)


def _self_trained(features: np.ndarray, place: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, float]:
    """The evidence (n,) with what a classifier makes of each garment that learnt the clearest ones of other groups.

    Also the share of the clearest ones that it tells right without having learnt them.
    """
    low, high = np.quantile(place, [CLEAREST, 1 - CLEAREST])
    upper, clear = place >= high, (place <= low) | (place >= high)
    decisions = _decisions(features, upper.astype(int), clear, groups)
    return _standard(place) + _standard(decisions), float(((decisions > 0) == upper)[clear].mean())


def _decisions(features: np.ndarray, classes: np.ndarray, used: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """(n,) out-of-sample decision values for class 1, of classifiers that are trained on the rows `used`."""
    result = np.zeros(len(features))
    for train, test in folds_of(classes, groups):
        train = train[used[train]]
        if len(np.unique(classes[train])) == 2:
            model = learnt(features[train], classes[train])
            result[test] = model.decision_function(features[test])
    return result


def _upper_cluster(values: np.ndarray) -> tuple[np.ndarray, float]:
    """(n,) the probability of the upper of two clusters of values, and by how much the BIC prefers two to one."""
    from sklearn.mixture import GaussianMixture

    column = values[:, None]
    one, two = (GaussianMixture(n, n_init=5, random_state=0).fit(column) for n in (1, 2))
    lower, upper = np.argsort(two.means_.ravel())
    probable = np.where(values > two.means_[lower], two.predict_proba(column)[:, upper], 0)
    order = np.argsort(values)
    probable[order] = np.maximum.accumulate(probable[order])
    return probable, float(one.bic(column) - two.bic(column))


def _standard(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / max(values.std(), 1e-9)
