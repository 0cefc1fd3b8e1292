import numpy as np
import pytest

from generator.config import DCGAN, PRESETS, GeneratorConfig
from generator.networks import BatchDeviation, PixelNorm, build_discriminator, build_generator


def strided(network) -> list:
    return [layer for layer in network.layers if "conv2d" in layer.name]


@pytest.mark.parametrize("size, layers", [(16, 3), (64, 5), (128, 6)])
def test_each_doubling_of_the_size_is_a_layer(size, layers):
    config = GeneratorConfig(size=size, width=4)
    generator, discriminator = build_generator(config), build_discriminator(config)
    assert generator.output.shape == (None, size, size, 3)
    assert discriminator.output.shape == (None,)
    assert len(strided(generator)) == len(strided(discriminator)) == layers


def test_the_dcgan_has_the_weights_of_the_authors_networks():
    generator, discriminator = build_generator(DCGAN), build_discriminator(DCGAN)
    biases = 3, 64 + 1  # which the authors' code leaves out
    counts = [sum(np.prod(w.shape) for w in network.trainable_weights) for network in (generator, discriminator)]
    assert [count - bias for count, bias in zip(counts, biases, strict=True)] == [3576704, 2765568]


def test_pictures_are_in_range_and_depend_on_noise_and_category():
    generator = build_generator(PRESETS["tiny"], classes=3)
    noise = np.random.default_rng(0).normal(size=(4, 8)).astype(np.float32)
    noise[2] = noise[3] = noise[0]
    pictures = generator.predict({"noise": noise, "category": np.array([0, 0, 1, 0], np.int32)}, verbose=0)
    assert np.abs(pictures).max() <= 1
    assert np.allclose(pictures[0], pictures[3], atol=1e-6)
    assert all(np.abs(pictures[0] - other).max() > 1e-4 for other in pictures[1:3])


def test_the_discriminator_sees_the_category():
    discriminator = build_discriminator(PRESETS["tiny"], classes=3)
    picture = np.repeat(np.random.default_rng(0).normal(size=(1, 16, 16, 3)), 3, 0).astype(np.float32)
    logits = discriminator.predict({"picture": picture, "category": np.arange(3, dtype=np.int32)}, verbose=0)
    assert len(set(logits.tolist())) == 3


def test_pixel_norm_gives_each_pixel_the_same_length():
    x = np.random.default_rng(0).normal(size=(2, 3, 3, 5)).astype(np.float32)
    assert np.allclose(np.square(np.asarray(PixelNorm()(x))).mean(-1), 1, atol=1e-5)


def test_the_deviation_of_a_batch_is_a_further_channel():
    x = np.array([1.0, 3.0], np.float32)[:, None, None, None] * np.ones((2, 2, 2, 1), np.float32)
    assert np.allclose(np.asarray(BatchDeviation()(x))[..., 1], 1)  # of 1 and 3
    assert np.asarray(BatchDeviation()(x * 0 + 5))[..., 1].max() < 1e-3


@pytest.mark.parametrize(
    "wrong",
    [dict(size=48), dict(size=8), dict(loss="wgan"), dict(augment=("flip",)), dict(condition="colour"), dict(batch=0)],
)
def test_a_wrong_setting_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        GeneratorConfig(**wrong)
