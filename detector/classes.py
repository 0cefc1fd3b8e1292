"""Classes of the box head: the three parts or, with categories, also the categories, which sum to their part.

With few photos, categories give more supervision per garment than parts. A garment without exactly one known category
is labelled with the class of its part.
"""

import numpy as np
import pandas as pd

from garments.vocabulary import CATEGORIES, PART_OF, PARTS

CLASSES = (*PARTS, *CATEGORIES)  # class n + 1 of the head; 0 is the background
PART_INDEX = np.array([PARTS.index(PART_OF.get(name, name)) for name in CLASSES])  # part of each class


def class_numbers(garments: pd.DataFrame, categories: bool) -> np.ndarray:
    """(N,) int64 number of each garment's class: of its part, or with `categories` of its category where it has one."""
    known = garments["category"].map(PART_OF) == garments["part"]
    names = garments["category"].where(known & categories, garments["part"])
    return names.map({name: number for number, name in enumerate(CLASSES, 1)}).to_numpy(np.int64)


def expand_classes(weight: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Expand a weight of a layer that predicts parts to CLASSES; the sums per part stay the same.

    Args:
        weight: (..., 1 + 3) kernel or bias; a weight of another layer, or one that already fits, is returned unchanged.
        shape: of the weight to fill.
    """
    if weight.shape[-1] != 1 + len(PARTS) or shape[-1] != 1 + len(CLASSES):
        return weight
    expanded = np.concatenate([weight[..., :1], weight[..., 1 + PART_INDEX]], -1)
    if expanded.ndim == 1:
        expanded[1:] -= np.log(np.bincount(PART_INDEX))[PART_INDEX]
    return expanded
