"""Metric-learning losses over a batch of embeddings of unit length.

The truth is (B, 2): the number of the garment, and of the item it is of. Each `call` gives (B,) losses.
"""

from typing import Any

import keras
from keras import KerasTensor, ops

FAR = 1e9  # taken off the logits of what is not compared


@keras.saving.register_keras_serializable("garments")
class Contrastive(keras.losses.Loss):
    """-log of the softmax over similarities to all others, mean over the positives of each, by their weight.

    Two views of one garment weigh 1, two photos of one item `item_weight`; the latter are not negatives either.
    Khosla et al.: Supervised Contrastive Learning, NeurIPS 2020, equation 2.
    """

    def __init__(self, temperature: float, item_weight: float = 1.0, name: str = "contrastive", **kwargs: Any):
        super().__init__(name=name, **kwargs)
        self.temperature, self.item_weight = temperature, item_weight

    def call(self, y_true: KerasTensor, y_pred: KerasTensor) -> KerasTensor:
        """(B,) losses; 0 without a positive."""
        logits = ops.matmul(y_pred, ops.transpose(y_pred)) / self.temperature
        itself = ops.eye(ops.shape(y_true)[0], dtype="float32")
        garment, item = _same(y_true[:, 0]), _same(y_true[:, 1])
        weights = (garment + self.item_weight * (item - garment)) * (1 - itself)
        known = itself + (0.0 if self.item_weight else 1.0) * (item - garment)
        log_p = ops.log_softmax(logits - FAR * known, -1)
        return -ops.divide_no_nan(ops.sum(weights * ops.where(known > 0, 0.0, log_p), -1), ops.sum(weights, -1))

    def get_config(self) -> dict:
        """The arguments it was made with."""
        return {**super().get_config(), "temperature": self.temperature, "item_weight": self.item_weight}


@keras.saving.register_keras_serializable("garments")
class Triplet(keras.losses.Loss):
    """Hinge of the distance to the furthest positive over that to the nearest negative of the batch.

    Hermans, Beyer, Leibe: In Defense of the Triplet Loss for Person Re-Identification, 2017 (batch hard).
    """

    def __init__(self, margin: float, name: str = "triplet", **kwargs: Any):
        super().__init__(name=name, **kwargs)
        self.margin = margin

    def call(self, y_true: KerasTensor, y_pred: KerasTensor) -> KerasTensor:
        """(B,) losses."""
        squared = 2 - 2 * ops.matmul(y_pred, ops.transpose(y_pred))
        distance = ops.sqrt(ops.maximum(squared, 1e-12))
        same = _same(y_true[:, 1])
        nearest = ops.min(distance + FAR * same, -1)
        furthest = ops.max(distance * same, -1)
        return ops.maximum(furthest - nearest + self.margin, 0)

    def get_config(self) -> dict:
        """The arguments it was made with."""
        return {**super().get_config(), "margin": self.margin}


@keras.saving.register_keras_serializable("garments")
class ProxyAnchor(keras.losses.Loss):
    """Proxies as anchors, one an item: its own garments are pulled, all others pushed, the hardest most.

    Kim et al.: Proxy Anchor Loss for Deep Metric Learning, CVPR 2020, equation 4. The prediction is (B, items), the
    similarities to the proxies, as `retriever.model.Proxies` gives them; the loss of a batch is the same for each of
    its B entries.
    """

    def __init__(self, margin: float, scale: float = 32.0, name: str = "proxy_anchor", **kwargs: Any):
        super().__init__(name=name, **kwargs)
        self.margin, self.scale = margin, scale

    def call(self, y_true: KerasTensor, y_pred: KerasTensor) -> KerasTensor:
        """(B,) losses, all equal."""
        own = ops.one_hot(y_true[:, 1], y_pred.shape[-1], dtype="float32")
        pull = _log_one_plus(-self.scale * (y_pred - self.margin), own)
        push = _log_one_plus(self.scale * (y_pred + self.margin), 1 - own)
        present = ops.cast(ops.max(own, 0) > 0, "float32")
        loss = ops.sum(pull * present) / ops.maximum(ops.sum(present), 1.0) + ops.mean(push)
        return loss * ops.ones_like(y_pred[:, 0])

    def get_config(self) -> dict:
        """The arguments it was made with."""
        return {**super().get_config(), "margin": self.margin, "scale": self.scale}


def _same(numbers: KerasTensor) -> KerasTensor:
    """(B, B) float32: 1 where two numbers are equal."""
    return ops.cast(numbers[:, None] == numbers[None], "float32")


def _log_one_plus(exponents: KerasTensor, chosen: KerasTensor) -> KerasTensor:
    """(items,) log(1 + the sum over the chosen of the batch of exp(exponents))."""
    masked = ops.where(chosen > 0, exponents, -FAR)
    return ops.logsumexp(ops.concatenate([ops.zeros_like(masked[:1]), masked], 0), 0)
