"""The last step of every reader: rows of a data set -> a checked Table."""

import numpy as np
import pandas as pd

from garments.crowds import CROWD
from garments.types import BOX_COLUMNS, PROBLEM_COLUMNS, Table
from garments.vocabulary import Meaning
from readers.sizes import SAID, fitted, measured

FETCH = "fetch this photo again, or take it out of the list"
FIX = "fix or remove this line"
NAME_IT = "add the label to garments/taxonomy.csv"
NAME_OWN = "name its part and category in a file taxonomy.csv (label,part,category) in the folder of the data set"
FRACTIONS = "multiply it by the width and height of the photo, if it is in lengths of the photo"
FIRST_PIXEL = 1.01  # boxes in lengths of the photo end before it
EXPORT = "export the boxes again for these photos, or put back the photos that they were drawn on"
OBJECTS = ("landmarks", "keypoints", "segmentation")  # columns of objects; None where a garment has none
SAME = ("photo", "label", "part", "category", "item", CROWD, *BOX_COLUMNS)  # garments that agree in these are one
OF_READER = ("line", "missing", "trouble")  # columns of photos that a Table does not have


def finish(
    photos: pd.DataFrame,
    garments: pd.DataFrame,
    problems: list,
    known: dict,
    remedy: str = NAME_IT,
    things: bool = False,
) -> Table:
    """Check rows and make a Table of the valid ones; each invalid row becomes a problem with its file and line.

    Args:
        photos: photo, path, and other columns of `Table`; `line` is where the row was read, as 'file:12'. Optionally
            `missing`, the reason why there is no path, and the size that the data set says, see `sizes.fitted`.
        garments: photo, label, boxes in pixels (or none), and other columns of `Table`; `line` as above. part and
            category are looked up in `known` where they are absent or nan.
        problems: problems found by the reader, as rows of a Table's problems.
        known: label -> Meaning; a label whose meaning has neither part nor category is no garment and left out. An
            unknown label is a problem; its garment is kept, without a category, if its part is known.
        remedy: for an unknown label.
        things: keep what is known to be no garment too, with part and category ''.

    Returns:
        Table; a photo that is listed twice, missing, no image or of another size is left out with its garments; boxes
        are clipped to the photo; the same box with the same label is kept once.
    """
    found = [pd.DataFrame(problems, columns=PROBLEM_COLUMNS)]
    photos, twice = photos.drop_duplicates("photo"), photos[photos["photo"].duplicated()]
    found.append(problems_of(twice, "the photo is listed twice", "keep one of the lines"))
    garments = garments[~garments["line"].isin(twice["line"])]
    stray = ~garments["photo"].isin(photos["photo"])
    found.append(problems_of(garments[stray], "its photo is not listed", FIX))
    photos, garments = usable(photos, garments[~stray], found)
    garments = meant(garments, known, remedy, found, things)
    if BOX_COLUMNS[0] in garments:
        garments, empty = clipped(garments, photos)
        found.append(problems_of(empty, "the box is empty or outside of the photo, or not four numbers", FIX))
        fractions = (garments[["x_max", "y_max"]] <= FIRST_PIXEL).all(axis=1)
        found.append(problems_of(garments[fractions], "the box lies in the first pixel: expected pixels", FRACTIONS))
        garments = garments[~fractions]
        again = repeated(garments)
        found.append(problems_of(garments[again], "the same box with the same label again", "keep one of them"))
        garments = garments[~again]
    objects = [column for column in OBJECTS if column in garments]
    garments = garments.assign(**{c: garments[c].astype(object).where(garments[c].notna(), None) for c in objects})
    photos = photos.drop(columns=[c for c in (*OF_READER, *SAID) if c in photos]).reset_index(drop=True)
    garments = garments.drop(columns="line").reset_index(drop=True)
    return Table.of(photos, garments, pd.concat(found, ignore_index=True))


def usable(photos: pd.DataFrame, garments: pd.DataFrame, found: list) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The photos that can be used, with their garments in pixels of them; adds the problems of the others."""
    photos = photos if "width" in photos else measured(photos)
    bad = photos["width"] <= 0
    reasons = photos["trouble"] if "trouble" in photos else pd.Series("the photo is missing or no image", photos.index)
    if "missing" in photos:
        reasons = photos["missing"].where(photos["missing"] != "", reasons)
    found.append(problems_of(photos[bad], reasons[bad].tolist(), FETCH))
    photos = photos[~bad]
    garments = garments[garments["photo"].isin(photos["photo"])]
    if SAID[0] not in photos:
        return photos, garments
    garments, other = fitted(photos, garments)
    of = photos["photo"].isin(other.index)
    found.append(problems_of(photos[of], photos.loc[of, "photo"].map(other).tolist(), EXPORT))
    return photos[~of], garments[~garments["photo"].isin(other.index)]


def meant(
    garments: pd.DataFrame, known: dict[str, Meaning], remedy: str, found: list, things: bool = False
) -> pd.DataFrame:
    """The garments with their part and category; adds the problems of unknown labels."""
    garments = with_meaning(garments, known)
    unknown = garments["category"].isna()
    labels = [f"unknown label {label!r:.80}" for label in garments.loc[unknown, "label"]]
    found.append(problems_of(garments[unknown], labels, remedy))
    garments = garments.fillna({"part": "", "category": ""})
    kept = (garments["part"] != "") | (garments["category"] != "") | (things & ~unknown)
    return garments[kept]


def repeated(garments: pd.DataFrame) -> pd.Series:
    """True for a box that an earlier row of the same photo, label and kind has too, to a hundredth of a pixel."""
    same = [c for c in SAME if c in garments]
    rounded = garments[same].assign(**garments[BOX_COLUMNS].astype(float).round(2))
    return rounded.duplicated() & rounded[BOX_COLUMNS[0]].notna()


def problems_of(rows: pd.DataFrame, reason: str | list[str], remedy: str) -> pd.DataFrame:
    """Problems of invalid rows; `reason` is one text for all, or a list with one each."""
    return pd.DataFrame({"file": rows["line"], "reason": reason, "remedy": remedy}, columns=PROBLEM_COLUMNS)


def with_meaning(garments: pd.DataFrame, known: dict[str, Meaning]) -> pd.DataFrame:
    """Garments with missing parts and categories filled in from their labels; nan for an unknown label."""
    for field in Meaning._fields:
        of_label = garments["label"].map({label: getattr(meaning, field) for label, meaning in known.items()})
        garments = garments.assign(**{field: garments[field].fillna(of_label) if field in garments else of_label})
    return garments


def clipped(garments: pd.DataFrame, photos: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(garments with their boxes clipped to their photos, those whose box is then empty)."""
    sizes = photos.set_index("photo")[["width", "height"]].reindex(garments["photo"]).to_numpy(float)
    boxes = garments[BOX_COLUMNS].apply(pd.to_numeric, errors="coerce").astype(float)
    inside = boxes.clip(lower=0)
    for n, column in enumerate(BOX_COLUMNS):
        inside[column] = inside[column].clip(upper=pd.Series(sizes[:, n % 2], garments.index))
    empty = (inside["x_max"] <= inside["x_min"]) | (inside["y_max"] <= inside["y_min"]) | (boxes.isna().sum(1) % 4 > 0)
    empty |= (boxes.isna() & garments[BOX_COLUMNS].notna()).any(axis=1) | np.isinf(boxes).any(axis=1)
    return garments.assign(**inside)[~empty], garments[empty]
