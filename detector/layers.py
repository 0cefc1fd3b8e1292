"""Layers that replace those of the Model Garden in its Faster R-CNN (tf_keras)."""

from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras
from official.vision.configs.maskrcnn import MaskRCNNTask
from official.vision.modeling.layers.detection_generator import DetectionGenerator
from official.vision.modeling.layers.roi_aligner import MultilevelROIAligner
from official.vision.ops import box_ops

from detector.classes import PART_INDEX
from garments.vocabulary import PARTS

VOTE_IOU = 0.7  # boxes that overlap a kept box by this much vote on its position; tuned on held-out photos


def adapt(model: tf_keras.Model, config: MaskRCNNTask) -> tf_keras.Model:
    """Replace layers of a model, before its first call, by those of this file that its GarmentTaskConfig asks for."""
    if config.model.num_classes > 1 + len(PARTS):
        model.detection_generator = PartGenerator.from_config(model.detection_generator.get_config())
    if config.context:
        model.roi_aligner = ContextAligner(config.context)
    if config.mask_level and config.model.include_mask:
        model.mask_roi_aligner = OneLevelAligner(config.mask_level, **model.mask_roi_aligner.get_config())
    return model


class PartGenerator(DetectionGenerator):
    """The library's detection generator, on the sums of the classes of each part, with box voting.

    A kept box becomes the mean of those that overlap it by VOTE_IOU or more, weighted by overlap and score.
    Gidaris, Komodakis: Object detection via a multi-region and semantic segmentation-aware CNN model, 2015.
    """

    def __call__(
        self,
        raw_boxes: tf.Tensor,
        raw_scores: tf.Tensor,
        rois: tf.Tensor,
        image_shape: tf.Tensor,
        weights: list[float] | None = None,
        **kwargs: Any,
    ) -> dict[str, tf.Tensor]:
        """As in the library, for class-agnostic boxes."""
        raw_scores = tf.cast(raw_scores, tf.float32)
        of_part = [tf.gather(raw_scores, 1 + np.flatnonzero(part == PART_INDEX), axis=-1) for part in range(len(PARTS))]
        merged = tf.stack([raw_scores[..., 0], *(tf.reduce_logsumexp(scores, -1) for scores in of_part)], -1)
        found = super().__call__(raw_boxes, merged, rois, image_shape, weights, **kwargs)
        boxes = box_ops.decode_boxes(raw_boxes, rois, weights)
        boxes = box_ops.clip_boxes(boxes, image_shape[:, None])
        scores = tf.transpose(tf.nn.softmax(merged), [0, 2, 1])
        return {**found, "detection_boxes": voted(found["detection_boxes"], found["detection_classes"], boxes, scores)}


def voted(kept: tf.Tensor, classes: tf.Tensor, boxes: tf.Tensor, scores: tf.Tensor) -> tf.Tensor:
    """(B, N, 4) weighted mean of the boxes that overlap each kept box; zeros stay zeros.

    Args:
        kept: (B, N, 4) boxes yxyx, some of `boxes` or zeros.
        classes: (B, N) of the kept boxes.
        boxes: (B, K, 4) all boxes.
        scores: (B, C, K) of all boxes.
    """
    overlap = box_ops.bbox_overlap(kept, boxes)
    votes = tf.where(overlap >= VOTE_IOU, overlap * tf.gather(scores, classes, batch_dims=1), 0.0)
    return tf.math.divide_no_nan(votes @ boxes, tf.reduce_sum(votes, -1, keepdims=True))


class ContextAligner(MultilevelROIAligner):
    """The library's aligner, on each box and, coarser, on a ring of context around it, as for a skirt or a dress."""

    SIDE = 5  # cells of a box with its context; only the outermost are kept

    def __init__(self, context: float):
        super().__init__()
        self.context, self.around = context, MultilevelROIAligner(crop_size=self.SIDE)
        self.ring = np.flatnonzero(np.pad(np.zeros((self.SIDE - 2, self.SIDE - 2)), 1, constant_values=1))

    def call(self, features: dict[str, tf.Tensor], boxes: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        """(B, N, 4) boxes yxyx in pixels to (B, N, 1, 49 + 16, C): cells of the box, then of the ring around it."""
        low, high = tf.split(boxes, 2, axis=-1)
        margin = (high - low) * (self.context - 1) / 2
        aligned = [super().call(features, boxes), self.around(features, tf.concat([low - margin, high + margin], -1))]
        count, channels = boxes.shape[1], aligned[0].shape[-1]
        inside, around = (tf.reshape(cells, [-1, count, 1, np.prod(cells.shape[2:4]), channels]) for cells in aligned)
        return tf.concat([inside, tf.gather(around, self.ring, axis=3)], 3)


class OneLevelAligner(MultilevelROIAligner):
    """The library's aligner, with all boxes from one level, whose detail large boxes keep."""

    def __init__(self, level: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.level = str(level)

    def call(self, features: dict[str, tf.Tensor], boxes: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        """(B, N, 4) boxes yxyx in pixels to (B, N, S, S, C)."""
        return super().call({self.level: features[self.level]}, boxes)
