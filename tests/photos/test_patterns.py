"""The pattern of drawn cloth, and what does not change it."""

import json
from pathlib import Path

import numpy as np
import pytest

from photos import patterns
from photos.patterns import PATTERNS, pattern, pattern_features
from samples.cloth import draw_cloth

SEEDS = range(1000, 1012)  # none that the classifier has learned from


def drawn(kind, seed):
    pixels, mask = draw_cloth(kind, seed)
    y, x = np.nonzero(mask)
    return pixels, np.array([x.min(), y.min(), x.max() + 1, y.max() + 1]), mask


def test_drawn_cloth_has_its_pattern():
    right = {kind: np.mean([pattern(*drawn(kind, seed))[0] == kind for seed in SEEDS]) for kind in PATTERNS}
    assert min(right.values()) >= 0.5 and np.mean(list(right.values())) >= 0.7


@pytest.mark.parametrize("kind", PATTERNS)
def test_the_measures_do_not_depend_on_place_or_on_what_surrounds_the_garment(kind):
    pixels, box, mask = drawn(kind, 1000)
    other = np.full((200, 190, 3), 90, np.uint8)
    inside = np.zeros(other.shape[:2], bool)
    inside[50:178, 40:168] = mask
    other[inside] = pixels[mask]
    moved = pattern_features(other, box + np.array([40, 50, 40, 50]), inside)
    assert np.abs(moved - pattern_features(pixels, box, mask))[:4].max() < 0.2  # contrast; the rim is interpolated
    assert pattern(other, box + np.array([40, 50, 40, 50]), inside)[0] == pattern(pixels, box, mask)[0]


def test_a_probability_comes_with_the_name():
    name, probability = pattern(*drawn("striped", 1003))
    assert name in PATTERNS and 1 / len(PATTERNS) <= probability <= 1


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_flat_photo_is_plain(level):
    name, probability = pattern(np.full((80, 60, 3), level, np.uint8), np.array([0, 0, 60, 80]))
    assert name == "plain" and probability > 0.5


@pytest.mark.parametrize("box", [[10, 10, 11, 11], [10, 10, 10, 10], [-30, -30, -5, -5], [0, 0, 60, 1]])
def test_what_is_too_small_to_see_is_plain_with_probability_0_or_finite(box):
    pixels = np.random.default_rng(0).integers(0, 255, (80, 60, 3), dtype=np.uint8)
    name, probability = pattern(pixels, np.array(box, float))
    assert name in PATTERNS and np.isfinite(probability)


def test_an_empty_mask_is_plain_with_probability_0():
    pixels, box, mask = drawn("dotted", 1000)
    assert pattern(pixels, box, np.zeros_like(mask)) == ("plain", 0.0)


def test_the_classifier_is_a_small_text_file_of_the_right_shape():
    file = Path(patterns.__file__).with_name("patterns.json")
    model = json.loads(file.read_text())
    measured = pattern_features(*drawn("plain", 1000))
    assert np.shape(model["weights"]) == (len(measured), len(PATTERNS)) and len(model["bias"]) == len(PATTERNS)
    assert file.stat().st_size < 60_000


def test_drawn_cloth_is_the_same_for_a_seed_and_another_for_another():
    first, again, other = (draw_cloth("printed", seed) for seed in (3, 3, 4))
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert (first[0] != other[0]).any()
