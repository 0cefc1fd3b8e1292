"""MobileNetV2: a small network, 2.3 million weights.

Sandler et al.: MobileNetV2: Inverted Residuals and Linear Bottlenecks, CVPR 2018; as keras.applications.MobileNetV2.
"""

from typing import TYPE_CHECKING

from engine.backbones.applications import feature_levels

if TYPE_CHECKING:
    import keras

LEVELS = {"2": "block_2_add", "3": "block_5_add", "4": "block_12_add", "5": "out_relu"}


def mobilenet(
    image: "keras.KerasTensor", weights: str | None = None, norm_momentum: float = 0.99
) -> dict[str, "keras.KerasTensor"]:
    """The features of an image: 24, 32, 96 and 1280 channels; see `find_backbone`."""
    import keras

    network = feature_levels(keras.applications.MobileNetV2, "mobilenet", LEVELS, image, weights, norm_momentum)
    return network(keras.layers.Rescaling(1 / 127.5, -1, name="preprocess")(image))
