"""The networks that models stand on, one a file, and where their first weights come from."""

from engine.backbones.resnet50 import Preprocess, resnet50
from engine.backbones.weights import named_weights, take_weights

__all__ = ["Preprocess", "named_weights", "resnet50", "take_weights"]
