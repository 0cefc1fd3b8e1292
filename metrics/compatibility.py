"""Figures of compatibility: fill-in-the-blank accuracy and the AUC of right answers against wrong ones.

Han et al.: Learning Fashion Compatibility with Bidirectional LSTMs, ACM Multimedia 2017, section 4.
"""

from collections.abc import Sequence

import numpy as np

from metrics.bootstrap import Interval, intervals


def compatibility_figures(
    scores: Sequence[np.ndarray], groups: Sequence[str] | np.ndarray | None = None
) -> dict[str, Interval]:
    """{fill-in-the-blank, AUC: (value, low, high)} with 95 % intervals over questions.

    Args:
        scores: of each question the scores of its answers; the first is right. A tie counts as a share of right.
        groups: (Q,) questions of one group, such as an outfit, are drawn together; by default each alone.
    """
    right = np.array([_right(answers) for answers in scores])
    above = np.array([_above(answers) for answers in scores])

    def means(weights: np.ndarray) -> dict[str, float]:
        total = weights.sum()
        return {
            "fill-in-the-blank": float(weights @ right / total) if total else np.nan,
            "AUC": float(weights @ above / total) if total else np.nan,
        }

    return intervals(np.arange(len(right)).astype(str) if groups is None else groups, means)


def right_share(scores: Sequence[np.ndarray]) -> float:
    """The share of questions whose first answer has the highest score."""
    return float(np.mean([_right(answers) for answers in scores]))


def _right(answers: np.ndarray) -> float:
    """1 where the first answer alone is the best; 1 / n where n are."""
    best = np.asarray(answers) == np.max(answers)
    return float(best[0] / best.sum())


def _above(answers: np.ndarray) -> float:
    """The share of the wrong answers that the first is above; half of those it equals.

    Answers of one question are compared, as they are of one kind: scores of different questions are no scale.
    """
    wrong = np.asarray(answers)[1:]
    return float((answers[0] > wrong).mean() + (answers[0] == wrong).mean() / 2)
