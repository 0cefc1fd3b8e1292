"""What the ImageNet classifier calls a garment, as categories of this project: a second opinion that no label gave."""

import numpy as np

from engine.backbones.efficientnet_lite import imagenet_file
from engine.backbones.torch_file import read_torch_file
from engine.features import VERSION

WORDS = {  # category -> classes of ImageNet (ILSVRC 2012)
    "blazer": (834,),  # suit
    "coat": (568, 869),  # fur coat, trench coat
    "dress": (578,),  # gown
    "hoodie": (841,),  # sweatshirt
    "jeans": (608,),  # jean
    "shorts": (842,),  # swimming trunks
    "skirt": (601, 655, 689, 775),  # hoopskirt, miniskirt, overskirt, sarong
    "sweater": (474, 841, 911),  # cardigan, sweatshirt, wool
    "tee": (610,),  # jersey
}


def seen_as(features: np.ndarray) -> dict[str, np.ndarray]:
    """{category: (N,) probability of its classes} by the ImageNet classifier, for the categories that it has words for.

    Args:
        features: (N, 1280) of `engine.features.imagenet_features`.

    Raises:
        FileNotFoundError: the package with the weights is not installed.
    """
    stored = read_torch_file(imagenet_file(VERSION))
    logits = features @ stored["_fc.weight"].T + stored["_fc.bias"]
    odds = np.exp(logits - logits.max(1, keepdims=True))
    return {category: odds[:, classes].sum(1) / odds.sum(1) for category, classes in WORDS.items()}
