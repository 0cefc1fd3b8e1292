"""Losses and metrics: for categories of which several may be correct, landmarks and pixels of which some are unknown.

Each `call` gives (B,) losses, which Keras weighs and reduces like its own. A sample without labels has loss 0; give it
sample weight 0 and use `reduction="mean_with_sample_weight"`, so that it does not dilute the mean.
"""

from typing import Any

import keras
from keras import KerasTensor, ops

from engine.crops import UNKNOWN
from garments.landmarks import NOT_LABELLED

MIN_PROBABILITY = 1 / 128  # in the loss; bfloat16, which TensorFlow may choose, rounds 1 less a smaller one to 1


@keras.saving.register_keras_serializable("garments")
class PartialCrossentropy(keras.losses.Loss):
    """-log of the probability of all allowed categories together, with label smoothing.

    With one allowed category it is the categorical cross-entropy. Jin, Ghahramani: Learning with Multiple Labels,
    NIPS 2002. y_true (B, K) holds 1 for allowed categories, y_pred (B, K) probabilities.

    With `prior`, K weights, it is logit-adjusted: the network learns the evidence for a category apart from its
    frequency. Menon et al.: Long-tail learning via logit adjustment, ICLR 2021; the weights are frequencies ** tau.
    """

    def __init__(
        self,
        label_smoothing: float = 0.0,
        prior: list[float] | None = None,
        name: str = "partial_crossentropy",
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        self.label_smoothing, self.prior = label_smoothing, prior

    def call(self, y_true: KerasTensor, y_pred: KerasTensor) -> KerasTensor:
        """(B,) losses."""
        if self.prior is not None:
            y_pred = y_pred * ops.cast(self.prior, y_pred.dtype)
            y_pred = y_pred / ops.maximum(ops.sum(y_pred, -1, keepdims=True), 1e-30)
        y_pred = ops.clip(y_pred, 1e-7, 1.0)
        allowed = -ops.log(ops.clip(ops.sum(ops.cast(y_true, y_pred.dtype) * y_pred, -1), 1e-7, 1.0))
        return (1 - self.label_smoothing) * allowed - self.label_smoothing * ops.mean(ops.log(y_pred), -1)

    def get_config(self) -> dict:
        """The arguments it was made with."""
        return {**super().get_config(), "label_smoothing": self.label_smoothing, "prior": self.prior}


@keras.saving.register_keras_serializable("garments")
def top1(y_true: KerasTensor, y_pred: KerasTensor) -> KerasTensor:
    """(B,) 1 where the most probable category is allowed."""
    best = ops.argmax(y_pred, -1)
    return ops.take_along_axis(ops.cast(y_true, "float32"), best[:, None], -1)[:, 0]


@keras.saving.register_keras_serializable("garments")
class PointError(keras.losses.Loss):
    """Mean |dx| + |dy| over the labelled landmarks: truth (B, L, 3) x, y, visibility; points (B, L, 2)."""

    def __init__(self, name: str = "point_error", **kwargs: Any):
        super().__init__(name=name, **kwargs)

    def call(self, y_true: KerasTensor, y_pred: KerasTensor) -> KerasTensor:
        """(B,) losses; 0 where no landmark is labelled."""
        return _mean_where(_labelled(y_true), ops.sum(ops.abs(y_true[..., :2] - y_pred), -1))


@keras.saving.register_keras_serializable("garments")
class VisibleCrossentropy(keras.losses.Loss):
    """Mean binary cross-entropy of 'visible' over landmarks by their weight.

    The truth is (B, L, 2): 1 for a visible landmark, and its weight; the probabilities are (B, L).
    """

    def __init__(self, name: str = "visible_crossentropy", **kwargs: Any):
        super().__init__(name=name, **kwargs)

    def call(self, y_true: KerasTensor, y_pred: KerasTensor) -> KerasTensor:
        """(B,) losses; 0 where all weights are 0."""
        visible, weights = y_true[..., 0], y_true[..., 1]
        p = ops.clip(y_pred, MIN_PROBABILITY, 1 - MIN_PROBABILITY)
        return _mean_where(weights, -(visible * ops.log(p) + (1 - visible) * ops.log(1 - p)))


@keras.saving.register_keras_serializable("garments")
class PixelCrossentropy(keras.losses.Loss):
    """Mean cross-entropy over the pixels whose label is known: (B, h, w) labels, (B, h, w, C) logits."""

    def __init__(self, name: str = "pixel_crossentropy", **kwargs: Any):
        super().__init__(name=name, **kwargs)

    def call(self, y_true: KerasTensor, y_pred: KerasTensor) -> KerasTensor:
        """(B,) losses; 0 where no pixel is known."""
        known = ops.cast(y_true < UNKNOWN, "float32")
        loss = ops.sparse_categorical_crossentropy(ops.cast(y_true * known, "int32"), y_pred, from_logits=True)
        return _mean_where(known, loss)


@keras.saving.register_keras_serializable("garments")
def distance(y_true: KerasTensor, y_pred: KerasTensor) -> KerasTensor:
    """(B,) mean distance of the labelled landmarks in lengths of the crop; 0 for a garment without any."""
    far = ops.sqrt(ops.sum(ops.square(y_true[..., :2] - y_pred), -1) + 1e-12)
    return _mean_where(_labelled(y_true), far)


def _labelled(y_true: KerasTensor) -> KerasTensor:
    return ops.cast(y_true[..., 2] > NOT_LABELLED, "float32")


def _mean_where(weights: KerasTensor, values: KerasTensor) -> KerasTensor:
    """(B,) the weighted mean over all other axes; 0 where all weights are 0."""
    axes = tuple(range(1, len(values.shape)))
    return ops.divide_no_nan(ops.sum(values * weights, axes), ops.sum(weights, axes))
