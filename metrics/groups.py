"""Figures of groups of garments: is a model worse for men's garments than for women's?"""

import numpy as np
import pandas as pd

from garments.types import Table
from metrics.bootstrap import Interval, intervals

SEPARATOR = "|"


def attribute(garments: pd.DataFrame, name: str) -> pd.Series:
    """The value of one of the attributes 'gender Men|colour Black' of each garment; '' where it has none.

    Raises:
        ValueError: no garment has that attribute; says which there are.
    """
    text = garments["attributes"] if "attributes" in garments else pd.Series("", garments.index)
    pairs = text.fillna("").str.split(SEPARATOR).explode().str.partition(" ")
    if name not in set(pairs[0]):
        known = ", ".join(sorted(set(pairs[0]) - {""})) or "none"
        raise ValueError(f"no garment has an attribute {name!r}; the attributes of this data are: {known}")
    return pairs.loc[pairs[0] == name, 2].reindex(garments.index, fill_value="")


def accuracy_by(truth: Table, pairs: pd.DataFrame, name: str) -> dict[str, tuple[int, Interval]]:
    """{value of an attribute: (garments, accuracy with its 95 % interval over photos)}, the largest group first.

    Args:
        truth: garments with `attributes`.
        pairs: of `classification.paired` or `end_to_end.outcomes`, with the index of the true garments.
        name: of the attribute, such as 'gender'.

    Raises:
        ValueError: no garment has that attribute.
    """
    values = attribute(truth.garments, name).loc[pairs.index]
    right = (pairs["truth"] == pairs["predicted"]).to_numpy()
    result = {}
    for value in values[values != ""].value_counts().index:
        chosen = (values == value).to_numpy()

        def share(weights: np.ndarray, right: np.ndarray = right[chosen]) -> dict[str, float]:
            return {"": (weights @ right) / weights.sum()}

        result[value] = int(chosen.sum()), intervals(pairs["photo"][chosen], share)[""]
    return result


def group_figures(name: str, groups: dict[str, tuple[int, Interval]]) -> dict[str, Interval]:
    """The groups as figures: 'accuracy, gender Men (381)' and so on, with the number of garments."""
    return {f"accuracy, {name} {value} ({n})": accuracy for value, (n, accuracy) in groups.items()}
