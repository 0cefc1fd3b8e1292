"""FC-DenseNet: a DenseNet, and dense blocks that go up again, each joined with the features of its stride.

Jegou et al.: The One Hundred Layers Tiramisu, CVPR Workshops 2017, section 3.2: a block that goes up passes on only
what it adds. The encoder is DenseNet121 (Huang et al., CVPR 2017) of keras.applications, from stride 4 on.
"""

from typing import TYPE_CHECKING

from engine.backbones.applications import feature_levels
from segmenter.blocks import HEAD, scores, upsampled

if TYPE_CHECKING:
    import keras

    from segmenter.config import SegmenterConfig

LEVELS = {"2": "pool2_relu", "3": "pool3_relu", "4": "pool4_relu", "5": "relu"}
LAYERS = {"4": 6, "3": 4, "2": 3}  # of the dense blocks at strides 16, 8, 4
GROWTH = 24  # channels that a layer adds
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, in 0..1


def densenet(image: "keras.KerasTensor", config: "SegmenterConfig", weights: str | None) -> "keras.KerasTensor":
    """Logits at stride 2; see `segmenter.networks`."""
    import keras
    from keras import layers

    build = keras.applications.DenseNet121
    scale, offset = [1 / (255 * d) for d in DEVIATION], [-m / d for m, d in zip(MEAN, DEVIATION, strict=True)]
    scaled = layers.Rescaling(scale, offset, name="preprocess")(image)
    levels = feature_levels(build, "densenet121", LEVELS, image, weights, config.norm_momentum)(scaled)
    x = levels["5"]
    for level, count in LAYERS.items():
        x = layers.Conv2DTranspose(count * GROWTH, 3, 2, "same", name=f"{HEAD}up{level}")(x)
        x = layers.Concatenate(name=f"{HEAD}join{level}")([x, levels[level]])
        x = _dense_block(x, count, level, config.norm_momentum)
    return upsampled(scores(x, len(config.classes), config.dropout), 2, "up1")


def _dense_block(x: "keras.KerasTensor", count: int, level: str, momentum: float) -> "keras.KerasTensor":
    """What `count` layers add: (B, h, w, count * GROWTH)."""
    from keras import layers

    added = []
    for number in range(count):
        name = f"{HEAD}dense{level}_{number}"
        new = layers.BatchNormalization(momentum=momentum, name=f"{name}_norm")(x)
        new = layers.ReLU(name=f"{name}_relu")(new)
        new = layers.Conv2D(GROWTH, 3, padding="same", use_bias=False, kernel_initializer="he_normal", name=name)(new)
        added.append(new)
        x = layers.Concatenate(name=f"{name}_join")([x, new])
    return layers.Concatenate(name=f"{HEAD}dense{level}")(added)
