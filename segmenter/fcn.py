"""FCN-8s: scores of three strides, each enlarged and added to the next finer ones.

Long, Shelhamer, Darrell: Fully Convolutional Networks for Semantic Segmentation, CVPR 2015, section 4.2 and figure 3.
The encoder is a backbone instead of the paper's VGG16, so its layers fc6 and fc7 are absent; the enlargements are
bilinear, as the paper's last one.
"""

from typing import TYPE_CHECKING

from engine.backbones import find_backbone
from segmenter.blocks import scores, upsampled

if TYPE_CHECKING:
    import keras

    from segmenter.config import SegmenterConfig


def fcn(image: "keras.KerasTensor", config: "SegmenterConfig", weights: str | None) -> "keras.KerasTensor":
    """Logits at stride 2; see `segmenter.networks`."""
    from keras import layers

    levels = find_backbone(config.backbone)(image, weights, config.norm_momentum)
    coarse, middle, fine = (
        scores(levels[level], len(config.classes), config.dropout, f"scores{level}") for level in ("5", "4", "3")
    )
    x = layers.Add(name="head_sum4")([upsampled(coarse, 2, "up4"), middle])
    x = layers.Add(name="head_sum3")([upsampled(x, 2, "up3"), fine])
    return upsampled(x, 4, "up1")
