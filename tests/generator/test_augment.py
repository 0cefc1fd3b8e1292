"""DiffAugment: the same for the same seed, gradients pass, and each change is what it says."""

import numpy as np
import pytest
import tensorflow as tf

from generator.augment import CHANGES, augmented, colour, cutout, translation

SEED = tf.constant([3, 7])


@pytest.fixture
def pictures() -> tf.Tensor:
    return tf.constant(np.random.default_rng(0).uniform(-1, 1, (6, 16, 16, 3)).astype(np.float32))


def test_the_same_seed_changes_pictures_alike(pictures):
    one, other = (augmented(pictures, CHANGES, SEED) for _ in range(2))
    assert np.array_equal(one, other)
    assert not np.allclose(one, augmented(pictures, CHANGES, SEED + 1))


def test_without_changes_pictures_stay(pictures):
    assert augmented(pictures, ("none",), SEED) is pictures


@pytest.mark.parametrize("name", CHANGES)
def test_gradients_pass_and_eager_equals_graph(pictures, name):
    with tf.GradientTape() as tape:
        tape.watch(pictures)
        changed = augmented(pictures, (name,), SEED)
    assert np.abs(tape.gradient(changed, pictures)).sum() > 0
    assert np.allclose(tf.function(augmented)(pictures, (name,), SEED), changed, atol=1e-6)


def test_translation_moves_each_picture_by_whole_pixels_and_adds_grey():
    ones = tf.ones((50, 16, 16, 3))
    moved = translation(ones, SEED).numpy()
    rows, columns = 16 - moved[:, :, :, 0].max(2).sum(1), 16 - moved[:, :, :, 0].max(1).sum(1)
    assert set(np.unique(moved)) == {0, 1}
    assert rows.max() == columns.max() == 2 and rows.min() == columns.min() == 0  # an eighth of 16
    assert len({*zip(rows, columns, strict=True)}) > 3


def test_cutout_makes_a_hole_of_half_the_side_or_what_is_inside():
    holes = 1 - cutout(tf.ones((200, 16, 16, 1)), SEED).numpy()
    heights = holes[..., 0].max(2).sum(1)
    assert heights.max() <= 8 and heights.min() < 6 and (holes.sum((1, 2, 3)) > 0).all()


def test_colour_keeps_the_place_of_edges(pictures):
    changed = colour(pictures, SEED).numpy()
    flat = colour(tf.ones((6, 4, 4, 3)) * 0.25, SEED).numpy()
    assert not np.allclose(changed, pictures)
    assert np.allclose(flat, flat[:, :1, :1], atol=1e-5)
    assert np.abs(flat - 0.25).max() <= 0.5 + 1e-5  # brightness alone is left of a flat grey
