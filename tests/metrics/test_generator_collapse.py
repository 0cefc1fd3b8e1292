"""Each signal is raised for the collapse it is for, alone where that can be, and none for healthy samples."""

from dataclasses import replace

import numpy as np
import pytest

from metrics.generator_collapse import GeneratorEvidence, find_generator_collapse, spread

RNG = np.random.default_rng(0)


def pictures(count: int, sharp: int = 60) -> np.ndarray:
    """Blobs of colour on white, each another one."""
    coarse = 200 + RNG.normal(size=(count, 4, 4, 3)) * sharp
    return coarse.repeat(4, 1).repeat(4, 2).clip(0, 255).astype(np.uint8)


REAL, CATEGORIES = pictures(60), np.arange(60) % 3
HEALTHY = GeneratorEvidence(pictures(24), REAL, np.arange(24) % 3, CATEGORIES, 0.7, 0.3, 0.2)


def signals(**changes) -> list[str]:
    return [finding.signal for finding in find_generator_collapse(replace(HEALTHY, **changes))]


def test_healthy_samples_raise_nothing():
    assert not signals()
    assert not signals(samples=pictures(24, 30), d_real=0.95, d_fake_before=0.04, d_fake_after=0.005)


def test_samples_that_are_all_alike_are_found():
    assert signals(samples=np.repeat(REAL[:1], 24, 0)) == ["AllAlike"]
    noisy = np.repeat(REAL[:1], 24, 0) + RNG.integers(-20, 20, (24, 16, 16, 3))
    assert signals(samples=noisy.clip(0, 255).astype(np.uint8)) == ["AllAlike"]


def test_one_picture_a_category_is_a_collapse_too():
    assert signals(samples=REAL[np.arange(24) % 3]) == ["AllAlike"]
    assert not signals(samples=REAL[np.arange(24) % 3], sample_categories=np.zeros(24, int))


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_a_constant_output_is_found(shade):
    assert signals(samples=np.full((24, 16, 16, 3), shade, np.uint8)) == ["AllAlike", "Flat"]


def test_flat_pictures_of_different_colours_are_found():
    flat = np.repeat(np.repeat(RNG.integers(0, 255, (24, 1, 1, 3)), 16, 1), 16, 2).astype(np.uint8)
    assert signals(samples=flat) == ["Flat"]


def test_a_discriminator_that_has_won_is_found():
    assert signals(d_real=0.999, d_fake_before=0.001, d_fake_after=0.0002) == ["DiscriminatorWon"]


def test_the_spread_is_within_categories():
    two = np.stack([np.zeros((8, 8, 3)), np.full((8, 8, 3), 2)]).astype(np.uint8)
    assert spread(two, np.array([0, 0])) == pytest.approx(np.sqrt(2))  # 1 from their mean, one degree of freedom
    assert spread(two, np.array([0, 1])) == 0
