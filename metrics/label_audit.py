"""Which labels of a data set are likely wrong: functions of features, labels and out-of-sample probabilities.

Northcutt, Jiang, Chuang: Confident Learning: Estimating Uncertainty in Dataset Labels, JAIR 2021; as in cleanlab. Kuan,
Mueller: Back to the Basics: Revisiting Out-of-Distribution Detection Baselines, 2022, for outliers.
"""

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

FOLDS = 5
PENALTY, COMPONENTS = 0.1, 192  # of the classifier: of its weights, as a mean over garments; of the features
TWIN = 0.9  # cosine similarity from which two garments are near twins
OUTLIERS, NEIGHBOURS = 0.01, 10  # share of the garments that is listed; whose distance decides
FEWEST = 20  # garments; fewer are too few to tell
FINDINGS = ["row", "proposed", "score"]


@dataclass(frozen=True)
class Beliefs:
    """What a classifier believes of N garments that it was not trained on.

    Attributes:
        names: the K labels that it knows.
        given: (N,) the index of each garment's own label in `names`.
        probabilities: (N, K); a row of nan where the garment's own label is not learnt from its other folds.
    """

    names: list[str]
    given: np.ndarray
    probabilities: np.ndarray

    @property
    def known(self) -> np.ndarray:
        """(N,) whether there is a belief."""
        return np.isfinite(self.probabilities).all(1)

    @property
    def agreement(self) -> float:
        """The share of garments whose most probable label is the given one; 0 without any belief."""
        known = self.known
        return float((self.probabilities[known].argmax(1) == self.given[known]).mean()) if known.any() else 0.0

    @property
    def other(self) -> np.ndarray:
        """(N,) the index of the most probable label that is not the given one."""
        others = np.nan_to_num(self.probabilities, nan=0.0)
        others[np.arange(len(others)), self.given] = -1
        return others.argmax(1)

    def doubt(self, other: np.ndarray) -> np.ndarray:
        """(N,) 0..1: the probability of label `other` (N,) against the given one; 0.5 where there is no belief."""
        rows = np.arange(len(self.given))
        own, others = self.probabilities[rows, self.given], self.probabilities[rows, other]
        return np.nan_to_num(others / np.maximum(own + others, 1e-12), nan=0.5)


def out_of_sample(features: np.ndarray, labels: np.ndarray, groups: np.ndarray, seed: int = 0) -> Beliefs:
    """The probabilities of each garment's labels, by a logistic regression trained on the other groups.

    Args:
        features: (N, D) float32.
        labels: (N,) texts; 'a|b', one of these, is neither learnt nor judged.
        groups: (N,) garments of one group are judged by the same classifier, which has seen none of them.
        seed: of the folds.
    """
    names, given = np.unique(labels.astype(str), return_inverse=True)
    probabilities = np.full((len(labels), len(names)), np.nan)
    folds, sure = folds_of(given, groups, seed), np.array(["|" not in name for name in names], bool)[given]
    features = reduced(features, seed) if folds else features
    for train, test in folds:
        train, test = train[sure[train]], test[sure[test]]
        known = np.unique(given[train])
        judged = test[np.isin(given[test], known)]
        if len(known) > 1 and len(judged):
            model = learnt(features[train], given[train])
            probabilities[judged] = 0
            probabilities[np.ix_(judged, known)] = model.predict_proba(features[judged])
    return Beliefs(names.tolist(), given, probabilities)


