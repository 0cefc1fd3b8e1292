"""SegNet: VGG16 down, its mirror image up, which puts features where the encoder's maxima were.

Badrinarayanan, Kendall, Cipolla: SegNet, TPAMI 2017, section 3: batch normalisation after every convolution, and
pooling indices instead of joined features. The encoder has the ImageNet weights of VGG16's 13 convolutions.
"""

from typing import TYPE_CHECKING

from engine.backbones.applications import feature_levels
from segmenter.blocks import convolution, scores

if TYPE_CHECKING:
    import keras

    from segmenter.config import SegmenterConfig

BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))  # channels and convolutions of VGG16


def segnet(image: "keras.KerasTensor", config: "SegmenterConfig", weights: str | None) -> "keras.KerasTensor":
    """Logits at stride 1; see `segmenter.networks`."""
    from engine.backbones.preprocess import Preprocess
    from segmenter.layers import PoolWithPlaces, Unpool

    momentum = config.norm_momentum
    x, places = Preprocess(name="preprocess")(image), []
    for block, (channels, count) in enumerate(BLOCKS, 1):
        for number in range(1, count + 1):
            x = _encode(x, channels, f"block{block}_conv{number}", momentum)
        x, place = PoolWithPlaces(name=f"block{block}_pool")(x)
        places.append(place)
    if weights:
        _load_imagenet(image, x, weights, momentum)
    for block, (channels, count) in reversed(list(enumerate(BLOCKS, 1))):
        x = Unpool(name=f"head_unpool{block}")([x, places.pop()])
        finer = BLOCKS[max(0, block - 2)][0]
        for number in range(1, count + 1):
            x = convolution(x, channels if number < count else finer, f"block{block}_{number}", momentum)
    return scores(x, len(config.classes), config.dropout)


def _encode(x: "keras.KerasTensor", channels: int, name: str, momentum: float) -> "keras.KerasTensor":
    from keras import layers

    x = layers.Conv2D(channels, 3, padding="same", kernel_initializer="he_normal", name=name)(x)
    x = layers.BatchNormalization(momentum=momentum, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)


def _load_imagenet(image: "keras.KerasTensor", encoded: "keras.KerasTensor", weights: str, momentum: float) -> None:
    """Load the convolutions of VGG16 into those of the encoder."""
    import keras

    levels = {"5": "block5_pool"}
    vgg = feature_levels(keras.applications.VGG16, "vgg16", levels, image, weights, momentum)
    own = {layer.name: layer for layer in keras.Model(image, encoded).layers}
    for layer in vgg.layers:
        if layer.name in own and layer.weights:
            own[layer.name].set_weights(layer.get_weights())
