"""Photos that end inside a garment, made from photos of whole garments, in TensorFlow graph operations."""

import tensorflow as tf

from garments.landmarks import NOT_LABELLED

SHOWN = 0.25, 0.85  # of the garment's height
BELOW = 0.8  # of the truncated garments end at the lower edge of the photo, the others at the upper one
WHOLE = -9.0, 9.0  # a frame without an edge near the garment


def truncated(crop: dict[str, tf.Tensor], share: float) -> dict[str, tf.Tensor]:
    """A stored crop whose photo may end inside the garment: its box, place and landmarks are those of what is left.

    Args:
        crop: as `engine.views.Stored.dataset` gives it.
        share: the probability that it is truncated.

    Returns:
        The crop, with `frame`: (2,) float32, where the photo begins and ends, down the stored square in its lengths.
    """
    shown = tf.random.uniform([], *SHOWN)
    ends_below = tf.random.uniform([]) < BELOW
    cut = tf.cond(ends_below, lambda: _cut_below(crop, shown), lambda: _cut_above(crop, shown))
    whole = {**{name: crop[name] for name in ("box", "place")}, "frame": tf.constant(WHOLE)}
    chosen = tf.random.uniform([]) < share
    left = {name: tf.where(chosen, cut[name], whole[name]) for name in whole}
    y, visibility = crop["landmarks"][:, 1], crop["landmarks"][:, 2]
    outside = (y < left["frame"][0]) | (y > left["frame"][1])
    points = tf.concat([crop["landmarks"][:, :2], tf.where(outside, float(NOT_LABELLED), visibility)[:, None]], -1)
    return {**crop, **left, "landmarks": points}


def without_rows(image: tf.Tensor, frame: tf.Tensor, outside: float) -> tf.Tensor:
    """An image (h, w, C) of a stored square with `outside` in the rows that lie outside of the frame."""
    height = tf.shape(image)[0]
    centres = (tf.range(height, dtype=tf.float32) + 0.5) / tf.cast(height, tf.float32)
    inside = (centres >= frame[0]) & (centres <= frame[1])
    return tf.where(inside[:, None, None], image, outside)


def _cut_below(crop: dict[str, tf.Tensor], shown: tf.Tensor) -> dict[str, tf.Tensor]:
    left, top, right, bottom = tf.unstack(crop["box"])
    x, y, width, height = tf.unstack(crop["place"])
    end = top + shown * (bottom - top)
    start = y - height / 2  # in lengths of the photo, as the next
    photo = start + shown * height
    place = tf.stack([x, (start / photo + 1) / 2, width, 1 - start / photo])
    return {"box": tf.stack([left, top, right, end]), "place": place, "frame": tf.stack([WHOLE[0], end])}


def _cut_above(crop: dict[str, tf.Tensor], shown: tf.Tensor) -> dict[str, tf.Tensor]:
    left, top, right, bottom = tf.unstack(crop["box"])
    x, y, width, height = tf.unstack(crop["place"])
    begin = bottom - shown * (bottom - top)
    end = y + height / 2
    removed = end - shown * height
    tall = (end - removed) / (1 - removed)
    place = tf.stack([x, tall / 2, width, tall])
    return {"box": tf.stack([left, begin, right, bottom]), "place": place, "frame": tf.stack([begin, WHOLE[1]])}
