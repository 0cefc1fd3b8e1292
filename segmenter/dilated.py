"""A backbone whose last level keeps the stride of the one before: strides become dilations."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def dilated(image: "keras.KerasTensor", levels: dict[str, "keras.KerasTensor"]) -> dict[str, "keras.KerasTensor"]:
    """The levels of a backbone with '5' at stride 16, by the same weights.

    Beyond level 4 convolutions of stride 2 have stride 1, and larger kernels are dilated by 2: Chen et al.: Rethinking
    Atrous Convolution, 2017, section 3.1.

    Args:
        image: the input.
        levels: of `engine.backbones.find_backbone` for it.
    """
    import keras

    outer = keras.Model(image, {level: levels[level] for level in ("2", "3", "4", "5")})
    position, network = next((n, layer) for n, layer in enumerate(outer.layers) if isinstance(layer, keras.Model))
    names = [layer.name for layer in network.layers]
    beyond = set(names[names.index(_layer_of(network.output["4"])) + 1 :])

    def changed(layer: "keras.Layer") -> "keras.Layer":
        settings = layer.get_config()
        if layer.name in beyond and "strides" in settings and "dilation_rate" in settings:
            settings["strides"] = (1, 1)
            settings["dilation_rate"] = (2, 2) if max(settings["kernel_size"]) > 1 else (1, 1)
        return type(layer).from_config(settings)

    copy = keras.models.clone_model(network, clone_function=changed)
    copy.set_weights(network.get_weights())
    x = image
    for layer in outer.layers[1:position]:  # preprocessing
        x = layer(x)
    return copy(x)


def _layer_of(tensor: "keras.KerasTensor") -> str:
    """The name of the layer that gives a tensor."""
    return tensor._keras_history.operation.name
