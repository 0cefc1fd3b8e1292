"""Layers and heads of the classifiers."""

import keras
from keras import KerasTensor, ops

from classifier.config import ClassifierConfig
from engine.backbones import find_backbone, preprocess  # noqa: F401, registers a layer of saved networks
from engine.box_pooling import BoxPooling, box_cover  # noqa: F401, the former for the models

PIXEL_LABELS = 64


def pyramid(config: ClassifierConfig, image: KerasTensor, weights: str | None) -> dict[str, KerasTensor]:
    """The features of an image by level, '2'..'5' at strides 4..32, of the backbone that the settings name.

    Raises:
        ValueError: there is none of that name.
    """
    return find_backbone(config.backbone)(image, weights, config.norm_momentum)


def category(evidence: KerasTensor, classes: int) -> KerasTensor:
    """(B, classes) probabilities."""
    return keras.layers.Dense(classes, activation="softmax", dtype="float32", name="category")(evidence)


def class_outputs(config: ClassifierConfig, evidence: KerasTensor, classes: int) -> dict[str, KerasTensor]:
    """{category: (B, classes) probabilities}; with a teacher the same once more as `soft`, which learns from it."""
    outputs = {"category": category(evidence, classes)}
    if config.teacher_weight:
        outputs["soft"] = keras.layers.Identity(dtype="float32", name="soft")(outputs["category"])
    return outputs


def pixel_labels(middle: KerasTensor, features: KerasTensor) -> KerasTensor:
    """(B, h, w, 64) logits of the label of every pixel at stride 16, from features at strides 16 and 32."""
    deep = keras.layers.UpSampling2D(2)(keras.layers.Conv2D(128, 1, name="deep")(features))
    both = keras.layers.Add()([deep, keras.layers.Conv2D(128, 1, name="middle")(middle)])
    both = keras.layers.Activation("relu")(both)
    return keras.layers.Conv2D(PIXEL_LABELS, 1, dtype="float32", name="pixels")(both)


@keras.saving.register_keras_serializable("garments")
class BoxMask(keras.layers.Layer):
    """A feature map with one channel more, the share of each cell that lies in the box: (B, h, w, C) -> C + 1."""

    def call(self, features: KerasTensor, boxes: KerasTensor) -> KerasTensor:
        """`boxes` are (B, 4) xyxy in 0..1."""
        cover = box_cover(boxes, *features.shape[1:3])
        return ops.concatenate([features, ops.cast(cover[..., None], features.dtype)], -1)


@keras.saving.register_keras_serializable("garments")
class SoftArgmax(keras.layers.Layer):
    """The mean place of each heat map, weighted by its softmax: (B, h, w, L) logits -> (B, L, 2) in 0..1."""

    def call(self, maps: KerasTensor) -> KerasTensor:
        """X and y in lengths of the map."""
        height, width, count = maps.shape[1:]
        weights = ops.softmax(ops.reshape(ops.cast(maps, "float32"), (-1, height * width, count)), axis=1)
        weights = ops.reshape(weights, (-1, height, width, count))
        x = ops.sum(ops.sum(weights, 1) * self._centres(width), 1)
        y = ops.sum(ops.sum(weights, 2) * self._centres(height), 1)
        return ops.stack([x, y], -1)

    def _centres(self, cells: int) -> KerasTensor:
        return ((ops.arange(cells, dtype="float32") + 0.5) / cells)[None, :, None]
