"""Parts, categories, and how the labels of each data set map onto them."""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

PARTS = ("upper", "lower", "full")

CATEGORIES = (
    "blazer", "blouse", "coat", "dress", "hoodie", "jacket", "jeans", "leggings", "pants",
    "romper", "shirt", "shorts", "skirt", "sweater", "tank", "tee", "top", "vest",
)  # fmt: skip


class Meaning(NamedTuple):
    """What a data set's label means: part is '' where unknown, category '' (none) or 'a|b' (one of these)."""

    part: str
    category: str


@cache
def taxonomy(dataset: str) -> dict[str, Meaning]:
    """Label -> Meaning for one data set; a label that is absent is not a garment."""
    with open(Path(__file__).with_name("taxonomy.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    known = sorted({row["dataset"] for row in rows})
    if dataset not in known:
        raise KeyError(f"no taxonomy for data set {dataset!r}; known: {', '.join(known)}")
    return {r["label"]: Meaning(r["part"], r["category"]) for r in rows if r["dataset"] == dataset}


def category_set(category: str) -> frozenset[str]:
    """The categories that count as right for a truth written 'a', 'a|b' or ''."""
    return frozenset(filter(None, category.split("|")))
