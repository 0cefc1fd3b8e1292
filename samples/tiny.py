"""Untrained models in the format of the shipped ones, and made-up photos: for runs whose predictions do not matter."""

from pathlib import Path
from typing import Any

import numpy as np

from engine.checksums import fingerprint
from garments.vocabulary import CATEGORIES, PARTS

SIDE, INPUT, BOXES = 32, (64, 48), 3
DIAMOND = np.uint8(255) * (np.add.outer(*[np.abs(np.arange(28) - 13.5)] * 2) < 14)  # the mask of every garment


def export_tiny_models(models: Path) -> Path:
    """Write detector/, img/ and img_bbox/ into a folder; their predictions depend on the photo. Returns the folder."""
    import tensorflow as tf

    from engine.export import freeze

    rng = np.random.default_rng(0)
    kernel = tf.constant(rng.normal(size=(8, 8, 3, 8)).astype(np.float32) / 8)
    matrix = tf.constant(rng.normal(size=(SIDE * SIDE // 64 * 8, len(CATEGORIES))).astype(np.float32))
    spread = tf.constant(rng.normal(size=(8, BOXES * 5)).astype(np.float32))

    def features(images: Any) -> Any:
        pixels = tf.cast(images, tf.float32) / 255 - 0.5
        return tf.nn.relu(tf.nn.conv2d(pixels, kernel, 8, "VALID"))

    def detect(images: Any, sizes: Any) -> dict[str, Any]:
        outputs = tf.reshape(tf.sigmoid(tf.reduce_mean(features(images), [1, 2]) @ spread), [-1, BOXES, 5])
        size = tf.tile(sizes[:, ::-1], [1, 2])[:, None]
        corner, far = outputs[..., :2] * 0.4, 0.5 + outputs[..., 2:4] * 0.5
        scores = tf.sort(outputs[..., 4], direction="DESCENDING")
        parts = tf.tile(tf.range(1, BOXES + 1)[None], [tf.shape(images)[0], 1])
        count = tf.cast(tf.round(outputs[:, 0, 0] * BOXES), tf.int32)
        masks = tf.tile(tf.constant(DIAMOND)[None, None], [tf.shape(images)[0], BOXES, 1, 1])
        boxes = tf.concat([corner, far], -1) * size
        return {"boxes": boxes, "scores": scores, "parts": parts, "count": count, "masks": masks}

    def classify(image: Any, place: Any = None) -> dict[str, Any]:
        flat = tf.reshape(features(image), [-1, matrix.shape[0]])
        return {"category": tf.nn.softmax(flat @ matrix + (0 if place is None else tf.reduce_sum(place, 1, True)))}

    pixels, boxes = tf.TensorSpec([None, SIDE, SIDE, 3], tf.uint8, "image"), tf.TensorSpec([None, 8], name="place")
    photos = tf.TensorSpec([None, *INPUT, 3], tf.uint8, "images"), tf.TensorSpec([None, 2], name="sizes")
    freeze(detect, list(photos), models / "detector", {"input_size": INPUT, "masks": True})
    view = dict(categories=CATEGORIES, size=SIDE, context=1.4)
    for name, inputs in (("img", [pixels]), ("img_bbox", [pixels, boxes])):
        box_input = len(inputs) == 2
        settings = dict(name=name.replace("_", "+"), box_input=box_input, hide_surroundings=not box_input, **view)
        freeze(classify, inputs, models / name, settings)
    return models


def export_tiny_embedder(models: Path, numbers: int = 16) -> Path:
    """Write embedder/ into a folder; its embeddings depend on the crop. Returns that folder."""
    import tensorflow as tf

    from engine.export import freeze

    rng = np.random.default_rng(1)
    matrix = tf.constant(rng.normal(size=(SIDE * SIDE // 64 * 3, numbers)).astype(np.float32))

    def embed(image: Any, place: Any) -> dict[str, Any]:
        small = tf.nn.avg_pool2d(tf.cast(image, tf.float32) / 255 - 0.5, 8, 8, "VALID")
        vectors = tf.reshape(small, [-1, matrix.shape[0]]) @ matrix + 0 * place[:, :1]
        return {"embedding": tf.math.l2_normalize(vectors, 1)}

    pixels, boxes = tf.TensorSpec([None, SIDE, SIDE, 3], tf.uint8, "image"), tf.TensorSpec([None, 8], name="place")
    settings = dict(name="embedder", numbers=numbers, size=SIDE, context=1.2, hide_surroundings=False, box_input=True)
    freeze(embed, [pixels, boxes], models / "embedder", settings)
    return models / "embedder"


def export_tiny_compatibility(models: Path, embedder: Path, numbers: int = 16) -> Path:
    """Write compatibility/ into a folder, with random weights, for an exported embedder. Returns that folder."""
    from recommender.model import Compatibility

    rng, parts = np.random.default_rng(0), len(PARTS)
    projections = rng.standard_normal((2, parts, numbers, 4)).astype(np.float32)
    model = Compatibility(projections, np.ones((2, parts, parts, 4)), np.zeros((parts, numbers)), fingerprint(embedder))
    model.save(models / "compatibility", {})
    return models / "compatibility"


def write_photos(folder: Path, count: int, broken: int = 0, size: tuple[int, int] = (160, 240)) -> Path:
    """Write `count` made-up photos and `broken` files that are no photos into a folder. Returns the folder."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        rng = np.random.default_rng(number)
        coarse = Image.fromarray(rng.integers(0, 255, (6, 4, 3), dtype=np.uint8))
        coarse.resize(size, Image.Resampling.BICUBIC).save(folder / f"photo-{number:06d}.jpg", quality=85)
    for number in range(broken):
        (folder / f"broken-{number:06d}.jpg").write_bytes(b"no photo")
    return folder
