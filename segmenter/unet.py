"""U-Net: features go up step by step, each time joined with those of the encoder at the same stride.

Ronneberger, Fischer, Brox: U-Net, MICCAI 2015, figure 1; the encoder is a backbone with ImageNet weights instead of
the paper's, convolutions are padded, and the last two strides are left to a bilinear enlargement.
"""

from typing import TYPE_CHECKING

from engine.backbones import find_backbone
from segmenter.blocks import convolution, scores, upsampled

if TYPE_CHECKING:
    import keras

    from segmenter.config import SegmenterConfig

WIDTHS = {"4": 160, "3": 112, "2": 64}  # channels at strides 16, 8, 4


def unet(image: "keras.KerasTensor", config: "SegmenterConfig", weights: str | None) -> "keras.KerasTensor":
    """Logits at stride 2; see `segmenter.networks`."""
    from keras import layers

    levels = find_backbone(config.backbone)(image, weights, config.norm_momentum)
    x = levels["5"]
    for level, width in WIDTHS.items():
        x = layers.Concatenate(name=f"head_join{level}")([upsampled(x, 2, f"up{level}"), levels[level]])
        for number in (1, 2):
            x = convolution(x, width, f"level{level}_{number}", config.norm_momentum)
    return upsampled(scores(x, len(config.classes), config.dropout), 2, "up1")
