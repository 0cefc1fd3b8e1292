"""Random views of a training photo, in TensorFlow graph operations: window, mirror, colours."""

from collections.abc import Sequence

import tensorflow as tf

from engine.colours import random_colours

PIXEL_STRIDE = 8  # of the label map that the network learns
NO_LABEL = 255
MASKS, MASK_STRIDE = "groundtruth_instance_masks", 2  # of the views; the library cuts them to the boxes


def random_view(data: dict, size: tuple[int, int], zoom: tuple[float, float], keep: float = 0.3) -> dict:
    """A random window of a photo at the network's size, sometimes mirrored, in other colours.

    Args:
        data: image (H, W, 3) uint8, groundtruth_boxes (N, 4) yxyx in 0..1, groundtruth_classes (N,),
            groundtruth_is_crowd (N,), label_map (H, W, 1) uint8; groundtruth_instance_masks (N, H, W) float32 where
            masks are learnt.
        size: (height, width) of the view.
        zoom: (min, max) magnification of the window relative to the whole photo fitted into the view; below 1 the
            photo is padded with grey.
        keep: garments with less than this share of their box in the window are dropped.

    Returns:
        The same keys; label_map is (height / 8, width / 8) float32 with NO_LABEL outside of the photo, masks are
        (n, height / 2, width / 2).
    """
    image, boxes = tf.cast(data["image"], tf.float32), data["groundtruth_boxes"]
    window = random_window(tf.shape(image), size, zoom)
    image = _cut(image, window, size, "bilinear", 127.0)
    labels = _cut(
        tf.cast(data["label_map"], tf.float32), window, [s // PIXEL_STRIDE for s in size], "nearest", NO_LABEL
    )

    corner, extent = window[:2], window[2:] - window[:2]
    moved = (boxes - tf.tile(corner, [2])) / tf.tile(extent, [2])
    inside = tf.clip_by_value(moved, 0.0, 1.0)
    visible = tf.math.divide_no_nan(_area(inside), _area(moved)) >= keep
    boxes = tf.boolean_mask(inside, visible)

    mirrored = tf.random.uniform([]) < 0.5
    image = tf.cond(mirrored, lambda: image[:, ::-1], lambda: image)
    labels = tf.cond(mirrored, lambda: labels[:, ::-1], lambda: labels)
    y1, x1, y2, x2 = tf.unstack(boxes, axis=-1)
    boxes = tf.where(mirrored, tf.stack([y1, 1 - x2, y2, 1 - x1], -1), boxes)
    view = {
        **data,
        "image": tf.saturate_cast(random_colours(image / 255.0) * 255.0, tf.uint8),
        "label_map": labels[..., 0],
        "groundtruth_boxes": boxes,
        "groundtruth_classes": tf.boolean_mask(data["groundtruth_classes"], visible),
        "groundtruth_is_crowd": tf.boolean_mask(data["groundtruth_is_crowd"], visible),
    }
    if MASKS in data:
        masks = _cut_each(tf.boolean_mask(data[MASKS], visible), window, [s // MASK_STRIDE for s in size])
        view[MASKS] = tf.cond(mirrored, lambda: masks[..., ::-1], lambda: masks)
    return view


def random_window(shape: tf.Tensor, size: tuple[int, int], zoom: tuple[float, float]) -> tf.Tensor:
    """(4,) y1 x1 y2 x2, relative to the photo: a window of about the view's aspect ratio that may reach outside it."""
    height, width = tf.cast(shape[0], tf.float32), tf.cast(shape[1], tf.float32)
    fit = tf.minimum(size[0] / height, size[1] / width)
    magnify = fit * tf.exp(tf.random.uniform([], *[tf.math.log(float(z)) for z in zoom]))
    stretch = tf.exp(tf.random.uniform([], -0.15, 0.15))
    extent = tf.stack([size[0] / (height * magnify * stretch), size[1] / (width * magnify / stretch)])
    corner = tf.random.uniform([2]) * (1 - extent)
    return tf.concat([corner, corner + extent], 0)


def _cut(image: tf.Tensor, window: tf.Tensor, size: Sequence[int], method: str, outside: float) -> tf.Tensor:
    return tf.image.crop_and_resize(image[None], window[None], [0], size, method, outside)[0]


def _cut_each(masks: tf.Tensor, window: tf.Tensor, size: Sequence[int]) -> tf.Tensor:
    """(N, h, w) float32: the window of each of (N, H, W) masks."""
    count = tf.shape(masks)[0]
    return tf.image.crop_and_resize(
        masks[..., None], tf.tile(window[None], [count, 1]), tf.range(count), size, "bilinear"
    )[..., 0]


def _area(boxes: tf.Tensor) -> tf.Tensor:
    return tf.reduce_prod(tf.maximum(boxes[:, 2:] - boxes[:, :2], 0), -1)
