"""`img+bbox`: the category of a garment from a crop with context and the place of its box.

The box takes part in three ways, each with a switch of its own. It is an input (`box_input`): its geometry goes to the
last layer, and features are pooled inside it. It is an output (`box_weight`): from the image alone the network learns
where in a jittered crop the garment lies. With both off the model is `img`.
"""

import keras
from keras import ops

from classifier.config import ClassifierConfig
from classifier.image import build_image
from classifier.pretrain import pixel_labels
from engine.backbones import resnet50
from garments.vocabulary import CATEGORIES


@keras.saving.register_keras_serializable("garments")
class BoxPooling(keras.layers.Layer):
    """Mean of a feature map inside a box: ((B, h, w, C), (B, 4) xyxy in 0..1) -> (B, C)."""

    def call(self, features, boxes):
        """Cells count by how much of them lies in the box; a box outside of the map gives zeros."""
        cover = ops.cast(box_cover(boxes, *features.shape[1:3]), features.dtype)
        total = ops.maximum(ops.sum(cover, axis=(1, 2)), 1e-3)
        return ops.sum(features * cover[..., None], axis=(1, 2)) / total[:, None]


def box_cover(boxes, height: int, width: int):
    """(B, height, width) the share of each cell of a map that lies in the box; boxes are (B, 4) xyxy in 0..1."""
    across = _cover(boxes[:, 0], boxes[:, 2], width)
    down = _cover(boxes[:, 1], boxes[:, 3], height)
    return down[:, :, None] * across[:, None, :]


def _cover(low, high, cells: int):
    """(B, cells): the share of each cell of 0..1 that lies between low and high."""
    edges = ops.arange(cells, dtype="float32")[None]
    low, high = low[:, None] * cells, high[:, None] * cells
    return ops.clip(ops.minimum(edges + 1, high) - ops.maximum(edges, low), 0, 1)


def build_image_bbox(config: ClassifierConfig, weights=None, classes: int = len(CATEGORIES)) -> keras.Model:
    """A model {image, place} -> {category, box, pixels}, less what the switches leave out.

    image is (B, size, size, 3) RGB in 0..255, place (B, 8) the box in the photo (centre x, y, width, height) and in the
    crop (xyxy), category (B, classes) probabilities, box (B, 4) xyxy in lengths of the crop, pixels the (B, h, w, 64)
    logits of `pretrain.pixel_labels`.

    Args:
        config: the settings; see `box_input`, `box_weight` and `pixel_weight`.
        weights: first weights of the backbone, see `find_backbone`.
        classes: number of categories.
    """
    if not config.box_input and not config.box_weight:
        return build_image(config, weights, classes)
    inputs = {"image": keras.Input((config.size, config.size, 3), name="image")}
    levels = resnet50(inputs["image"], weights, config.norm_momentum)
    middle, features = levels["4"], levels["5"]
    evidence = keras.layers.GlobalAveragePooling2D(name="pooled")(features)
    outputs = {}
    if config.box_weight:
        where = keras.layers.Conv2D(32, 1, activation="relu", name="where")(features)
        where = keras.layers.Flatten()(where)
        outputs["box"] = keras.layers.Dense(4, dtype="float32", name="box")(where)
    if config.pixel_weight:
        outputs["pixels"] = pixel_labels(middle, features)
    if config.box_input:
        inputs["place"] = place = keras.Input((8,), name="place")
        inside = BoxPooling(name="inside")(features, place[:, 4:])
        geometry = keras.layers.Dense(64, activation="relu", name="geometry")(place)
        evidence = keras.layers.Concatenate()([evidence, inside, geometry])
    evidence = keras.layers.Dropout(config.dropout, seed=config.seed)(evidence)
    outputs["category"] = keras.layers.Dense(classes, activation="softmax", dtype="float32", name="category")(evidence)
    return keras.Model(inputs, outputs, name="img_bbox")
