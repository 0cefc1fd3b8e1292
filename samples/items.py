"""Generated shop photos of items, several photos each, in the layout of `products`, and a detector to look at them."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

INPUT, LEVELS, CHANNELS = (64, 48), (3, 4), 6
COLUMNS = ["image", "label", "gender", "colour", "usage", "item", "split"]


def write_items(root: Path, items: int = 24, photos: int = 3) -> Path:
    """Photos of items before a plain ground, each item in a colour of its own; every third is `val`.

    Args:
        root: the folder to write.
        items: how many.
        photos: of each item.
    """
    (root / "images").mkdir(parents=True)
    with open(root / "images.csv", "w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(COLUMNS)
        for number in range(items * photos):
            item, rng = number // photos, np.random.default_rng(number)
            pixels = np.full((80, 60, 3), rng.integers(200, 255), np.uint8)
            colour = np.random.default_rng(item).integers(0, 200, 3)
            pixels[10 + number % 3 : 70, 10:50] = colour + rng.integers(0, 20, (60 - number % 3, 40, 1))
            Image.fromarray(pixels).save(root / "images" / f"{number}.jpg")
            split = "val" if item % 3 == 2 else "train"
            lines.writerow([number, ("Tshirts", "Jeans")[item % 2], "Men", "Red", "Casual", f"{item:04d}", split])
    return root


def export_pyramid_detector(folder: Path) -> Path:
    """Write a detector that finds the whole photo, with a feature pyramid in its graph. Returns the folder."""
    import tensorflow as tf

    from engine.export import freeze

    rng = np.random.default_rng(0)
    kernels = {n: tf.constant(rng.normal(size=(2**n, 2**n, 3, CHANNELS)) / 2**n, tf.float32) for n in LEVELS}
    ones, zeros = tf.ones(CHANNELS), tf.zeros(CHANNELS)

    def detect(images: Any, sizes: Any) -> dict[str, Any]:
        pixels = tf.cast(images, tf.float32) / 255 - 0.5
        means = []
        for level, kernel in kernels.items():
            with tf.name_scope(f"fpn/norm_{level}"):
                found = tf.nn.conv2d(pixels, kernel, 2**level, "VALID")
                normal = tf.raw_ops.FusedBatchNormV3(
                    x=found, scale=ones, offset=zeros, mean=zeros, variance=ones, is_training=False
                )
            means.append(tf.reduce_mean(normal.y, [1, 2, 3]))
        scores = tf.sigmoid(tf.add_n(means))[:, None]
        parts = tf.ones_like(scores, tf.int32)
        boxes = tf.concat([tf.zeros_like(sizes), sizes[:, ::-1]], 1)[:, None]
        return {"boxes": boxes, "scores": scores, "parts": parts, "count": parts[:, 0]}

    photos = tf.TensorSpec([None, *INPUT, 3], tf.uint8, "images"), tf.TensorSpec([None, 2], name="sizes")
    freeze(detect, list(photos), folder, {"input_size": INPUT, "min_level": LEVELS[0], "max_level": LEVELS[-1]})
    return folder
