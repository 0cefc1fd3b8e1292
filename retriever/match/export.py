"""Export of a trained Match R-CNN; python -m retriever.export calls it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.match.config import DETECTOR, NAME
from retriever.match.features import RoiFeatures

if TYPE_CHECKING:
    import tensorflow as tf


def export(run: Path, out: Path) -> None:
    """Write the best epoch of a training run as a SavedModel, with the part of its detector that it needs.

    It takes images, sizes, boxes and owners, as `retriever.match.features.network_inputs` gives them, and gives
    `embedding`, (N, numbers) float32. The weights and the bias by which two of them are compared are in config.json.

    Args:
        run: the folder of the run.
        out: the folder to write.

    Raises:
        FileNotFoundError: the run has no best epoch yet.
    """
    import keras

    from engine.backbones import named_weights
    from engine.export import best_epoch, freeze
    from retriever.match.model import vectors_of, weights_of

    model = keras.saving.load_model(best_epoch(run), compile=False, safe_mode=True)
    vectors, (weights, bias) = vectors_of(model), weights_of(model)
    settings = json.loads((run / "config.json").read_text(encoding="utf-8"))
    features = RoiFeatures(run / DETECTOR, settings["side"])

    def embed(images: "tf.Tensor", sizes: "tf.Tensor", boxes: "tf.Tensor", owners: "tf.Tensor") -> dict:
        return {"embedding": vectors(features(images, sizes, boxes, owners), training=False)}

    shown = dict(name=NAME, numbers=vectors.output_shape[-1], input_size=features.input_size)
    compared = dict(weights=weights.tolist(), bias=bias, detector=settings["detector"])
    variables = {name: weight.value for name, weight in named_weights(vectors, False).items()}
    freeze(embed, features.signature, out, {**shown, **compared}, variables)
