"""Has a generator collapsed? Three signals, each a small class with its message and its remedy.

Signals are for a round of training: a healthy generator is told apart from one that gives a single picture, one that
gives flat ones, and one that has nothing left to learn from.
"""

from dataclasses import dataclass

import numpy as np

from metrics.collapse import Finding, raised

COARSE = 8  # cells across in which pictures are compared; finer ones differ by noise too


@dataclass(frozen=True)
class GeneratorEvidence:
    """The input of the signals.

    Attributes:
        samples, real: (N, S, S, 3) and (M, S, S, 3) uint8 RGB.
        sample_categories, real_categories: (N,) and (M,) int; pictures are compared within their category.
        d_real: mean probability of being real that the discriminator gave real pictures in the round.
        d_fake_before, d_fake_after: that of generated ones, before and after its step.
    """

    samples: np.ndarray
    real: np.ndarray
    sample_categories: np.ndarray
    real_categories: np.ndarray
    d_real: float
    d_fake_before: float
    d_fake_after: float


class AllAlike:
    """The samples differ far less from one another than real pictures do: mode collapse."""

    remedy = "lower both learning rates, or raise r1; with few photos use the preset diffaugment"
    share = 0.35

    def check(self, e: GeneratorEvidence) -> str | None:
        """The message, if the signal is raised."""
        of_samples, of_real = spread(e.samples, e.sample_categories), spread(e.real, e.real_categories)
        if not of_real or of_samples >= self.share * of_real:
            return None
        return f"samples differ by {of_samples:.1f} grey levels from one another, real pictures by {of_real:.1f}"


class Flat:
    """Each sample is one flat colour."""

    remedy = "the generator is dead or saturated: lower its learning rate, and check that the photos are no blanks"
    share = 0.1

    def check(self, e: GeneratorEvidence) -> str | None:
        """The message, if the signal is raised."""
        within = [float(coarse(pictures).std(1).mean()) for pictures in (e.samples, e.real)]
        if within[0] >= self.share * within[1]:
            return None
        return f"a sample's parts differ by {within[0]:.1f} grey levels, those of real pictures by {within[1]:.1f}"


class DiscriminatorWon:
    """The discriminator is certain of all pictures, so that the generator has nothing left to learn from."""

    remedy = "lower discriminator_rate, raise r1, or use augment; train again, as this seldom mends itself"
    sure, unmoved = 0.99, 0.001

    def check(self, e: GeneratorEvidence) -> str | None:
        """The message, if the signal is raised."""
        if e.d_real < self.sure or e.d_fake_before > 1 - self.sure or e.d_fake_after > self.unmoved:
            return None
        return f"the discriminator gives real pictures {e.d_real:.3f}, generated ones {e.d_fake_after:.4f}"


SIGNALS = (AllAlike(), Flat(), DiscriminatorWon())


def find_generator_collapse(evidence: GeneratorEvidence) -> list[Finding]:
    """The raised signals, none for a healthy generator."""
    return raised([(signal, signal.check(evidence)) for signal in SIGNALS])


def coarse(pictures: np.ndarray) -> np.ndarray:
    """(N, COARSE * COARSE, 3) float: the mean colours of the cells of (N, S, S, 3) pictures, S a multiple of COARSE."""
    n, side = pictures.shape[:2]
    cells = pictures.reshape(n, COARSE, side // COARSE, COARSE, side // COARSE, 3)
    return cells.mean((2, 4)).reshape(n, -1, 3)


def spread(pictures: np.ndarray, categories: np.ndarray) -> float:
    """How far pictures of a category are from their mean, root mean square over their cells, in grey levels.

    Args:
        pictures: (N, S, S, 3) uint8.
        categories: (N,) int; those with one picture do not count.
    """
    cells = coarse(pictures)
    groups = [cells[categories == category] for category in np.unique(categories)]
    squares = [len(g) / (len(g) - 1) * np.square(g - g.mean(0)).mean((1, 2)) for g in groups if len(g) > 1]
    return float(np.sqrt(np.concatenate(squares).mean())) if squares else 0.0
