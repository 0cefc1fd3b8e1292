"""DiffAugment: random changes that gradients pass through, for real and generated pictures alike.

Zhao et al.: Differentiable Augmentation for Data-Efficient GAN Training, NeurIPS 2020, section 3.2 and appendix A. With
few photos a discriminator learns them by heart; one that sees them changed cannot, and the changes do not get into the
samples, as the gradients pass through them.
"""

from collections.abc import Collection

import tensorflow as tf

SHIFT = 1 / 8  # of the picture's side, at most
HOLE = 1 / 2  # of the picture's side


def augmented(pictures: tf.Tensor, how: Collection[str], seed: tf.Tensor) -> tf.Tensor:
    """Pictures (B, S, S, 3) in -1..1, each changed at random.

    Args:
        pictures: real or generated.
        how: names of CHANGES.
        seed: (2,) int; the same seed makes the same changes.
    """
    for number, (name, change) in enumerate(CHANGES.items()):
        if name in how:
            pictures = change(pictures, tf.stack([seed[0] + number, seed[1]]))
    return pictures


def colour(pictures: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Brightness by up to .5, saturation by up to twice, contrast by up to half."""
    draws = tf.random.stateless_uniform([3, tf.shape(pictures)[0], 1, 1, 1], seed)
    pictures += draws[0] - 0.5
    grey = tf.reduce_mean(pictures, 3, keepdims=True)
    pictures = grey + (pictures - grey) * draws[1] * 2
    mean = tf.reduce_mean(pictures, [1, 2, 3], keepdims=True)
    return mean + (pictures - mean) * (draws[2] + 0.5)


def translation(pictures: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """A shift by up to SHIFT across and down; what comes in is 0, mid-grey."""
    batch, side = tf.shape(pictures)[0], pictures.shape[1]
    most = round(side * SHIFT)
    shifts = tf.random.stateless_uniform([2, batch, 1], seed, 0, 2 * most + 1, tf.int32)
    pictures = tf.pad(pictures, [[0, 0], [most, most], [most, most], [0, 0]])
    pictures = tf.gather(pictures, shifts[0] + tf.range(side), axis=1, batch_dims=1)
    return tf.gather(pictures, shifts[1] + tf.range(side), axis=2, batch_dims=1)


def cutout(pictures: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """A square hole of HOLE of the side, 0, somewhere; a part of it may lie outside."""
    batch, side = tf.shape(pictures)[0], pictures.shape[1]
    half = round(side * HOLE) // 2
    middles = tf.random.stateless_uniform([2, batch, 1], seed, 0, side, tf.int32)
    within = tf.abs(tf.range(side) - middles) < half  # (2, B, S)
    hole = within[0][:, :, None] & within[1][:, None, :]
    return pictures * tf.cast(~hole, pictures.dtype)[..., None]


CHANGES = {"colour": colour, "translation": translation, "cutout": cutout}
