"""The match network: features of a box to a vector, and the squared difference of two vectors to match or not."""

from typing import Any

import keras
import numpy as np
from keras import KerasTensor, ops

from retriever.match.config import MatchConfig


@keras.saving.register_keras_serializable("garments")
class PairLogits(keras.layers.Layer):
    """(B, D) vectors -> (B, B) logits that two garments match: a linear layer on their squared difference.

    The softmax of two classes, as published, depends on the difference of their logits alone, which this is.
    """

    def build(self, shape: tuple) -> None:
        """The weights begin as a plain distance: the further, the less alike."""
        self.weights_of = self.add_weight(
            (shape[-1],), keras.initializers.Constant(-1 / np.sqrt(shape[-1])), name="weights"
        )
        self.bias = self.add_weight((), "zeros", name="bias")

    def call(self, vectors: KerasTensor) -> KerasTensor:
        """All pairs, by w (a - b)^2 = w a^2 + w b^2 - 2 w a b."""
        weighted = vectors * self.weights_of
        own = ops.sum(weighted * vectors, -1)
        return own[:, None] + own[None] - 2 * ops.matmul(weighted, ops.transpose(vectors)) + self.bias


@keras.saving.register_keras_serializable("garments")
class PairLoss(keras.losses.Loss):
    """Cross-entropy of all pairs of a batch; those of one item have a fixed share, as if pairs were drawn by it.

    The truth is (B, 1), the number of the item; the prediction (B, B) logits. The loss of a batch is the same for each
    of its B entries.
    """

    def __init__(self, positives: float, name: str = "pairs", **kwargs: Any):
        super().__init__(name=name, **kwargs)
        self.positives = positives

    def call(self, y_true: KerasTensor, y_pred: KerasTensor) -> KerasTensor:
        """(B,) losses, all equal."""
        same = ops.cast(y_true[:, :1] == ops.transpose(y_true[:, :1]), "float32")
        others = 1 - ops.eye(ops.shape(y_true)[0], dtype="float32")
        matching = _mean(ops.softplus(-y_pred), same * others)
        different = _mean(ops.softplus(y_pred), 1 - same)
        loss = self.positives * matching + (1 - self.positives) * different
        return loss * ops.ones_like(y_pred[:, 0])

    def get_config(self) -> dict:
        """The arguments it was made with."""
        return {**super().get_config(), "positives": self.positives}


def _mean(values: KerasTensor, chosen: KerasTensor) -> KerasTensor:
    return ops.sum(values * chosen) / ops.maximum(ops.sum(chosen), 1.0)


def build_match(config: MatchConfig, features: int) -> keras.Model:
    """A model of (B, side, side, features) that gives (B, B) logits of pairs; see `vectors_of`."""
    x = rois = keras.Input((config.side, config.side, features), name="rois")
    for number in range(config.convolutions):
        x = _convolution(config.channels, f"convolution_{number}")(x)
    x = _convolution(config.last, "last", strides=2)(x)
    x = keras.layers.GlobalAveragePooling2D(name="mean")(x)
    x = keras.layers.Dense(config.numbers, name="embedding")(x)
    return keras.Model(rois, PairLogits(name="pairs")(x), name="match")


def _convolution(filters: int, name: str, strides: int = 1) -> keras.layers.Conv2D:
    settings = dict(padding="same", activation="relu", kernel_initializer="he_normal")
    return keras.layers.Conv2D(filters, 3, strides, name=name, **settings)


def vectors_of(model: keras.Model) -> keras.Model:
    """The part of a model of `build_match` that gives (B, numbers) vectors."""
    return keras.Model(model.input, model.get_layer("embedding").output)


def weights_of(model: keras.Model) -> tuple[np.ndarray, float]:
    """(numbers,) weights and the bias of the layer that compares two vectors."""
    pairs = model.get_layer("pairs")
    return np.asarray(pairs.weights_of), float(pairs.bias.numpy())
