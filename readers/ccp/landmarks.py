"""Landmarks for CCP, which has none: derived from its label maps, or placed by eye on some photos of its split `val`.

landmarks.csv has a row for each landmark that the part of a garment has: photo, label of the garment, landmark, x
and y in pixels of the photo, COCO's visibility (0: unknown, x and y are 0), and how: each point was first derived by an
earlier version of the rule, then checked by eye and `moved` where it was wrong or missing, else `kept`. So errors of
the rule against these points are slightly underestimated. It covers all garments with a part of these photos.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from garments.landmarks import LANDMARKS
from garments.types import Table
from garments.vocabulary import taxonomy
from photos.label_maps import read_label_map
from readers.ccp.derived_landmarks import derive_landmarks
from readers.ccp.labels import label_names
from readers.ccp.scenes import BACKGROUND, BELT, FULL, HAIR, LEGWEAR, LOOSE, LOWER, SKIN, UPPER

OF_PART = {"upper": UPPER, "lower": LOWER, "full": FULL}
OF_LABEL = {
    "null": BACKGROUND,
    "belt": BELT,
    **dict.fromkeys(("skin", "bracelet", "gloves", "necklace", "ring", "watch"), SKIN),
    **dict.fromkeys(("hair", "earrings", "glasses", "hat", "sunglasses"), HAIR),
    **dict.fromkeys(("boots", "clogs", "flats", "heels", "loafers", "pumps", "sandals", "shoes", "sneakers"), LEGWEAR),
    **dict.fromkeys(("socks", "stockings", "tights", "wedges"), LEGWEAR),
}
PLACED = Path(__file__).with_name("landmarks.csv")


def with_derived_landmarks(table: Table) -> Table:
    """The Table with landmarks, derived from the label map, on every garment of CCP that has a mask.

    Args:
        table: of `read_ccp`, or of several data sets; garments of others keep what they have.

    Returns:
        Table; `landmarks` are 24 numbers (x, y, visibility of garments.landmarks.LANDMARKS) and `landmark_source` is
        'derived'.

    Raises:
        ValueError: a label map is missing or damaged.
    """
    maps = table.photos.set_index("photo")["label_map"]
    masked = table.garments[table.garments["mask_value"] >= 0]
    found = {}
    for photo, rows in tqdm(masked.groupby("photo"), desc="landmarks", disable=None, leave=False):
        path = Path(maps[photo])
        if path.suffix == ".mat":  # those of CCP
            label_map, roles = read_label_map(path), label_roles(path.parents[2])
            for number, row in rows.iterrows():
                found[number] = derive_landmarks(label_map, row["mask_value"], row["part"], roles).ravel()
    return _with(table, found, "derived")


def with_placed_landmarks(table: Table) -> Table:
    """The Table with the landmarks of its garments replaced by those placed by eye.

    Args:
        table: of `read_ccp`, or of several data sets, where CCP's photos are named 'ccp/...'.

    Returns:
        Table; where there are any, `landmarks` as for `with_derived_landmarks`, and `landmark_source` 'placed'.
    """
    placed = placed_landmarks()
    names = zip(table.garments["photo"].str.removeprefix("ccp/"), table.garments["label"], strict=True)
    found = {number: placed[key] for number, key in zip(table.garments.index, names, strict=True) if key in placed}
    return _with(table, found, "placed")


def with_landmarks(table: Table, source: str) -> Table:
    """The Table with landmarks as truth: 'derived', or 'placed', which keeps only the photos that have them.

    Raises:
        ValueError: the source is neither.
    """
    if source not in ("derived", "placed"):
        raise ValueError(f"landmarks: expected derived or placed, got {source!r}")
    if source == "derived":
        return with_derived_landmarks(table)
    photos = {photo for photo, _ in placed_landmarks()}
    return with_placed_landmarks(table.keep(table.photos["photo"].str.removeprefix("ccp/").isin(photos)))


@cache
def placed_landmarks() -> dict[tuple[str, str], np.ndarray]:
    """(photo, label) -> (24,) float32, the landmarks of PLACED."""
    rows = pd.read_csv(PLACED, dtype={"photo": str})
    result = {}
    for key, points in rows.groupby(["photo", "label"]):
        landmarks = np.zeros((len(LANDMARKS), 3), np.float32)
        landmarks[[LANDMARKS.index(name) for name in points["landmark"]]] = points[["x", "y", "visibility"]]
        result[key] = landmarks.ravel()
    return result


@cache
def label_roles(root: Path) -> np.ndarray:
    """(labels,) uint8: the role of each label number of CCP for `derive_landmarks`; unknown labels are LOOSE."""
    known = taxonomy("ccp")
    return np.array(
        [OF_PART[known[name].part] if name in known else OF_LABEL.get(name, LOOSE) for name in label_names(root)],
        np.uint8,
    )


def _with(table: Table, found: dict[int, np.ndarray], source: str) -> Table:
    """The Table with these landmarks, row number -> (24,), and their source."""
    garments = table.garments.copy()
    for column, values in (("landmarks", found), ("landmark_source", dict.fromkeys(found, source))):
        old = garments[column] if column in garments else [None] * len(garments)
        kept = zip(garments.index, old, strict=True)
        garments[column] = pd.Series(
            [values.get(number, value) for number, value in kept], index=garments.index, dtype=object
        )
    return Table(table.photos, garments, table.problems)
