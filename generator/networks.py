"""The two networks of a DCGAN, for any size, with or without a condition.

Radford, Metz, Chintala: Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks,
ICLR 2016, section 3 and figure 1: no pooling and no dense layers, strided and transposed convolutions, batch
normalisation, ReLU in the generator, leaky ReLU in the discriminator, weights from N(0, 0.02). Layers that are not
normalised start with weights of He et al. (ICCV 2015) instead, by which a signal keeps its size from layer to layer.
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
        as_noise = keras.initializers.RandomNormal(0.0, 1.0)
        x = layers.Concatenate()([noise, layers.Embedding(classes, EMBEDDING, as_noise)(inputs["category"])])
    norm, (deepest, *further) = config.generator_norm, reversed(config.channels)
    x = layers.Reshape((1, 1, x.shape[-1]))(x)
    x = layers.Conv2DTranspose(deepest, CELLS, use_bias=False, kernel_initializer=_weights(norm))(x)
    x = layers.ReLU()(_normalised(x, norm))
    for channels in further:
        start = _weights(norm)
        x = layers.Conv2DTranspose(channels, KERNEL, 2, "same", use_bias=False, kernel_initializer=start)(x)
        x = layers.ReLU()(_normalised(x, norm))
    x = layers.Conv2DTranspose(3, KERNEL, 2, "same", kernel_initializer=_weights(norm))(x)
    return keras.Model(inputs, layers.Activation("tanh")(x), name="generator")


def build_discriminator(config: GeneratorConfig, classes: int = 0) -> keras.Model:
    """A model {picture: (B, size, size, 3) in -1..1[, category: (B,) int]} -> (B,) logits, high for real ones.

    With categories, the features are compared with an embedding of the category. Miyato, Koyama: cGANs with Projection
    Discriminator, ICLR 2018.
    """
    picture = keras.Input((config.size, config.size, 3), name="picture")
    inputs, x, norm = {"picture": picture}, picture, config.discriminator_norm
    for level, channels in enumerate(config.channels):
        here = norm if level else "none"
        start = _weights(norm)
        x = layers.Conv2D(channels, KERNEL, 2, "same", use_bias=here == "none", kernel_initializer=start)(x)
        x = layers.LeakyReLU(0.2)(_normalised(x, here))
    x = BatchDeviation()(x) if config.deviation else x
    if not classes:
        logits = layers.Conv2D(1, CELLS, kernel_initializer=_weights(norm))(x)
        return keras.Model(inputs, layers.Reshape(())(logits), name="discriminator")
    inputs["category"] = keras.Input((), dtype="int32", name="category")
    deepest = config.channels[-1]
    x = layers.Flatten()(layers.Conv2D(deepest, CELLS, kernel_initializer=_weights(norm))(x))
    x = layers.LeakyReLU(0.2)(x)
    wanted = layers.Embedding(classes, deepest)(inputs["category"])
    logits = layers.Dense(1, kernel_initializer=_weights(norm))(x) + layers.Dot(1)([x, wanted])
    return keras.Model(inputs, layers.Reshape(())(logits), name="discriminator")


def _normalised(x: keras.KerasTensor, norm: str) -> keras.KerasTensor:
    if norm == "batch":
        scale = keras.initializers.RandomNormal(1.0, 0.02)
        return layers.BatchNormalization(momentum=MOMENTUM, epsilon=1e-5, gamma_initializer=scale)(x)
    return PixelNorm()(x) if norm == "pixel" else x


def _weights(norm: str) -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(0.0, 0.02) if norm == "batch" else keras.initializers.HeNormal()
