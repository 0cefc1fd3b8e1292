"""A folder of folders, one a category, as keras.utils.image_dataset_from_directory reads it; or a CSV of photos."""

from pathlib import Path

import pandas as pd

from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import own_taxonomy
from readers.csv_boxes import read_boxes
from readers.photo_finder import Found, PhotoFinder
from readers.rows import NAME_OWN, finish
from readers.sizes import SAID
from readers.sources import PHOTO_ROW, merged_photos, photo_row, place_of
from readers.splits import in_split, split_name, split_of_folder, split_of_folders

LIST = "labels.csv"
MOVE = "move it into a folder named by its category, or remove it"


def read_folders(root: Path, split: str | None = None) -> Table:
    """Read photos of one garment each from folders named by category, or from a list labels.csv.

    Args:
        root: holds CATEGORY/PHOTO, perhaps with folders train, val and test above or in it; or labels.csv with the
            columns file (relative to it) and label, perhaps a box and the size of its photo in pixels (see
            `csv_boxes`) and split; a line a garment. It may also be the CSV itself, under any name.
        split: 'train', 'val' or 'test'; None for all.

    Returns:
        Table; garments have a box only where the list gives one. Labels are parts or categories of this project, or
        labels that taxonomy.csv (label, part, category) in `root` maps to them.

    Raises:
        ValueError: the list or taxonomy.csv lacks columns, no photo is of that split, or there is no photo.
    """
    root, files = place_of(root, ".csv", ".tsv", ".txt")
    finder = PhotoFinder(root)
    problems: list[dict] = []
    file = files[0] if files else root / LIST
    photos, rows = _listed(file, finder, problems) if file.exists() else _found(finder, problems)
    if not photos:
        raise ValueError(f"{root}: expected folders named by category with photos in them, or {LIST}")
    merged, of_line = merged_photos(pd.DataFrame(photos, columns=[*PHOTO_ROW, *SAID]), problems)
    garments = rows.assign(photo=rows["photo"].map(of_line).fillna(""))
    merged, garments = in_split(merged, garments, split)
    return finish(merged, garments, problems, own_taxonomy(garments["label"].unique(), root / "taxonomy.csv"), NAME_OWN)


def _found(finder: PhotoFinder, problems: list[dict]) -> tuple[list[dict], pd.DataFrame]:
    """(rows of the photos in folders, a row a garment); a photo beside the folders is a problem."""
    photos, labels = [], []
    for file in finder.photos:
        name = finder.relative(file)
        if "/" in name:
            label, split = _meaning(name.split("/")[:-1])
            photos.append(photo_row(Found(name, str(file)), name, split or "train", name, "folders"))
            labels.append((name, label, name))
        else:
            problems.append(dict(file=name, reason="it lies in no folder of a category", remedy=MOVE))
    return photos, pd.DataFrame(labels, columns=["photo", "label", "line"])


def _meaning(folders: list[str]) -> tuple[str, str]:
    """(label, split) that the folders above a photo name: the label is the last one that is no split."""
    at = next((n for n in reversed(range(len(folders))) if not split_of_folder(folders[n])), len(folders) - 1)
    return folders[at], split_of_folders("/".join([*folders[:at], *folders[at + 1 :], "photo"]))


def _listed(file: Path, finder: PhotoFinder, problems: list[dict]) -> tuple[list[dict], pd.DataFrame]:
    """(a row a photo of the list, a row a garment); `photo` of a garment is the line of its photo."""
    rows, wrong = read_boxes(file)
    problems += wrong
    boxes = [column for column in BOX_COLUMNS if column in rows]
    splits = [split_name(text) or text.lower() for text in rows["split"]] if "split" in rows else [""] * len(rows)
    photos: dict[tuple[str, str], dict] = {}
    sizes = rows.reindex(columns=SAID).to_dict("records")
    for name, split, line, size in zip(rows["file"], splits, rows["line"], sizes, strict=True):
        if (name, split) not in photos:
            found = finder.find(name, file.parent, split) if name else Found("", missing="its photo is not named")
            photos[name, split] = {**photo_row(found, name, split, line, f"{file.name} {split}"), **size}
    rows["photo"] = [photos[key]["line"] for key in zip(rows["file"], splits, strict=True)]
    rows[boxes] = rows[boxes].astype(object).where(rows[boxes] != "", None)
    return list(photos.values()), rows[["photo", "label", *boxes, "line"]]
