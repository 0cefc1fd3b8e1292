"""The networks that models stand on, one a file, and where their first weights come from."""

from engine.backbones.resnet50 import Preprocess, resnet50
from engine.backbones.weights import named_weights, take_weights

BACKBONES = {"resnet50": resnet50}  # each: (image, weights, norm_momentum) -> {level: features at stride 2 ** level}

__all__ = ["BACKBONES", "Preprocess", "named_weights", "resnet50", "take_weights"]