def folds_of(given: np.ndarray, groups: np.ndarray, seed: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    """(training rows, test rows) of each fold: labels spread evenly, no group split; none of too few garments."""
    from sklearn.model_selection import StratifiedGroupKFold

    most = np.unique(given, return_counts=True)[1].max(initial=0)
    folds = min(FOLDS, len(np.unique(groups)), most)
    if folds < 2:
        return []
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of labels with fewer garments than folds
        return list(splitter.split(np.zeros((len(given), 1)), given, groups))


def reduced(features: np.ndarray, seed: int = 0) -> np.ndarray:
    """(N, at most COMPONENTS) principal components of standardised features (N, D); labels play no part in them."""
    from sklearn.decomposition import PCA

    centred = features - features.mean(0)
    scaled = centred / np.maximum(centred.std(0), 1e-6)
    components = min(COMPONENTS, *features.shape)
    return PCA(components, svd_solver="randomized", random_state=seed).fit_transform(scaled).astype(np.float32)


def learnt(features: np.ndarray, classes: np.ndarray) -> "LogisticRegression":
    """A logistic regression that has learnt the classes (N,) of reduced features (N, D)."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the last digits of a weight change no finding
        return LogisticRegression(C=1 / (PENALTY * len(features)), max_iter=100, tol=1e-3).fit(features, classes)


def likely_wrong(beliefs: Beliefs) -> pd.DataFrame:
    """Labels that are likely wrong, by confident learning (cleanlab's filter 'both').

    Returns:
        A row a label: row, proposed (the most probable other label), score: how much more probable that one is, times
        the share of labels that the classifier agrees with, since its doubts weigh no more than it is right elsewhere.
    """
    from cleanlab.filter import find_label_issues

    rows = np.flatnonzero(beliefs.known)
    classes, given = np.unique(beliefs.given[rows], return_inverse=True)
    if len(rows) < FEWEST or len(classes) < 2:
        return pd.DataFrame(columns=FINDINGS)
    probabilities = beliefs.probabilities[np.ix_(rows, classes)]
    probabilities /= probabilities.sum(1, keepdims=True)
    found = rows[find_label_issues(given, probabilities, filter_by="both", n_jobs=1)]
    return _findings(found, [beliefs.names[k] for k in beliefs.other[found]], _scores(beliefs)[found])


def _scores(beliefs: Beliefs) -> np.ndarray:
    return beliefs.doubt(beliefs.other) * beliefs.agreement


def near_twins(features: np.ndarray) -> np.ndarray:
    """(P, 2) pairs of garments that look the same: features of a cosine similarity from TWIN on, a < b."""
    directions = _directions(features)
    pairs = [np.zeros((0, 2), int)]
    for start in range(0, len(directions), 1024):
        a, b = np.nonzero(directions[start : start + 1024] @ directions.T >= TWIN)
        pairs.append(np.stack([a + start, b], 1)[a + start < b])
    return np.concatenate(pairs)


def _directions(features: np.ndarray) -> np.ndarray:
    """(N, D) features less their mean, with length 1."""
    centred = features - features.mean(0) if len(features) else features
    return centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)


def joined(groups: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """(N,) numbers of groups, those of near twins being one; not where that would be a group of a fold's size."""
    names, number = np.unique(groups.astype(str), return_inverse=True)
    edges = coo_array((np.ones(len(pairs)), tuple(number[pairs].T)), (len(names), len(names)))
    component = connected_components(edges, directed=False)[1][number]
    large = np.bincount(component)[component] > len(groups) / FOLDS if len(groups) else component == 0
    return np.where(large, len(names) + number, component)


def unlike_twins(beliefs: Beliefs, pairs: np.ndarray) -> pd.DataFrame:
    """Near twins with different labels: those that their twins outvote, or of two twins the more doubtful one.

    Returns:
        Findings, with the row of a twin that has the proposed label as `other`; the score is the mean of the share of
        votes for that label and the doubt of the given one, at least 0.5.
    """
    given = beliefs.given
    twins = pd.Series(np.concatenate([pairs[:, 1], pairs[:, 0]])).groupby(np.concatenate([pairs[:, 0], pairs[:, 1]]))
    found = []
    for row, others in twins:
        labels, votes = np.unique([given[row], *given[others]], return_counts=True)
        own = votes[labels == given[row]][0]
        votes[labels == given[row]] = 0
        label = labels[votes.argmax()]
        if votes.max() >= own:
            doubt = beliefs.doubt(np.full(len(given), label))[row]
            score = (votes.max() / (votes.max() + own) + doubt) / 2
            found.append((row, beliefs.names[label], score, others[given[others] == label].iloc[0]))
    findings = pd.DataFrame(found, columns=[*FINDINGS, "other"])
    return best_of(findings[findings["score"] >= 0.5])


def outliers(features: np.ndarray) -> pd.DataFrame:
    """The garments that are least like any other, at most a share OUTLIERS; nothing is proposed for them.

    Returns:
        Findings; the score is one less cleanlab's, times a half: an outlier is no sign of a wrong label by itself.
    """
    from cleanlab.outlier import OutOfDistribution

    if len(features) < max(FEWEST, NEIGHBOURS + 1):
        return pd.DataFrame(columns=FINDINGS)
    detector = OutOfDistribution({"k": NEIGHBOURS})
    typical = detector.fit_score(features=_directions(features), verbose=False)
    found = np.argsort(typical, kind="stable")[: int(len(features) * OUTLIERS)]
    return _findings(found, [""] * len(found), (1 - typical[found]) / 2)


def best_of(findings: pd.DataFrame) -> pd.DataFrame:
    """The finding with the highest score of each row, the highest first."""
    return findings.sort_values("score", ascending=False, kind="stable").drop_duplicates("row").reset_index(drop=True)


def _findings(rows: np.ndarray, proposed: list[str], scores: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"row": rows, "proposed": proposed, "score": scores}, columns=FINDINGS)
