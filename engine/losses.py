"""Losses and metrics for truths that allow one category or several."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("garments")
class PartialCrossentropy(keras.losses.Loss):
    """-log of the probability of all allowed categories together, with label smoothing.

    With one allowed category it is the categorical cross-entropy. Jin, Ghahramani: Learning with Multiple Labels,
    NIPS 2002. y_true (B, K) holds 1 for allowed categories, y_pred (B, K) probabilities.

    With `prior`, K weights, it is logit-adjusted: the network learns what speaks for a category beyond how frequent it
    is. Menon et al.: Long-tail learning via logit adjustment, ICLR 2021; the weights are frequencies ** tau.
    """

    def __init__(self, label_smoothing=0.0, prior=None, name="partial_crossentropy", **kwargs):
        super().__init__(name=name, **kwargs)
        self.label_smoothing, self.prior = label_smoothing, prior

    def call(self, y_true, y_pred):
        """(B,) losses."""
        if self.prior is not None:
            y_pred = y_pred * ops.cast(self.prior, y_pred.dtype)
            y_pred = y_pred / ops.maximum(ops.sum(y_pred, -1, keepdims=True), 1e-30)
        y_pred = ops.clip(y_pred, 1e-7, 1.0)
        allowed = -ops.log(ops.clip(ops.sum(ops.cast(y_true, y_pred.dtype) * y_pred, -1), 1e-7, 1.0))
        return (1 - self.label_smoothing) * allowed - self.label_smoothing * ops.mean(ops.log(y_pred), -1)

    def get_config(self):
        """The arguments it was made with."""
        return {**super().get_config(), "label_smoothing": self.label_smoothing, "prior": self.prior}


@keras.saving.register_keras_serializable("garments")
def top1(y_true, y_pred):
    """(B,) 1 where the most probable category is an allowed one."""
    best = ops.argmax(y_pred, -1)
    return ops.take_along_axis(ops.cast(y_true, "float32"), best[:, None], -1)[:, 0]
