"""The two networks of a DCGAN, for any size, with or without a condition.

Radford, Metz, Chintala: Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks,
ICLR 2016, section 3 and figure 1: no pooling and no dense layers, strided and transposed convolutions, batch
normalisation, ReLU in the generator, leaky ReLU in the discriminator, weights from N(0, 0.02).
"""

import keras
from keras import layers, ops

from generator.config import GeneratorConfig

CELLS = 4  # across, at the deep end of both networks
KERNEL = 4
EMBEDDING = 32  # numbers that stand for a category beside the noise
MOMENTUM = 0.9  # of batch normalisation


@keras.saving.register_keras_serializable("garments")
class PixelNorm(layers.Layer):
    """Each pixel's features get length sqrt(channels). Karras et al.: Progressive Growing of GANs, ICLR 2018, 4.2."""

    def call(self, x):  # noqa: ANN001, ANN201
        """(B, H, W, C) of the same shape."""
        return x * ops.rsqrt(ops.mean(ops.square(x), -1, keepdims=True) + 1e-8)


@keras.saving.register_keras_serializable("garments")
class BatchDeviation(layers.Layer):
    """A further channel: how much the pictures of a batch differ. Karras et al., ICLR 2018, section 3."""

    def call(self, x):  # noqa: ANN001, ANN201
        """(B, H, W, C) -> (B, H, W, C + 1)."""
        deviation = ops.mean(ops.sqrt(ops.var(x, 0) + 1e-8))
        return ops.concatenate([x, ops.ones_like(x[..., :1]) * deviation], -1)


def build_generator(config: GeneratorConfig, classes: int = 0) -> keras.Model:
    """A model {noise: (B, latent)[, category: (B,) int]} -> (B, size, size, 3) pictures in -1..1."""
    noise = keras.Input((config.latent,), name="noise")
    inputs, x = {"noise": noise}, noise
    if classes:
        inputs["category"] = keras.Input((), dtype="int32", name="category")
        x = layers.Concatenate()([noise, layers.Embedding(classes, EMBEDDING)(inputs["category"])])
    deepest, *further = reversed(config.channels)
    x = layers.Reshape((1, 1, x.shape[-1]))(x)
    x = layers.Conv2DTranspose(deepest, CELLS, use_bias=False, kernel_initializer=_normal())(x)
    x = layers.ReLU()(_normalised(x, config.generator_norm))
    for channels in further:
        x = layers.Conv2DTranspose(channels, KERNEL, 2, "same", use_bias=False, kernel_initializer=_normal())(x)
        x = layers.ReLU()(_normalised(x, config.generator_norm))
    x = layers.Conv2DTranspose(3, KERNEL, 2, "same", kernel_initializer=_normal())(x)
    return keras.Model(inputs, layers.Activation("tanh")(x), name="generator")


def build_discriminator(config: GeneratorConfig, classes: int = 0) -> keras.Model:
    """A model {picture: (B, size, size, 3) in -1..1[, category: (B,) int]} -> (B,) logits, high for real ones.

    With categories, the features are compared with an embedding of the category. Miyato, Koyama: cGANs with Projection
    Discriminator, ICLR 2018.
    """
    picture = keras.Input((config.size, config.size, 3), name="picture")
    inputs, x = {"picture": picture}, picture
    for level, channels in enumerate(config.channels):
        norm = config.discriminator_norm if level else "none"
        x = layers.Conv2D(channels, KERNEL, 2, "same", use_bias=norm == "none", kernel_initializer=_normal())(x)
        x = layers.LeakyReLU(0.2)(_normalised(x, norm))
    x = BatchDeviation()(x) if config.deviation else x
    if not classes:
        logits = layers.Conv2D(1, CELLS, kernel_initializer=_normal())(x)
        return keras.Model(inputs, layers.Reshape(())(logits), name="discriminator")
    inputs["category"] = keras.Input((), dtype="int32", name="category")
    features = layers.Flatten()(layers.Conv2D(config.channels[-1], CELLS, kernel_initializer=_normal())(x))
    features = layers.LeakyReLU(0.2)(features)
    wanted = layers.Embedding(classes, config.channels[-1])(inputs["category"])
    logits = layers.Dense(1, kernel_initializer=_normal())(features) + layers.Dot(1)([features, wanted])
    return keras.Model(inputs, layers.Reshape(())(logits), name="discriminator")


def _normalised(x: keras.KerasTensor, norm: str) -> keras.KerasTensor:
    if norm == "batch":
        scale = keras.initializers.RandomNormal(1.0, 0.02)
        return layers.BatchNormalization(momentum=MOMENTUM, epsilon=1e-5, gamma_initializer=scale)(x)
    return PixelNorm()(x) if norm == "pixel" else x


def _normal() -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(0.0, 0.02)
