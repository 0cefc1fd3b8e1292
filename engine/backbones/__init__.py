"""Backbones, one a file, and their initial weights.

A backbone turns an image into features of four levels. Importing this package does not import Keras; calling a builder
does.
"""

from collections.abc import Callable
from functools import partial

from engine.backbones.efficientnet_lite import lite
from engine.backbones.mobilenet import mobilenet
from engine.backbones.resnet50 import resnet50
from engine.backbones.vgg import vgg
from engine.backbones.weights import named_weights, take_weights

__all__ = ["BACKBONES", "find_backbone", "named_weights", "resnet50", "take_weights"]

BACKBONES: dict[str, Callable[..., dict]] = {
    "resnet50": resnet50,
    "efficientnet-lite0": partial(lite, version=0),
    "efficientnet-lite1": partial(lite, version=1),
    "efficientnet-lite2": partial(lite, version=2),
    "mobilenet": mobilenet,
    "vgg16": partial(vgg, depth=16),
    "vgg19": partial(vgg, depth=19),
}


def find_backbone(name: str) -> Callable[..., dict]:
    """The builder of that name, for Keras 3.

    A builder takes `image`, a Keras tensor (B, H, W, 3) RGB in 0..255 whose sides are multiples of 32; `weights`,
    'imagenet' or None for random ones; and `norm_momentum`, of the batch normalisations. It returns Keras tensors
    {'2': (B, H / 4, W / 4, C2), '3': ..., '4': ..., '5': (B, H / 32, W / 32, C5)}, and 'top' where the network's own
    classifier pools other features than those of level 5.

    Raises:
        ValueError: there is none of that name.
    """
    if name not in BACKBONES:
        raise ValueError(f"backbone: there is no {name!r}; there are {', '.join(BACKBONES)}")
    return BACKBONES[name]
