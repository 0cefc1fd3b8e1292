"""Random colours for training images, in graph operations."""

import tensorflow as tf


def random_colours(image: tf.Tensor) -> tf.Tensor:
    """An RGB image in 0..1 with random brightness, contrast, saturation and hue; one in ten becomes grey."""
    image = tf.image.random_brightness(image, 0.2)
    image = tf.image.random_contrast(image, 0.6, 1.4)
    image = tf.clip_by_value(image, 0.0, 1.0)
    image = tf.image.random_saturation(image, 0.5, 1.5)
    image = tf.image.random_hue(image, 0.05)
    grey = tf.random.uniform([]) < 0.1
    return tf.cond(grey, lambda: tf.tile(tf.image.rgb_to_grayscale(image), [1, 1, 3]), lambda: image)
