"""The true class of every pixel of a photo, from its label map or from the outlines of its garments."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from garments.boxes import window
from garments.masks import area, decode, masks_of
from garments.types import BOX_COLUMNS, Photo, Table
from garments.vocabulary import Meaning
from photos.files import PhotoError
from photos.label_maps import read_label_map
from segmenter.classes import BACKGROUND, UNKNOWN, class_of, meaning, numbers, ordered

PIECES = {  # of garments: in Fashionpedia they are drawn on top of their garment
    "hood", "collar", "lapel", "epaulette", "sleeve", "pocket", "neckline", "buckle", "zipper", "applique", "bead",
    "bow", "flower", "fringe", "ribbon", "rivet", "ruffle", "sequin", "tassel",
}  # fmt: skip
KNOWN = ["label", "part", "category"]  # of a garment


def drawn(table: Table) -> Table:
    """The photos with a label map or outlines.

    Raises:
        ValueError: there are none.
    """
    photos, garments = table.photos, table.garments
    outlined = garments["photo"][garments["segmentation"].notna()] if "segmentation" in garments else ()
    kept = table.keep((_map_labels(photos) != "") | photos["photo"].isin(outlined))
    if not len(kept.photos):
        hint = "photos with label maps, or outlines: NAME:PATH?outlines for the data sets that have them"
        raise ValueError(f"--data: none of the {len(photos)} photos has a class for its pixels; give {hint}")
    return kept


def _map_labels(photos: pd.DataFrame) -> pd.Series:
    """What the numbers of each label map mean, joined by '|'; '' for a photo without one that is described."""
    known = photos.get("map_labels", pd.Series("", photos.index)).fillna("")
    return known.where(photos["label_map"] != "", "")


def classes_of(table: Table, space: str) -> tuple[str, ...]:
    """The classes that the labels of a Table of `drawn` photos can have in a space."""
    photos = table.photos.assign(map_labels=_map_labels(table.photos))
    datasets = table.garments["photo"].map(photos.set_index("photo")["dataset"])
    garments = table.garments.assign(dataset=datasets)[["dataset", *KNOWN]].drop_duplicates()
    found: set[str] = set()
    for dataset, labels in photos[["dataset", "map_labels"]].drop_duplicates().itertuples(index=False):
        found |= set(_names(space, dataset, labels, garments[garments["dataset"] == dataset]))
    drawn_in_maps = set("|".join(photos["map_labels"].unique()).split("|"))
    others = garments[~garments["label"].isin(drawn_in_maps)]
    return ordered(space, found | {_garment(space, *row) for row in others.itertuples(index=False)})


def _names(space: str, dataset: str, labels: str, garments: pd.DataFrame) -> list[str]:
    """The class of each of the labels that are joined by '|', in a space; none for ''."""
    known = {row.label: (row.part, row.category) for row in garments[KNOWN].itertuples()}
    each = labels.split("|") if labels else []
    return [_garment(space, dataset, label, *known.get(label, ("", ""))) for label in each]


def _garment(space: str, dataset: str, label: str, part: str, category: str) -> str:
    """The class of a label, of which the reader may know part and category."""
    known = Meaning(part, category) if part or category else meaning(dataset, label)
    return "" if label in PIECES else class_of(space, label, known)


def shrunk_map(
    row: Any, garments: pd.DataFrame, space: str, classes: Sequence[str], photo: Photo, pixels: np.ndarray
) -> np.ndarray:
    """(h, w) uint8: the `class_map` of a photo at the scale of its (h, w, 3) pixels.

    Raises:
        PhotoError: its label map or outlines cannot be read, or are of another size.
    """
    try:
        truth = class_map(row, garments, space, classes)
    except (OSError, ValueError) as error:
        raise PhotoError(str(error), "fetch this photo and its label map again") from error
    if truth.shape != (photo.height, photo.width):
        reason = f"its label map is {truth.shape[::-1]}, the photo {(photo.width, photo.height)} pixels"
        raise PhotoError(reason, "fetch this photo and its label map again")
    return np.asarray(Image.fromarray(truth).resize(pixels.shape[1::-1], Image.Resampling.NEAREST))


def class_map(photo: Any, garments: pd.DataFrame, space: str, classes: Sequence[str]) -> np.ndarray:
    """(height, width) uint8: the number of each pixel's class, UNKNOWN where it is not known.

    Outlines are painted by falling area, so that the smaller garment lies on top. What lies in the box of a garment
    without an outline is not known.

    Args:
        photo: a row of Table.photos.
        garments: its rows of Table.garments.
        space: of the classes.
        classes: K names.

    Raises:
        ValueError: the label map cannot be read.
    """
    labels = getattr(photo, "map_labels", "")
    if photo.label_map and isinstance(labels, str) and labels:
        return numbers(_names(space, photo.dataset, labels, garments), classes)[read_label_map(photo.label_map)]
    result = np.full((int(photo.height), int(photo.width)), classes.index(BACKGROUND), np.uint8)
    garments = garments[~garments["label"].isin(PIECES)]
    outlined = np.array([isinstance(s, list | dict) and bool(s) for s in garments["segmentation"]], bool)
    for box in garments.loc[~outlined, BOX_COLUMNS].to_numpy(float):
        result[np.s_[:] if np.isnan(box).any() else window(box, *result.shape)] = UNKNOWN
    masks = masks_of(garments[outlined], *result.shape)
    rows = garments.loc[outlined, KNOWN].itertuples(index=False)
    painted = [] if masks is None else [(area(m), m, row) for m, row in zip(masks, rows, strict=True)]
    for _, mask, row in sorted(painted, key=lambda entry: -entry[0]):
        name = _garment(space, photo.dataset, *row)
        result[decode(mask)] = classes.index(name) if name in classes else UNKNOWN
    return result
