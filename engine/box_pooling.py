"""Pooling of features inside the box of a garment."""

import keras
from keras import KerasTensor, ops


@keras.saving.register_keras_serializable("garments")
class BoxPooling(keras.layers.Layer):
    """Mean of a feature map inside a box: ((B, h, w, C), (B, 4) xyxy in 0..1) -> (B, C)."""

    def call(self, features: KerasTensor, boxes: KerasTensor) -> KerasTensor:
        """Cells are weighted by their share inside the box; a box outside of the map gives zeros."""
        cover = ops.cast(box_cover(boxes, *features.shape[1:3]), features.dtype)
        total = ops.maximum(ops.sum(cover, axis=(1, 2)), 1e-3)
        return ops.sum(features * cover[..., None], axis=(1, 2)) / total[:, None]


def box_cover(boxes: KerasTensor, height: int, width: int) -> KerasTensor:
    """(B, height, width) the share of each cell of a map that lies in the box; boxes are (B, 4) xyxy in 0..1."""
    across = _cover(boxes[:, 0], boxes[:, 2], width)
    down = _cover(boxes[:, 1], boxes[:, 3], height)
    return down[:, :, None] * across[:, None, :]


def _cover(low: KerasTensor, high: KerasTensor, cells: int) -> KerasTensor:
    """(B, cells): the share of each cell of 0..1 that lies between low and high."""
    edges = ops.arange(cells, dtype="float32")[None]
    low, high = low[:, None] * cells, high[:, None] * cells
    return ops.clip(ops.minimum(edges + 1, high) - ops.maximum(edges, low), 0, 1)
