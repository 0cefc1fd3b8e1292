"""The embedder: a backbone, its features inside the garment's box at several levels, and a linear layer to unit length.

Category comes from the deep features, colour and cloth from the mean and the spread of the shallow ones.
"""

from pathlib import Path
from typing import Any

import keras
from keras import KerasTensor, ops

from engine.backbones import find_backbone, take_weights
from engine.box_pooling import BoxPooling
from retriever.config import EmbedderConfig
from retriever.losses import Contrastive, ProxyAnchor, Triplet

SPREAD = ("2", "3", "4")  # levels whose spread inside the box is used besides the mean


@keras.saving.register_keras_serializable("garments")
class UnitLength(keras.layers.Layer):
    """(B, D) vectors, scaled to length 1."""

    def call(self, x: KerasTensor) -> KerasTensor:
        """In float32."""
        x = ops.cast(x, "float32")
        return x / ops.sqrt(ops.maximum(ops.sum(ops.square(x), -1, keepdims=True), 1e-12))


@keras.saving.register_keras_serializable("garments")
class Root(keras.layers.Layer):
    """(B, C) the spread of features from the mean of their squares and their mean."""

    def call(self, of_squares: KerasTensor, mean: KerasTensor) -> KerasTensor:
        """Never below 0.001."""
        return ops.sqrt(ops.maximum(of_squares - ops.square(mean), 1e-6))


@keras.saving.register_keras_serializable("garments")
class Proxies(keras.layers.Layer):
    """(B, D) embeddings -> (B, items) their similarities to one learned proxy an item."""

    def __init__(self, items: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.items = items

    def build(self, shape: tuple) -> None:
        """The proxies."""
        self.proxies = self.add_weight((shape[-1], self.items), "he_normal", name="proxies")

    def call(self, embeddings: KerasTensor) -> KerasTensor:
        """Cosines."""
        return ops.matmul(embeddings, ops.normalize(self.proxies, axis=0))

    def get_config(self) -> dict:
        """The arguments it was made with."""
        return {**super().get_config(), "items": self.items}


def build_embedder(config: EmbedderConfig, init: str | None, items: int = 0) -> keras.Model:
    """A model {image: (B, size, size, 3) RGB in 0..255, place: (B, 8)} -> (B, numbers) of unit length.

    Args:
        config: the settings.
        init: initial weights: 'imagenet', the .keras file or the exported folder of an embedder or a classifier of the
            same backbone; None for random ones.
        items: number of items, for the proxies of proxy-anchor; its output is then that of `Proxies`.
    """
    image, place = keras.Input((config.size, config.size, 3), name="image"), keras.Input((8,), name="place")
    levels = find_backbone(config.backbone)(image, "imagenet" if init == "imagenet" else None)
    box = place[:, 4:]
    evidence = [BoxPooling(name="inside_top")(levels.get("top", levels["5"]), box)]
    for level in SPREAD:
        mean = BoxPooling(name=f"inside_{level}")(levels[level], box)
        squares = BoxPooling(name=f"squares_{level}")(keras.layers.Multiply()([levels[level]] * 2), box)
        evidence += [mean, Root(name=f"spread_{level}")(squares, mean)]
    parts = [keras.layers.LayerNormalization(name=f"scaled_{n}")(part) for n, part in enumerate(evidence)]
    x = keras.layers.Dense(config.numbers, name="projection")(keras.layers.Concatenate(name="evidence")(parts))
    output = UnitLength(name="embedding")(x)
    if config.loss == "proxy-anchor" and items:
        output = Proxies(items, name="proxies")(output)
    model = keras.Model({"image": image, "place": place}, output, name="embedder")
    if init and init != "imagenet":
        take_weights(model, Path(init))
    freeze(model, config)
    return model


def freeze(model: keras.Model, config: EmbedderConfig) -> None:
    """Keep the statistics of all batch normalisations of the backbone, and its layers up to the level of the settings.

    Views before made-up grounds would spoil the statistics of photos.
    """
    backbone = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    if config.frozen:
        last = backbone.output[config.frozen]._keras_history.operation
        for layer in backbone.layers[: backbone.layers.index(last) + 1]:
            layer.trainable = False


def embeddings_of(model: keras.Model) -> keras.Model:
    """The part of a model of `build_embedder` that gives embeddings."""
    return keras.Model(model.input, model.get_layer("embedding").output)


def loss_of(config: EmbedderConfig) -> keras.losses.Loss:
    """The loss that the settings name."""
    return {
        "contrastive": Contrastive(config.temperature, config.item_weight),
        "proxy-anchor": ProxyAnchor(config.margin),
        "triplet": Triplet(config.margin),
    }[config.loss]
