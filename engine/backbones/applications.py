"""A network of keras.applications as a model of feature levels."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.backbones.weights import wants_imagenet

if TYPE_CHECKING:
    import keras

UNREACHABLE = (
    "URL fetch failure",
    "Incomplete or corrupted file",
)  # how Keras's messages begin; it has no error type for them


def feature_levels(
    build: Callable,
    name: str,
    levels: dict[str, str],
    image: "keras.KerasTensor",
    weights: str | None,
    momentum: float,
) -> "keras.Model":
    """A Keras model of preprocessed images to {level: features}.

    Args:
        build: a builder of keras.applications.
        name: of the model.
        levels: {level: the layer that outputs it}.
        image: Keras tensor (B, H, W, 3), which sets the input size.
        weights: 'imagenet' (fetched by Keras, once), or None for random ones.
        momentum: of the batch normalisations.

    Raises:
        ConnectionError: the weights are not on this machine and cannot be fetched.
    """
    import keras

    network = _build(build, name, weights, (*image.shape[1:3], 3))
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = momentum
    outputs = {level: network.get_layer(layer).output for level, layer in levels.items()}
    return keras.Model(network.input, outputs, name=name)


def _build(build: Callable, name: str, weights: str | None, shape: tuple) -> "keras.Model":
    try:
        return build(include_top=False, weights="imagenet" if wants_imagenet(weights) else None, input_shape=shape)
    except Exception as error:
        if not isinstance(error, OSError) and not str(error).startswith(UNREACHABLE):
            raise
        raise ConnectionError(
            f"ImageNet weights of {name} cannot be fetched: {error}; "
            "copy that file into ~/.keras/models ($KERAS_HOME/models where that is set), or start from other weights"
        ) from error
