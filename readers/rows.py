"""The last step of every reader: rows of a data set -> a checked Table."""

import imagesize
import pandas as pd
from tqdm import tqdm

from garments.types import BOX_COLUMNS, PROBLEM_COLUMNS, Table
from garments.vocabulary import Meaning

FETCH = "fetch this photo again, or take it out of the list"
FIX = "fix or remove this line"
NAME_IT = "add the label to garments/taxonomy.csv"
NAME_OWN = "name its part and category in a file taxonomy.csv (label,part,category) in the folder of the data set"
OBJECTS = ("landmarks", "segmentation")  # columns of objects; None where a garment has none
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".avif"}
SPLITS = {"train": "train", "training": "train", "valid": "val", "val": "val", "validation": "val", "test": "test"}


def finish(photos: pd.DataFrame, garments: pd.DataFrame, problems: list, known: dict, remedy: str = NAME_IT) -> Table:
    """Check rows and make a Table of the valid ones; each invalid row becomes a problem with its file and line.

    Args:
        photos: photo, path, and other columns of `Table`; `line` is where the row was read, as 'file:12'.
        garments: photo, label, boxes in pixels (or none), and other columns of `Table`; `line` as above. part and
            category are looked up in `known` where they are absent or nan.
        problems: problems found by the reader, as rows of a Table's problems.
        known: label -> Meaning; a label whose meaning has neither part nor category is no garment and left out. An
            unknown label is a problem; its garment is kept, without a category, if its part is known.
        remedy: for an unknown label.

    Returns:
        Table; a photo that is listed twice, missing or no image is left out with its garments; boxes are clipped to the
        photo.
    """
    found = [pd.DataFrame(problems, columns=PROBLEM_COLUMNS)]
    photos, twice = photos.drop_duplicates("photo"), photos[photos["photo"].duplicated()]
    found.append(problems_of(twice, "the photo is listed twice", "keep one of the lines"))
    garments = garments[~garments["line"].isin(twice["line"])]
    photos = photos if "width" in photos else measured(photos)
    missing = photos["width"] <= 0
    found.append(problems_of(photos[missing], "the photo is missing or no image", FETCH))
    width = garments["photo"].map(dict(zip(photos["photo"], photos["width"], strict=True)))
    found.append(problems_of(garments[width.isna()], "its photo is not listed", FIX))
    photos, garments = photos[~missing], garments[width > 0]
    garments = with_meaning(garments, known)
    unknown = garments["category"].isna()
    labels = [f"unknown label {label!r}" for label in garments.loc[unknown, "label"]]
    found.append(problems_of(garments[unknown], labels, remedy))
    garments = garments.fillna({"part": "", "category": ""})
    garments = garments[(garments["part"] != "") | (garments["category"] != "")]
    if BOX_COLUMNS[0] in garments:
        garments, empty = clipped(garments, photos)
        found.append(problems_of(empty, "the box is empty or outside of the photo, or not four numbers", FIX))
    objects = [column for column in OBJECTS if column in garments]
    garments = garments.assign(**{c: garments[c].astype(object).where(garments[c].notna(), None) for c in objects})
    photos, garments = (frame.drop(columns="line").reset_index(drop=True) for frame in (photos, garments))
    return Table.of(photos, garments, pd.concat(found, ignore_index=True))


def split_of(name: str) -> str:
    """The split that the last possible word of a path names; 'train' where none does."""
    words = name.lower().replace("-", "_").replace("/", "_").replace(".", "_").split("_")
    return next((SPLITS[word] for word in reversed(words) if word in SPLITS), "train")


def measured(photos: pd.DataFrame) -> pd.DataFrame:
    """The photos with the upright width and height of their files; -1 for a file that is missing or no image."""
    paths = tqdm(photos["path"], desc="sizes", disable=None, leave=False, miniters=1000)
    sizes = [_size(path) for path in paths]
    return photos.assign(width=[w for w, _ in sizes], height=[h for _, h in sizes])


def _size(path: str) -> tuple[int, int]:
    try:
        return imagesize.get(path)
    except (OSError, ValueError):
        return -1, -1


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
    empty |= (boxes.isna() & garments[BOX_COLUMNS].notna()).any(axis=1)
    return garments.assign(**inside)[~empty], garments[empty]
