"""ResNet50, the default backbone of the classifiers.

He et al.: Deep Residual Learning for Image Recognition, CVPR 2016; as keras.applications.ResNet50.
"""

from typing import TYPE_CHECKING

from engine.backbones.applications import feature_levels

if TYPE_CHECKING:
    import keras

LEVELS = {"2": "conv2_block3_out", "3": "conv3_block4_out", "4": "conv4_block6_out", "5": "conv5_block3_out"}


def resnet50(
    image: "keras.KerasTensor", weights: str | None = None, norm_momentum: float = 0.99
) -> dict[str, "keras.KerasTensor"]:
    """The features of an image: 256, 512, 1024 and 2048 channels; see `find_backbone`.

    With random weights each residual branch starts at zero, as in Goyal et al.: Accurate, Large Minibatch SGD, 2017.
    """
    import keras

    from engine.backbones.preprocess import Preprocess

    network = feature_levels(keras.applications.ResNet50, "resnet50", LEVELS, image, weights, norm_momentum)
    for layer in network.layers:
        if not weights and layer.name.endswith("_3_bn"):
            layer.gamma.assign(keras.ops.zeros_like(layer.gamma))
    return network(Preprocess(name="preprocess")(image))
