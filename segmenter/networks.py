"""The networks by name, and a model of one of them.

A builder takes `image`, a Keras tensor (B, H, W, 3) RGB in 0..255 whose sides are multiples of 32 and may be unknown;
the settings; and `weights`, 'imagenet' or None for random ones, of its encoder. It returns logits (B, H / s, W / s, K)
with s 4 or less.
"""

from typing import TYPE_CHECKING

from segmenter.atrous import atrous
from segmenter.densenet import densenet
from segmenter.fcn import fcn
from segmenter.segnet import segnet
from segmenter.unet import unet

if TYPE_CHECKING:
    import keras

    from segmenter.config import SegmenterConfig

BUILDERS = {"unet": unet, "fcn": fcn, "atrous": atrous, "densenet": densenet, "segnet": segnet}
UNUSED = {"lite_conv_head", "lite_bn1"}  # only the classifier of EfficientNet-Lite uses them


def build(config: "SegmenterConfig", init: str | None = None) -> "keras.Model":
    """The network of the settings: {'image': (B, H, W, 3)} -> {'classes': (B, H / s, W / s, K) logits}.

    Args:
        config: the settings, with classes.
        init: 'imagenet', or None for random weights; or what `engine.backbones.take_weights` takes.

    Raises:
        ValueError: the settings name no classes, or `init` is of another network.
        FileNotFoundError: there is no such file.
    """
    from pathlib import Path

    import keras

    from engine.backbones import take_weights

    if len(config.classes) < 2:
        raise ValueError(f"classes: expected two or more, got {', '.join(config.classes) or 'none'}")
    image = keras.Input((None, None, 3), name="image")
    logits = BUILDERS[config.model](image, config, init if init == "imagenet" else None)
    model = keras.Model({"image": image}, {"classes": logits}, name=config.model)
    for layer in (inner for outer in model.layers for inner in getattr(outer, "layers", [])):
        if layer.name in UNUSED:
            layer.trainable = False
    if init and init != "imagenet":
        take_weights(model, Path(init))
    return model


def stride_of(model: "keras.Model") -> int:
    """Pixels of the image to a cell of the logits."""
    import keras

    seen = keras.KerasTensor((1, 64, 64, 3))
    return 64 // model.compute_output_spec({"image": seen})["classes"].shape[1]
