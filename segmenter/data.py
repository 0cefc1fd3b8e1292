"""Stored photos -> a tf.data.Dataset for `fit`."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from engine.sampling import Sampler
from segmenter.config import SegmenterConfig
from segmenter.store import Scenes

if TYPE_CHECKING:
    import tensorflow as tf

BETA = 0.99  # of the effective number of photos
SHARE = 0.002  # of a photo's pixels; a class with less does not make the photo one of its own


def strata(scenes: Scenes, classes: tuple[str, ...]) -> np.ndarray:
    """(N,) the rarest class that each photo has, by the photos that have it."""
    has = scenes.pixels > SHARE * scenes.pixels.sum(1, keepdims=True)
    photos = np.where(has, has.sum(0), len(scenes) + 1)
    return np.array(classes, object)[photos.argmin(1)]


def class_weights(scenes: Scenes, weighting: str) -> list[float]:
    """(K,) the weight of each class in 'weighted-ce'.

    'median': median frequency / frequency, the frequency of a class among the pixels of the photos that have it (Eigen,
    Fergus, ICCV 2015, section 4). 'effective': by the effective number of photos (Cui et al., CVPR 2019). A class
    without pixels has weight 0.
    """
    pixels, has = scenes.pixels.sum(0), (scenes.pixels > 0).sum(0)
    there = pixels > 0
    seen = (scenes.pixels.sum(1)[:, None] * (scenes.pixels > 0)).sum(0)
    weights = there.astype(float)
    if weighting == "median":
        frequency = pixels[there] / seen[there]
        weights[there] = np.median(frequency) / frequency
    elif weighting == "effective":
        weights[there] = (1 - BETA) / (1 - BETA ** has[there])
    return weights.tolist()


def training_data(
    scenes: Scenes, config: SegmenterConfig, stride: int, sampler: Sampler, first_epoch: int = 0
) -> "tf.data.Dataset":
    """An endless tf.data.Dataset of batches of random views: ({'image'}, {'classes'}).

    Args:
        scenes: the photos to draw from.
        config: the settings.
        stride: pixels of a view to a class of its map.
        sampler: draws the photos; its epochs should be those of `fit`.
        first_epoch: the epoch to start at, for a resumed run.
    """
    import tensorflow as tf

    from segmenter.views import random_view

    tf.random.set_seed(config.seed + first_epoch)
    data = _views(
        scenes, lambda: sampler.endless(first_epoch), lambda image, classes: random_view(image, classes, config, stride)
    )
    return data.batch(config.batch, drop_remainder=True).prefetch(2)


def evaluation_data(scenes: Scenes, config: SegmenterConfig, stride: int) -> "tf.data.Dataset":
    """A finite tf.data.Dataset of batches of plain views, in order."""
    import tensorflow as tf

    from segmenter.views import plain_view

    size = config.height, config.width
    data = _views(scenes, lambda: range(len(scenes)), lambda image, classes: plain_view(image, classes, *size, stride))
    data = data.apply(tf.data.experimental.assert_cardinality(len(scenes)))  # or Keras warns as it ends
    return data.batch(config.batch).prefetch(2)


def _views(scenes: Scenes, indices: Callable[[], Iterable[int]], view: Callable) -> "tf.data.Dataset":
    import tensorflow as tf

    def encoded() -> Iterator[tuple[bytes, bytes]]:
        for index in indices():
            yield scenes.images[index], scenes.maps[index]

    def seen(image: "tf.Tensor", classes: "tf.Tensor") -> tuple[dict, dict]:
        pixels = tf.io.decode_jpeg(image, channels=3, dct_method="INTEGER_ACCURATE")
        found = view(pixels, tf.io.decode_png(classes, channels=1)[..., 0])
        return {"image": found["image"]}, {"classes": found["classes"]}

    signature = tf.TensorSpec((), tf.string), tf.TensorSpec((), tf.string)
    return tf.data.Dataset.from_generator(encoded, output_signature=signature).map(seen, tf.data.AUTOTUNE)
