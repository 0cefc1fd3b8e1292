"""`landmarks`: where a garment's collar, sleeves, waistline and hem lie, and whether they are seen.

Points come from heat maps by soft-argmax (Sun et al.: Integral Human Pose Regression, ECCV 2018), or, with
`heat_maps` off, from a dense layer. The box of the garment that is meant is an input, as others are in the crop too.
"""

import keras
from keras import ops

from classifier.config import ClassifierConfig
from classifier.image_bbox import BoxPooling, box_cover
from engine.backbones import resnet50
from garments.landmarks import LANDMARKS, NOT_LABELLED

COUNT = len(LANDMARKS)
SURE = 1 / 128  # least probability in the loss; bfloat16, which TensorFlow may choose, takes 1 less a smaller one for 1


@keras.saving.register_keras_serializable("garments")
class BoxMask(keras.layers.Layer):
    """A feature map with one channel more, the share of each cell that lies in the box: (B, h, w, C) -> C + 1."""

    def call(self, features, boxes):
        """`boxes` are (B, 4) xyxy in 0..1."""
        cover = box_cover(boxes, *features.shape[1:3])
        return ops.concatenate([features, ops.cast(cover[..., None], features.dtype)], -1)


@keras.saving.register_keras_serializable("garments")
class SoftArgmax(keras.layers.Layer):
    """The mean place of each heat map, weighted by its softmax: (B, h, w, L) logits -> (B, L, 2) in 0..1."""

    def call(self, maps):
        """X and y of cells' centres, in lengths of the map."""
        height, width, count = maps.shape[1:]
        weights = ops.softmax(ops.reshape(ops.cast(maps, "float32"), (-1, height * width, count)), axis=1)
        weights = ops.reshape(weights, (-1, height, width, count))
        x = ops.sum(ops.sum(weights, 1) * self._centres(width), 1)
        y = ops.sum(ops.sum(weights, 2) * self._centres(height), 1)
        return ops.stack([x, y], -1)

    def _centres(self, cells: int):
        return ((ops.arange(cells, dtype="float32") + 0.5) / cells)[None, :, None]


def build_landmarks(config: ClassifierConfig, weights=None, classes: int = 0) -> keras.Model:
    """A model {image, place} -> {points, visible}.

    image is (B, size, size, 3) RGB in 0..255 and place (B, 8), as of `image_bbox`; points (B, 8, 2) are x, y in lengths
    of the crop, visible (B, 8) the probability that a landmark is seen.

    Args:
        config: the settings; see `heat_maps`.
        weights: first weights of the backbone, see `find_backbone`.
        classes: not used; landmarks are always the eight.
    """
    image, place = keras.Input((config.size, config.size, 3), name="image"), keras.Input((8,), name="place")
    levels = resnet50(image, weights, config.norm_momentum)
    middle, features = levels["4"], levels["5"]
    inside = BoxPooling(name="inside")(features, place[:, 4:])
    geometry = keras.layers.Dense(64, activation="relu", name="geometry")(place)
    evidence = keras.layers.Concatenate()([keras.layers.GlobalAveragePooling2D()(features), inside, geometry])
    visible = keras.layers.Dense(COUNT, activation="sigmoid", dtype="float32", name="visible")(evidence)
    points = _from_maps(middle, features, place) if config.heat_maps else _from_dense(features, place)
    return keras.Model({"image": image, "place": place}, {"points": points, "visible": visible}, name="landmarks")


def _from_maps(middle, features, place):
    """Points of heat maps at stride 8."""
    deep = keras.layers.UpSampling2D(2)(keras.layers.Conv2D(128, 1, name="map_deep")(features))
    both = keras.layers.Add()([deep, keras.layers.Conv2D(128, 1, name="map_middle")(middle)])
    both = BoxMask(name="map_box")(keras.layers.Activation("relu")(both), place[:, 4:])
    both = keras.layers.Conv2D(128, 3, padding="same", activation="relu", name="map_coarse")(both)
    both = keras.layers.UpSampling2D(2, interpolation="bilinear")(both)
    both = keras.layers.Conv2D(64, 3, padding="same", activation="relu", name="map_fine")(both)
    return SoftArgmax(name="points")(keras.layers.Conv2D(COUNT, 1, name="maps")(both))


def _from_dense(features, place):
    """Points of a dense layer that sees every cell of the features."""
    cells = keras.layers.Flatten()(keras.layers.Conv2D(64, 1, activation="relu", name="dense_where")(features))
    hidden = keras.layers.Dense(256, activation="relu", name="dense_hidden")(keras.layers.Concatenate()([cells, place]))
    numbers = keras.layers.Dense(2 * COUNT, dtype="float32", name="dense_points")(hidden)
    return keras.layers.Reshape((COUNT, 2), name="points")(numbers)


@keras.saving.register_keras_serializable("garments")
class PointError(keras.losses.Loss):
    """Mean |dx| + |dy| over the labelled landmarks: truth (B, 8, 3) x, y, visibility; points (B, 8, 2)."""

    def __init__(self, name="point_error", **kwargs):
        super().__init__(name=name, reduction=kwargs.pop("reduction", "none") and "none", **kwargs)

    def call(self, y_true, y_pred):
        """A scalar; 0 when no landmark of the batch is labelled."""
        return _mean_of_labelled(ops.sum(ops.abs(y_true[..., :2] - y_pred), -1), y_true)


@keras.saving.register_keras_serializable("garments")
def distance(y_true, y_pred):
    """(B,) mean distance of the labelled landmarks in lengths of the crop; 0 for a garment without any."""
    labelled = ops.cast(y_true[..., 2] > NOT_LABELLED, "float32")
    far = ops.sqrt(ops.sum(ops.square(y_true[..., :2] - y_pred), -1) + 1e-12)
    return ops.sum(far * labelled, -1) / ops.maximum(ops.sum(labelled, -1), 1.0)


@keras.saving.register_keras_serializable("garments")
class VisibleCrossentropy(keras.losses.Loss):
    """Mean binary cross-entropy of 'seen' over the landmarks that count: truth (B, 8, 2) seen, counts; (B, 8)."""

    def __init__(self, name="visible_crossentropy", **kwargs):
        super().__init__(name=name, reduction=kwargs.pop("reduction", "none") and "none", **kwargs)

    def call(self, y_true, y_pred):
        """A scalar; 0 when none counts."""
        seen, counts = y_true[..., 0], y_true[..., 1]
        p = ops.clip(y_pred, SURE, 1 - SURE)
        loss = -(seen * ops.log(p) + (1 - seen) * ops.log(1 - p))
        return ops.sum(loss * counts) / ops.maximum(ops.sum(counts), 1.0)


def _mean_of_labelled(values, y_true):
    labelled = ops.cast(y_true[..., 2] > NOT_LABELLED, "float32")
    return ops.sum(values * labelled) / ops.maximum(ops.sum(labelled), 1.0)
