"""Losses of pixels of which some are unknown: those of Keras, with an ignore label, and sums of them.

Each takes the true classes (B, h, w) and logits (B, h, w, K), and gives (B,) losses. A photo without a known pixel has
loss 0.
"""

from typing import Any

import keras
from keras import KerasTensor, ops

from segmenter.classes import UNKNOWN
from segmenter.names import parse_loss

FOCUS = 2.0  # gamma of Lin et al.: Focal Loss for Dense Object Detection, ICCV 2017
MISSED = 0.7  # Salehi et al.: Tversky loss, MLMI 2017, beta: recall before precision


@keras.saving.register_keras_serializable("garments")
class PixelLoss(keras.losses.Loss):
    """A sum of losses by name, see `segmenter.names`.

    'ce' is the mean cross-entropy over known pixels, 'weighted-ce' the mean by the weight of each pixel's true class
    (Eigen, Fergus, ICCV 2015, section 4; Cui et al., CVPR 2019), 'focal' Keras's categorical focal cross-entropy.
    'dice' and 'tversky' are Keras's, of each class that occurs in a photo, over its known pixels (Milletari et al.:
    V-Net, 3DV 2016).
    """

    def __init__(self, loss: str, weights: list[float], name: str = "pixel_loss", **kwargs: Any):
        """Args: loss: the names; weights: K, of 'weighted-ce'."""
        super().__init__(name=name, **kwargs)
        self.loss, self.weights, self.terms = loss, weights, parse_loss(loss)

    def call(self, y_true: KerasTensor, y_pred: KerasTensor) -> KerasTensor:
        """(B,) losses."""
        known = ops.cast(ops.not_equal(y_true, UNKNOWN), "float32")
        classes = ops.where(known > 0, ops.cast(y_true, "int32"), 0)
        given = _Given(classes, known, y_pred, self.weights)
        return sum(weight * LOSSES[name](given) for weight, name in self.terms)

    def get_config(self) -> dict:
        """The arguments it was made with."""
        return {**super().get_config(), "loss": self.loss, "weights": self.weights}


class _Given:
    """Classes (B, h, w), which pixels are known, logits, and the K weights of classes."""

    def __init__(self, classes: KerasTensor, known: KerasTensor, logits: KerasTensor, weights: list[float]):
        self.classes, self.known, self.logits, self.weights = classes, known, logits, weights

    def one_hot(self) -> KerasTensor:
        """(B, h, w, K), zeros where unknown."""
        return ops.one_hot(self.classes, len(self.weights)) * self.known[..., None]

    def probabilities(self) -> KerasTensor:
        """(B, h, w, K), zeros where unknown."""
        return ops.softmax(self.logits) * self.known[..., None]


def _crossentropy(given: _Given) -> KerasTensor:
    return _mean(_pixels(given), given.known)


def _weighted(given: _Given) -> KerasTensor:
    return _mean(_pixels(given), given.known * ops.take(ops.convert_to_tensor(given.weights), given.classes))


def _pixels(given: _Given) -> KerasTensor:
    return keras.losses.sparse_categorical_crossentropy(given.classes, given.logits, from_logits=True)


def _focal(given: _Given) -> KerasTensor:
    one_hot = ops.one_hot(given.classes, len(given.weights))
    pixels = keras.losses.categorical_focal_crossentropy(
        one_hot, given.logits, alpha=1.0, gamma=FOCUS, from_logits=True
    )
    return _mean(pixels, given.known)


def _dice(given: _Given) -> KerasTensor:
    one_hot = given.one_hot()
    return _of_occurring(keras.losses.dice(one_hot, given.probabilities(), axis=(1, 2)), one_hot)


def _tversky(given: _Given) -> KerasTensor:
    one_hot = given.one_hot()
    # Keras's alpha weighs what is true and not predicted, beta what is predicted and not true
    loss = keras.losses.tversky(one_hot, given.probabilities(), alpha=MISSED, beta=1 - MISSED, axis=(1, 2))
    return _of_occurring(loss, one_hot)


LOSSES = {"ce": _crossentropy, "weighted-ce": _weighted, "focal": _focal, "dice": _dice, "tversky": _tversky}


def _of_occurring(losses: KerasTensor, one_hot: KerasTensor) -> KerasTensor:
    """(B,) the mean of (B, K) losses over the classes that occur in each photo."""
    occurs = ops.cast(ops.any(one_hot > 0, (1, 2)), "float32")
    return ops.divide_no_nan(ops.sum(losses * occurs, -1), ops.sum(occurs, -1))


def _mean(pixels: KerasTensor, weights: KerasTensor) -> KerasTensor:
    """(B,) the mean of (B, h, w) losses by weights."""
    return ops.divide_no_nan(ops.sum(pixels * weights, (1, 2)), ops.sum(weights, (1, 2)))
