"""One step of training: losses, penalty, average, and that both networks move."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from generator.config import PRESETS
from generator.gan import GAN
from generator.losses import discriminator_loss, generator_loss

TINY = PRESETS["tiny"]


@pytest.fixture
def batch() -> tuple[tf.Tensor, tf.Tensor]:
    rng = np.random.default_rng(0)
    return tf.constant(rng.integers(0, 255, (8, 16, 16, 3), np.uint8)), tf.constant(np.arange(8, dtype=np.int32) % 3)


def test_losses_equal_values_by_hand():
    real, fake = tf.constant([2.0, 0.0]), tf.constant([-1.0, 3.0])
    logistic = (np.log1p(np.exp(-2)) + np.log(2)) / 2 + (np.log1p(np.exp(-1)) + np.log1p(np.exp(3))) / 2
    assert float(discriminator_loss("logistic", real, fake)) == pytest.approx(logistic, abs=1e-6)
    assert float(discriminator_loss("hinge", real, fake)) == pytest.approx((0 + 1) / 2 + (0 + 4) / 2)
    assert float(generator_loss("logistic", fake)) == pytest.approx(
        (np.log1p(np.exp(1)) + np.log1p(np.exp(-3))) / 2, abs=1e-6
    )
    assert float(generator_loss("hinge", fake)) == pytest.approx(-1)


@pytest.mark.parametrize("config", [TINY, replace(TINY, loss="hinge", augment=("none",)), replace(TINY, average=0.0)])
def test_a_step_moves_both_networks_and_tells_what_the_published_plots_show(config, batch):
    model = GAN(config, 3)
    before = [network.get_weights() for network in (model.generator, model.discriminator)]
    logs = model.train_step(batch)
    after = [network.get_weights() for network in (model.generator, model.discriminator)]
    assert all(any((a != b).any() for a, b in zip(*pair, strict=True)) for pair in zip(before, after, strict=True))
    assert set(logs) == {"d_loss", "g_loss", "d_real", "d_fake_before", "d_fake_after"}
    assert all(np.isfinite(value) for value in logs.values())


def test_d_of_generated_pictures_falls_with_the_discriminators_own_step(batch):
    model = GAN(replace(TINY, augment=("none",), r1=0.0, discriminator_rate=3e-3), 3)
    logs = [model.train_step(batch) for _ in range(5)]
    assert np.mean([step["d_fake_after"] < step["d_fake_before"] for step in logs]) > 0.5


def test_the_penalty_is_r1_of_a_linear_discriminator():
    model = GAN(replace(TINY, condition="none", r1=3.0, r1_every=4))
    picture = keras.Input((16, 16, 3), name="picture")
    logits = keras.layers.Dense(1, use_bias=False)(keras.layers.Flatten()(picture))
    model.discriminator = keras.Model({"picture": picture}, keras.layers.Reshape(())(logits))
    [weights] = model.discriminator.get_weights()
    [gradient] = model._penalty_gradients(tf.zeros((5, 16, 16, 3)), tf.zeros(5, tf.int32))
    assert np.allclose(gradient, 3.0 * 4 * weights, atol=1e-5)  # of 3 / 2 * 4 * |w|^2


def test_the_average_moves_a_little_towards_the_generator(batch):
    model = GAN(TINY, 3)
    start = model.average.get_weights()
    model.train_step(batch)
    decay = 2 / 11  # of the first step
    for old, new, weight in zip(start, model.average.get_weights(), model.generator.get_weights(), strict=True):
        assert np.allclose(new, old * decay + weight * (1 - decay), atol=1e-6)


def test_any_seed_will_do_and_each_use_has_its_own(batch):
    model = GAN(replace(TINY, seed=4_000_000_000), 3)
    seeds = [tuple(model._seed(tf.constant(step), use).numpy()) for step in range(2) for use in range(4)]
    assert len(set(seeds)) == 8


def test_without_average_samples_are_drawn_by_the_generator_itself():
    model = GAN(replace(TINY, average=0.0))
    assert model.average is model.generator
