"""Has a classifier collapsed? Six signals, each a small class with its message and its remedy.

A signal is raised only if the effect is large and significant, so that a weak model, a skewed truth or few photos do
not raise it. `benchmarks/collapse.py` measures the error rates.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

Z = 1.96  # standard errors of a 95 % interval
FEW = 25  # garments; with fewer, no signal means nothing


@dataclass(frozen=True)
class Evidence:
    """The input of the signals.

    Attributes:
        truth: (N,) int class numbers.
        predicted: (N,) int class numbers.
        names: K class names.
        probabilities: (N, K), or None if unknown.
    """

    truth: np.ndarray
    predicted: np.ndarray
    names: tuple[str, ...]
    probabilities: np.ndarray | None = None

    def __post_init__(self) -> None:
        if len(self.truth) != len(self.predicted):
            raise ValueError(
                f"predicted: expected {len(self.truth)} predictions, as in truth, got {len(self.predicted)}"
            )
        if not len(self.truth):
            raise ValueError("no predictions to evaluate")
        if self.probabilities is not None and not np.isfinite(self.probabilities).all():
            raise ValueError("probabilities: expected finite numbers, got NaN or infinity; the training has diverged")

    @cached_property
    def confusion(self) -> np.ndarray:
        """(K, K) counts, a row per true class."""
        k = len(self.names)
        return np.bincount(self.truth * k + self.predicted, minlength=k * k).reshape(k, k)

    @cached_property
    def support(self) -> np.ndarray:
        """(K,) how often each class is true."""
        return self.confusion.sum(1)

    @cached_property
    def predictions(self) -> np.ndarray:
        """(K,) how often each class is predicted."""
        return self.confusion.sum(0)

    @cached_property
    def skill(self) -> float:
        """Matthews correlation: 0 for predictions independent of the truth, 1 for perfect ones."""
        n = len(self.truth)
        shared = np.diag(self.confusion).sum() * n - self.support @ self.predictions
        spread = np.sqrt(float(n**2 - self.support @ self.support) * float(n**2 - self.predictions @ self.predictions))
        return float(shared / spread) if spread else 0.0


@dataclass(frozen=True)
class Finding:
    """A raised signal: its name, its message, and a remedy."""

    signal: str
    says: str
    remedy: str


class Dominant:
    """One class is predicted far more often than it is true."""

    remedy = (
        "sample the categories in balance (--set sampling=balanced) and train again from the initial weights; if they "
        "were balanced, train longer or on larger images"
    )
    odds, excess = 4.0, 0.1

    def check(self, e: Evidence) -> str | None:
        """The message, if the signal is raised."""
        n = len(e.predicted)
        top = int((e.predictions - e.support).argmax())
        share, true = e.predictions[top] / n, e.support[top] / n
        error = Z * np.sqrt(max(share * (1 - share), 1 / n) / n)
        if share - true - error < self.excess or share * (1 - true) < self.odds * true * max(1 - share, 1 / n):
            return None
        return f"{share:.0%} of the predictions are {e.names[top]!r}, which is true for {true:.0%}"


class FewAnswers:
    """Far fewer classes are predicted than are in truth."""

    remedy = "inspect the confusion matrix; train longer or with a higher learning rate, and balance the sampling"
    share = 0.5

    def check(self, e: Evidence) -> str | None:
        """The message, if the signal is raised."""
        predicted, true = effective_number(e.predictions), effective_number(e.support)
        noise = Z * np.sqrt(len(e.names) / len(e.predicted))  # relative error of the entropy
        if predicted * (1 + noise) >= self.share * true:
            return None
        return f"the predictions have {predicted:.1f} effective classes, the truth has {true:.1f}"


class Silent:
    """Frequent classes are never recognised."""

    remedy = "check the labels and the number of photos of these categories; balance the sampling"
    support, share = 20, 0.3

    def check(self, e: Evidence) -> str | None:
        """The message, if the signal is raised."""
        enough = e.support >= self.support
        silent = enough & (np.diag(e.confusion) == 0)
        if not enough.any() or silent.sum() < max(1, self.share * enough.sum()):
            return None
        named = ", ".join(e.names[n] for n in np.flatnonzero(silent)[:6])
        return (
            f"never recognised: {named} ({silent.sum()} of {enough.sum()} classes with {self.support} garments or more)"
        )


class NoSkill:
    """The predictions are independent of the truth."""

    remedy = "check that photos and labels match, and that the learning rate is neither 0 nor too high"
    max_skill = 0.15  # at the upper end of its interval

    def check(self, e: Evidence) -> str | None:
        """The message, if the signal is raised."""
        true = e.support > 0
        balanced = (np.diag(e.confusion)[true] / e.support[true]).mean()
        if e.skill + Z / np.sqrt(len(e.truth)) >= self.max_skill or true.sum() < 2:
            return None
        return f"balanced accuracy is {balanced:.2f}, guessing gives {1 / true.sum():.2f}; correlation is {e.skill:.2f}"


class NoBetterThanMajority:
    """Always predicting the most frequent class would be as accurate."""

    remedy = "do not use this model; compare its sampling and its learning curve with those of a working model"
    max_skill = 0.25  # at the upper end of its interval; above it the model has learnt something

    def check(self, e: Evidence) -> str | None:
        """The message, if the signal is raised."""
        n, majority = len(e.truth), int(e.support.argmax())
        gain = (e.truth == e.predicted).astype(float) - (e.truth == majority)
        error = Z * gain.std() / np.sqrt(n)
        if gain.mean() - error > 0 or e.skill + Z / np.sqrt(n) >= self.max_skill:
            return None
        baseline = e.support[majority] / n
        return f"accuracy is {baseline + gain.mean():.2f}, always predicting {e.names[majority]!r} gives {baseline:.2f}"


class Frozen:
    """The probabilities hardly depend on the photo."""

    remedy = (
        "the features are dead or the input does not reach the model: check the preprocessing, lower the learning rate"
    )
    min_change = 0.02

    def check(self, e: Evidence) -> str | None:
        """The message, if the signal is raised."""
        if e.probabilities is None or len(e.probabilities) < 2:
            return None
        moved = np.abs(e.probabilities - e.probabilities.mean(0)).sum(1).mean() / 2
        if moved >= self.min_change:
            return None
        return f"only {moved:.1%} of the probability changes between photos"


def verdict(findings: list[Finding], garments: int) -> str:
    """The headline of a report on so many garments."""
    if not findings:
        return "verdict: no sign of collapse" + f", but {garments} garments are too few to tell" * (garments < FEW)
    return "\n".join(["verdict: COLLAPSED", *(f"  {f.says}. Remedy: {f.remedy}." for f in findings)])


SIGNALS = (Dominant(), FewAnswers(), Silent(), NoSkill(), NoBetterThanMajority(), Frozen())


def find_collapse(evidence: Evidence) -> list[Finding]:
    """The raised signals, none for a healthy model."""
    return raised([(signal, signal.check(evidence)) for signal in SIGNALS])


def raised(checked: list[tuple]) -> list[Finding]:
    """The findings of (signal, its message or None)."""
    return [Finding(type(signal).__name__, message, signal.remedy) for signal, message in checked if message]


def effective_number(counts: np.ndarray) -> float:
    """exp(entropy): the number of equally frequent classes with the same diversity."""
    shares = counts[counts > 0] / counts.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))
