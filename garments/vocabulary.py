"""Parts, categories, and how the labels of each data set map onto them."""

import csv
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from garments.text_files import read_csv

PARTS = ("upper", "lower", "full")
PROBABILITY = "p:"  # prefix of the columns of a predicted Table that hold a category's probability

CATEGORIES = (
    "blazer", "blouse", "coat", "dress", "hoodie", "jacket", "jeans", "leggings", "pants",
    "romper", "shirt", "shorts", "skirt", "sweater", "tank", "tee", "top", "vest",
)  # fmt: skip


PART_OF = {
    **dict.fromkeys(
        ("blazer", "blouse", "hoodie", "jacket", "shirt", "sweater", "tank", "tee", "top", "vest"), "upper"
    ),
    **dict.fromkeys(("jeans", "leggings", "pants", "shorts", "skirt"), "lower"),
    **dict.fromkeys(("coat", "dress", "romper"), "full"),
}


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


def own_taxonomy(labels: Iterable[str], file: Path | None = None) -> dict[str, Meaning]:
    """Label -> Meaning for a user's own labels.

    Args:
        labels: the labels; a category or a part, in any case, means itself.
        file: a CSV with the columns label, part, category for the other labels; its categories may be new ones. It may
            be missing, and in any common encoding and delimiter.

    Raises:
        ValueError: the file lacks a column, has a line with too many cells, or names an unknown part.
    """
    known = {}
    for label in labels:
        name = label.strip().lower()
        if name in PART_OF or name in PARTS:
            known[label] = Meaning(PART_OF.get(name, name), name if name in PART_OF else "")
    if file and file.exists():
        rows, problems = read_csv(file, ["label", "part", "category"])
        for problem in problems:
            raise ValueError(f"{file.parent / problem['file']}: {problem['reason']}; {problem['remedy']}")
        for label, part, category, line in rows[["label", "part", "category", "line"]].itertuples(index=False):
            if part not in ("", *PARTS):
                raise ValueError(f"{file.parent / line}: expected part one of {', '.join(PARTS)}, or empty; got {part}")
            known[label] = Meaning(part, category)
    return known


def category_set(category: str) -> frozenset[str]:
    """The categories that count as correct for a truth written 'a', 'a|b' or ''."""
    return frozenset(filter(None, category.split("|")))


def merged(*categories: str) -> str:
    """One truth 'a|b' that allows what any of these allows, in their order."""
    return "|".join(dict.fromkeys(name for category in categories for name in category.split("|") if name))


def part_of(category: str) -> str:
    """The part of a category 'a' or 'a|b' of CATEGORIES; '' where there is none, or its parts differ."""
    parts = {PART_OF.get(name, "") for name in category_set(category)}
    return parts.pop() if len(parts) == 1 else ""
