"""What the network sees of a stored photo: all of it, or a random part, with the map of its classes."""

from typing import Any

import tensorflow as tf

from engine.colours import random_colours
from photos.crops import GREY
from segmenter.classes import UNKNOWN


def plain_view(image: tf.Tensor, classes: tf.Tensor, height: int, width: int, stride: int) -> dict[str, tf.Tensor]:
    """The whole photo, as large as fits into the view, in its middle.

    Args:
        image: (h, w, 3) uint8.
        classes: (h, w) uint8.
        height: of the view, as is `width`.
        width: of the view.
        stride: pixels of the view to a class of its map.

    Returns:
        image: (height, width, 3) float32 in 0..255, grey outside of the photo.
        classes: (height / stride, width / stride) uint8, UNKNOWN outside of the photo.
    """
    region = _around(image, height / width, tf.constant(1.0), tf.constant(1.0), tf.constant([0.5, 0.5]))
    return _view(image, classes, region, height, width, stride)


def random_view(image: tf.Tensor, classes: tf.Tensor, config: Any, stride: int) -> dict[str, tf.Tensor]:
    """As `plain_view`, with random scale, aspect, place, mirroring and colours, by the settings `config`."""
    scale = tf.exp(tf.random.uniform([], tf.math.log(config.zoom_in), tf.math.log(config.zoom_out)))
    aspect = tf.exp(tf.random.uniform([], -config.stretch, config.stretch)) if config.stretch else tf.constant(1.0)
    region = _around(image, config.height / config.width, scale, aspect, tf.random.uniform([2]))
    view = _view(image, classes, region, config.height, config.width, stride)
    view["image"] = tf.clip_by_value(random_colours(view["image"] / 255.0), 0.0, 1.0) * 255.0
    flip = tf.random.uniform([]) < 0.5
    return {name: tf.where(flip, value[:, ::-1], value) for name, value in view.items()}


def _around(image: tf.Tensor, ratio: float, scale: tf.Tensor, aspect: tf.Tensor, place: tf.Tensor) -> tf.Tensor:
    """(4,) y1 x1 y2 x2 in pixels: a part of a photo, with `scale` times the extent that just contains all of it.

    Args:
        image: (h, w, 3).
        ratio: height to width of the part.
        scale: 1 contains all of the photo.
        aspect: factor of the ratio.
        place: (2,) in 0..1: where it lies between the furthest up and left, and the furthest down and right.
    """
    size = tf.cast(tf.shape(image)[:2], tf.float32)
    height = tf.maximum(size[0], size[1] * ratio) * scale
    extent = tf.stack([height * tf.sqrt(aspect), height / ratio / tf.sqrt(aspect)])
    corner = tf.minimum(0.0, size - extent) + place * tf.abs(size - extent)
    return tf.concat([corner, corner + extent], 0)


def _view(
    image: tf.Tensor, classes: tf.Tensor, region: tf.Tensor, height: int, width: int, stride: int
) -> dict[str, tf.Tensor]:
    seen = _cut(tf.cast(image, tf.float32), region, height, width, "bilinear", GREY)
    labels = tf.cast(classes, tf.float32)[..., None]
    found = _cut(labels, region, height // stride, width // stride, "nearest", UNKNOWN)
    return {"image": seen, "classes": tf.cast(found[..., 0], tf.uint8)}


def _cut(image: tf.Tensor, region: tf.Tensor, height: int, width: int, method: str, outside: float) -> tf.Tensor:
    """(height, width, C): a part y1 x1 y2 x2 of an image.

    TensorFlow counts from the centre of the first pixel to that of the last.
    """
    half = (region[2:] - region[:2]) / tf.constant([height, width], tf.float32) / 2
    ends = tf.concat([region[:2] + half, region[2:] - half], 0) - 0.5
    size = tf.cast(tf.shape(image)[:2], tf.float32)
    ends /= tf.tile(tf.maximum(size - 1, 1), [2])
    return tf.image.crop_and_resize(image[None], ends[None], [0], [height, width], method, outside)[0]
