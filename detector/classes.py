"""What the box head tells apart: the three parts, or finer, the categories, whose probabilities add up to their part's.

A category says more about a photo than its part does, and few photos must say much. A garment whose category is not
known for certain has a class of its part's own.
"""

import numpy as np
import pandas as pd

from garments.vocabulary import CATEGORIES, PART_OF, PARTS

CLASSES = (*PARTS, *CATEGORIES)  # class n + 1 of the head; 0 is the background
PART_INDEX = np.array([PARTS.index(PART_OF.get(name, name)) for name in CLASSES])  # of each class


def class_numbers(garments: pd.DataFrame, categories: bool) -> np.ndarray:
    """(N,) int64 number of each garment's class: of its part, or with `categories` of its category where it has one."""
    known = garments["category"].map(PART_OF) == garments["part"]
    names = garments["category"].where(known & categories, garments["part"])
    return names.map({name: number for number, name in enumerate(CLASSES, 1)}).to_numpy(np.int64)


def finer(weight: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The weight of a layer that tells parts apart, for one that tells CLASSES apart and sums up to the same answers.

    Args:
        weight: (..., 1 + 3) kernel or bias; one that is of another layer, or fits already, stays as it is.
        shape: of the weight to fill.
    """
    if weight.shape[-1] != 1 + len(PARTS) or shape[-1] != 1 + len(CLASSES):
        return weight
    grown = np.concatenate([weight[..., :1], weight[..., 1 + PART_INDEX]], -1)
    if grown.ndim == 1:
        grown[1:] -= np.log(np.bincount(PART_INDEX))[PART_INDEX]
    return grown
