"""A backbone of five convolutions, which trains in seconds: for tests of what stands around a backbone."""

from typing import Any


def shallow(image: Any, weights: str | None = None, norm_momentum: float = 0.99) -> Any:
    """As a backbone of `engine.backbones`, a convolution a level."""
    import keras

    inside = keras.Input((None, None, 3))
    x = keras.layers.Rescaling(1 / 64, -2)(inside)
    x, levels = keras.layers.Conv2D(16, 3, 2, "same", activation="relu")(x), {}
    for level, width in zip("2345", (24, 32, 48, 64), strict=True):
        x = levels[level] = keras.layers.Conv2D(width, 3, 2, "same", activation="relu")(x)
    return keras.Model(inside, levels)(image)
