"""DeepLabv3+: dilated features of stride 16, pooled over several fields of view, and a decoder at stride 4.

Chen et al.: Rethinking Atrous Convolution for Semantic Image Segmentation, 2017, sections 3.2 and 3.3 (rates and image
pooling); Chen et al.: Encoder-Decoder with Atrous Separable Convolution, ECCV 2018, section 3.1 (the decoder). Half the
papers' channels, for processors.
"""

from typing import TYPE_CHECKING

from engine.backbones import find_backbone
from segmenter.blocks import HEAD, convolution, scores, upsampled
from segmenter.dilated import dilated

if TYPE_CHECKING:
    import keras

    from segmenter.config import SegmenterConfig

RATES = (6, 12, 18)  # at stride 16
WIDTH, SKIP_WIDTH = 128, 48  # channels


def atrous(image: "keras.KerasTensor", config: "SegmenterConfig", weights: str | None) -> "keras.KerasTensor":
    """Logits at stride 2; see `segmenter.networks`."""
    from keras import layers

    levels = dilated(image, find_backbone(config.backbone)(image, weights, config.norm_momentum))
    x = upsampled(_pyramid(levels["5"], config.norm_momentum), 4, "up4")
    skip = convolution(levels["2"], SKIP_WIDTH, "skip", config.norm_momentum, kernel=1)
    x = layers.Concatenate(name=f"{HEAD}join")([x, skip])
    for number in (1, 2):
        x = convolution(x, WIDTH, f"decoder{number}", config.norm_momentum)
    return upsampled(scores(x, len(config.classes), config.dropout), 2, "up1")


def _pyramid(x: "keras.KerasTensor", momentum: float) -> "keras.KerasTensor":
    """Atrous spatial pyramid pooling: (B, h, w, WIDTH)."""
    from keras import layers

    fields = [convolution(x, WIDTH, "rate1", momentum, kernel=1)]
    fields += [convolution(x, WIDTH, f"rate{rate}", momentum, rate=rate) for rate in RATES]
    pooled = layers.GlobalAveragePooling2D(keepdims=True, name=f"{HEAD}pool")(x)
    pooled = convolution(pooled, WIDTH, "pooled", momentum, kernel=1)
    whole = layers.Conv2D(WIDTH, 1, use_bias=False, name=f"{HEAD}fields")(layers.Concatenate()(fields))
    part = layers.Conv2D(WIDTH, 1, use_bias=False, name=f"{HEAD}whole")(pooled)
    x = layers.Add(name=f"{HEAD}sum")([whole, part])  # as joining both before one convolution, for any size
    x = layers.BatchNormalization(momentum=momentum, name=f"{HEAD}fields_norm")(x)
    return layers.ReLU(name=f"{HEAD}fields_relu")(x)
