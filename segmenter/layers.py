"""Layers for photos of any size: bilinear enlargement, and SegNet's pooling that remembers where the maxima were."""

from typing import Any

import keras
import tensorflow as tf
from keras import KerasTensor, ops


@keras.saving.register_keras_serializable("garments")
class Enlarge(keras.layers.Layer):
    """Bilinear enlargement: (B, h, w, C) -> (B, factor * h, factor * w, C).

    As Keras's UpSampling2D, which does not take sides that are only known as it runs.
    """

    def __init__(self, factor: int, **settings: Any):
        super().__init__(**settings)
        self.factor = factor

    def call(self, x: KerasTensor) -> KerasTensor:
        """The enlarged features."""
        return tf.image.resize(x, self.factor * tf.shape(x)[1:3], "bilinear")

    def compute_output_spec(self, x: KerasTensor) -> KerasTensor:
        """Larger sides where they are known."""
        batch, height, width, channels = x.shape
        return KerasTensor((batch, height and height * self.factor, width and width * self.factor, channels), x.dtype)

    def compute_output_shape(self, shape: tuple) -> tuple:
        """Larger sides where they are known."""
        return self.compute_output_spec(KerasTensor(shape)).shape

    def get_config(self) -> dict:
        """The arguments it was made with."""
        return {**super().get_config(), "factor": self.factor}


@keras.saving.register_keras_serializable("garments")
class PoolWithPlaces(keras.layers.Layer):
    """Max pooling 2 x 2: (B, 2h, 2w, C) -> maxima (B, h, w, C), and which of the four each was, int32 (B, h, w, C)."""

    def call(self, x: KerasTensor) -> tuple[KerasTensor, KerasTensor]:
        """The maxima and their places; of equal values the first counts."""
        _, _, _, channels = x.shape
        height, width = ops.shape(x)[1] // 2, ops.shape(x)[2] // 2
        cells = ops.reshape(x, (-1, height, 2, width, 2, channels))
        cells = ops.reshape(ops.transpose(cells, (0, 1, 3, 2, 4, 5)), (-1, height, width, 4, channels))
        return ops.max(cells, 3), ops.cast(ops.argmax(cells, 3), "int32")

    def compute_output_shape(self, shape: tuple) -> tuple[tuple, tuple]:
        """Half the sides, twice."""
        batch, height, width, channels = shape
        half = (batch, height and height // 2, width and width // 2, channels)
        return half, half

    def compute_output_spec(self, x: KerasTensor) -> tuple[KerasTensor, KerasTensor]:
        """Values and int32."""
        maxima, places = self.compute_output_shape(x.shape)
        return KerasTensor(maxima, x.dtype), KerasTensor(places, "int32")


@keras.saving.register_keras_serializable("garments")
class Unpool(keras.layers.Layer):
    """The inverse: values (B, h, w, C) at their places, zeros elsewhere, (B, 2h, 2w, C)."""

    def call(self, inputs: list[KerasTensor]) -> KerasTensor:
        """Args: inputs: values and places."""
        x, places = inputs
        _, _, _, channels = x.shape
        height, width = ops.shape(x)[1], ops.shape(x)[2]
        at = ops.cast(ops.arange(4)[:, None] == places[..., None, :], x.dtype)
        cells = ops.reshape(at * x[..., None, :], (-1, height, width, 2, 2, channels))
        return ops.reshape(ops.transpose(cells, (0, 1, 3, 2, 4, 5)), (-1, 2 * height, 2 * width, channels))

    def compute_output_shape(self, shapes: list[tuple]) -> tuple:
        """Twice the sides."""
        batch, height, width, channels = shapes[0]
        return batch, height and 2 * height, width and 2 * width, channels

    def compute_output_spec(self, inputs: list[KerasTensor]) -> KerasTensor:
        """Of the values' type."""
        return KerasTensor(self.compute_output_shape([x.shape for x in inputs]), inputs[0].dtype)
