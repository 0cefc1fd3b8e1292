"""What the networks are made of. Layers of the decoder are named 'head_...', so that the optimizer can tell them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

HEAD = "head_"


def convolution(
    x: "keras.KerasTensor", channels: int, name: str, momentum: float, kernel: int = 3, rate: int = 1
) -> "keras.KerasTensor":
    """Convolution, batch normalisation and ReLU: (B, h, w, channels).

    Args:
        x: (B, h, w, C).
        channels: of the result.
        name: of the layers, after 'head_'.
        momentum: of the batch normalisation.
        kernel: size of the kernel.
        rate: of dilation.
    """
    from keras import layers

    x = layers.Conv2D(
        channels, kernel, padding="same", use_bias=False, dilation_rate=rate, kernel_initializer="he_normal",
        name=HEAD + name,
    )(x)  # fmt: skip
    x = layers.BatchNormalization(momentum=momentum, name=f"{HEAD}{name}_norm")(x)
    return layers.ReLU(name=f"{HEAD}{name}_relu")(x)


def upsampled(x: "keras.KerasTensor", factor: int, name: str) -> "keras.KerasTensor":
    """(B, factor * h, factor * w, C), bilinear."""
    from segmenter.layers import Enlarge

    return Enlarge(factor, name=HEAD + name)(x)


def scores(x: "keras.KerasTensor", classes: int, dropout: float, name: str = "scores") -> "keras.KerasTensor":
    """The logits of each cell, (B, h, w, classes), after dropout."""
    from keras import layers

    x = layers.SpatialDropout2D(dropout, name=f"{HEAD}{name}_dropout")(x)
    return layers.Conv2D(classes, 1, name=HEAD + name)(x)
