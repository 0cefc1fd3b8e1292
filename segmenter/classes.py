"""The classes of pixels: what a label of a data set means in each of the spaces that a network can predict.

A space is 'categories' (the categories of garments), 'parts' (upper, lower, full), both beside background, skin, hair,
shoes, bag, legwear and accessory; or 'own', the labels of the data set itself.
"""

import csv
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from engine.crops import UNKNOWN
from garments.vocabulary import CATEGORIES, PART_OF, PARTS, Meaning, own_taxonomy, part_of, taxonomy

SPACES = ("categories", "parts", "own")
BACKGROUND = "background"
ORDER = (BACKGROUND, "skin", "hair", *CATEGORIES, *PARTS, "shoes", "bag", "legwear", "accessory")
GARMENTS = {*CATEGORIES, *PARTS}
IGNORED = {"unknown", "void", "ignore"}  # what they call pixels without a known class
NOTHING = {"", "null", BACKGROUND, "_background_", "unlabeled", "unlabelled"}  # what data sets call the background


@cache
def _listed() -> dict[tuple[str, str], str]:
    """(data set, label) -> class, of labels that no taxonomy of garments has."""
    with open(Path(__file__).with_name("classes.csv"), newline="", encoding="utf-8") as file:
        return {(row["dataset"], row["label"]): row["class"] for row in csv.DictReader(file)}


@cache
def meaning(dataset: str, label: str) -> Meaning:
    """The part and category of a label; a class of ORDER that is no garment stands as category, with part ''."""
    try:
        known = taxonomy(dataset)
    except KeyError:  # a data set of the user's own
        known = own_taxonomy([label])
    if any(known.get(label, ())):
        return known[label]
    plain = label.strip().lower()
    name = _listed().get((dataset, label)) or _listed().get(("fashionpedia", label)) or (plain in ORDER and plain) or ""
    return Meaning(name, "") if name in PARTS else Meaning(PART_OF.get(name, ""), name)


def class_of(space: str, label: str, of: Meaning) -> str:
    """The class of a label in a space; '' where it is not known.

    Args:
        space: one of SPACES.
        label: of the data set.
        of: its meaning.
    """
    if label.strip().lower() in NOTHING:
        return BACKGROUND
    if label.strip().lower() in IGNORED:
        return ""
    if space == "own":
        return label
    if space == "categories":
        return of.category if of.category in ORDER else ""
    return of.part or part_of(of.category) or ("" if of.category in GARMENTS or "|" in of.category else of.category)


def ordered(space: str, names: Iterable[str]) -> tuple[str, ...]:
    """Some classes of a space in their order, the background first and always there."""
    there = {BACKGROUND, *names} - {""}
    order = ORDER if space != "own" else (BACKGROUND, *sorted(there - {BACKGROUND}))
    return tuple(name for name in order if name in there)


def numbers(names: Sequence[str], classes: Sequence[str]) -> np.ndarray:
    """(256,) uint8: for each number of a label map its class; UNKNOWN where it is none of the classes.

    Args:
        names: the classes of the numbers of the map, '' where unknown.
        classes: K names.
    """
    table = np.full(256, UNKNOWN, np.uint8)
    table[: len(names)] = [classes.index(name) if name in classes else UNKNOWN for name in names]
    return table


def coarser(classes: Sequence[str]) -> tuple[str, ...]:
    """(K,) the class of the space 'parts' that contains each of the classes of 'categories'."""
    return tuple(PART_OF.get(name, name) for name in classes)
