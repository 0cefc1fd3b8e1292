"""Has a classifier collapsed? Six signals, each a small class with its plain sentence and its remedy.

A signal speaks only when the effect is large and the photos are enough to be sure of it, so that a weak model, a skewed
truth or a few photos do not raise it. `benchmarks/collapse.py` measures how often they err.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

SURE = 1.96  # standard errors
FEW = 25  # garments; with fewer a silent signal says nothing


@dataclass(frozen=True)
class Evidence:
    """What the signals look at.

    Attributes:
        truth: (N,) int class numbers.
        predicted: (N,) int class numbers.
        names: K class names.
        probabilities: (N, K), or None where only the answers are known.
    """

    truth: np.ndarray
    predicted: np.ndarray
    names: tuple[str, ...]
    probabilities: np.ndarray | None = None

    def __post_init__(self):
        if len(self.truth) != len(self.predicted):
            raise ValueError(f"predicted: expected {len(self.truth)} answers, one a truth, got {len(self.predicted)}")
        if not len(self.truth):
            raise ValueError("no predictions to judge")
        if self.probabilities is not None and not np.isfinite(self.probabilities).all():
            raise ValueError("probabilities: expected finite numbers, got NaN or infinity; the training has diverged")

    @cached_property
    def confusion(self) -> np.ndarray:
        """(K, K) counts, a row a true class."""
        k = len(self.names)
        return np.bincount(self.truth * k + self.predicted, minlength=k * k).reshape(k, k)

    @cached_property
    def support(self) -> np.ndarray:
        """(K,) garments of each true class."""
        return self.confusion.sum(1)

    @cached_property
    def given(self) -> np.ndarray:
        """(K,) how often each class was predicted."""
        return self.confusion.sum(0)

    @cached_property
    def skill(self) -> float:
        """Matthews correlation: 0 for answers that know nothing of the truth, 1 for right ones."""
        n = len(self.truth)
        shared = np.diag(self.confusion).sum() * n - self.support @ self.given
        spread = np.sqrt(float(n**2 - self.support @ self.support) * float(n**2 - self.given @ self.given))
        return float(shared / spread) if spread else 0.0


@dataclass(frozen=True)
class Finding:
    """A signal that was raised: its name, what was seen, and what to do."""

    signal: str
    says: str
    remedy: str


class Dominant:
    """One class is predicted far more often than it is true."""

    remedy = (
        "draw the categories in balance (--set sampling=balanced) and train anew from the first weights; if they were, "
        "train longer or on larger images"
    )
    odds, excess = 4.0, 0.1

    def check(self, e: Evidence) -> str | None:
        """The sentence, if the signal is raised."""
        n = len(e.predicted)
        top = int((e.given - e.support).argmax())
        share, true = e.given[top] / n, e.support[top] / n
        error = SURE * np.sqrt(max(share * (1 - share), 1 / n) / n)
        if share - true - error < self.excess or share * (1 - true) < self.odds * true * max(1 - share, 1 / n):
            return None
        return f"{share:.0%} of the answers are {e.names[top]!r}, which is true of {true:.0%}"


class FewAnswers:
    """Far fewer classes are in use among the answers than in truth."""

    remedy = "look at the confusion matrix; train longer or with a higher learning rate, and draw categories in balance"
    share = 0.5

    def check(self, e: Evidence) -> str | None:
        """The sentence, if the signal is raised."""
        predicted, true = effective_number(e.given), effective_number(e.support)
        noise = SURE * np.sqrt(len(e.names) / len(e.predicted))  # entropy errs by about this part when photos are few
        if predicted * (1 + noise) >= self.share * true:
            return None
        return f"the answers use {predicted:.1f} classes effectively, the truth has {true:.1f}"


class Silent:
    """Classes that are often true are never recognised."""

    remedy = "check the labels and the number of photos of these categories; draw categories in balance"
    support, share = 20, 0.3

    def check(self, e: Evidence) -> str | None:
        """The sentence, if the signal is raised."""
        enough = e.support >= self.support
        silent = enough & (np.diag(e.confusion) == 0)
        if not enough.any() or silent.sum() < max(1, self.share * enough.sum()):
            return None
        named = ", ".join(e.names[n] for n in np.flatnonzero(silent)[:6])
        return (
            f"never recognised: {named} ({silent.sum()} of {enough.sum()} classes with {self.support} garments or more)"
        )


class NoSkill:
    """The answers have nothing to do with the truth."""

    remedy = "check that photos and labels belong together, and that the learning rate is neither 0 nor too high"
    most = 0.15  # correlation, at the upper end of its interval

    def check(self, e: Evidence) -> str | None:
        """The sentence, if the signal is raised."""
        seen = e.support > 0
        balanced = (np.diag(e.confusion)[seen] / e.support[seen]).mean()
        if e.skill + SURE / np.sqrt(len(e.truth)) >= self.most or seen.sum() < 2:
            return None
        return f"balanced accuracy is {balanced:.2f}, guessing gives {1 / seen.sum():.2f}; correlation is {e.skill:.2f}"


class NoBetterThanMajority:
    """Saying always the most frequent class would do as well."""

    remedy = "do not use this model; compare its sampling and its learning curve with a model that works"
    most = 0.25  # correlation, at the upper end of its interval; above it the model knows something, if other things

    def check(self, e: Evidence) -> str | None:
        """The sentence, if the signal is raised."""
        n, majority = len(e.truth), int(e.support.argmax())
        gain = (e.truth == e.predicted).astype(float) - (e.truth == majority)
        error = SURE * gain.std() / np.sqrt(n)
        if gain.mean() - error > 0 or e.skill + SURE / np.sqrt(n) >= self.most:
            return None
        baseline = e.support[majority] / n
        return f"accuracy is {baseline + gain.mean():.2f}, always saying {e.names[majority]!r} gives {baseline:.2f}"


class Frozen:
    """The probabilities hardly change from photo to photo."""

    remedy = (
        "the features are dead or the input does not reach the model: check the preprocessing, lower the learning rate"
    )
    least = 0.02

    def check(self, e: Evidence) -> str | None:
        """The sentence, if the signal is raised."""
        if e.probabilities is None or len(e.probabilities) < 2:
            return None
        moved = np.abs(e.probabilities - e.probabilities.mean(0)).sum(1).mean() / 2
        if moved >= self.least:
            return None
        return f"from photo to photo only {moved:.1%} of the probability moves"


def verdict(findings: list[Finding], garments: int) -> str:
    """The first words of a report on so many garments."""
    if not findings:
        return "verdict: no sign of collapse" + f", but {garments} garments are too few to tell" * (garments < FEW)
    return "\n".join(["verdict: COLLAPSED", *(f"  {f.says}. Remedy: {f.remedy}." for f in findings)])


SIGNALS = (Dominant(), FewAnswers(), Silent(), NoSkill(), NoBetterThanMajority(), Frozen())


def find_collapse(evidence: Evidence) -> list[Finding]:
    """The signals that are raised, none for a healthy model."""
    return raised([(signal, signal.check(evidence)) for signal in SIGNALS])


def raised(checked: list[tuple]) -> list[Finding]:
    """The findings of (signal, its sentence or None)."""
    return [Finding(type(signal).__name__, sentence, signal.remedy) for signal, sentence in checked if sentence]


def effective_number(counts: np.ndarray) -> float:
    """exp(entropy): how many equally frequent classes would be as diverse."""
    shares = counts[counts > 0] / counts.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))
