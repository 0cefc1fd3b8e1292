"""A folder of folders, one a category, as keras.utils.image_dataset_from_directory reads it; or a CSV of photos."""

from pathlib import Path

import pandas as pd

from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import own_taxonomy
from readers.rows import NAME_OWN, SUFFIXES, finish, split_of


def read_folders(root: Path, split: str | None = None) -> Table:
    """Read photos of one garment each from folders named by category, or from a list labels.csv.

    Args:
        root: holds CATEGORY/PHOTO, perhaps below train/, val/ and test/; or labels.csv with the columns file (relative
            to it) and label, and perhaps x_min, y_min, x_max, y_max in pixels and split; a line a garment.
        split: 'train', 'val' or 'test'; None for all.

    Returns:
        Table; garments have a box only where labels.csv gives one. Labels are parts or categories of this project, or
        labels that taxonomy.csv (label, part, category) in `root` maps to them.

    Raises:
        ValueError: labels.csv or taxonomy.csv lacks columns, or there is no photo.
    """
    root = Path(root)
    rows = _listed(root / "labels.csv") if (root / "labels.csv").exists() else _found(root)
    if rows.empty:
        raise ValueError(f"{root}: expected folders named by category with photos in them, or labels.csv")
    rows = rows if split is None else rows[rows["split"] == split]
    photos = rows.drop_duplicates("photo")[["photo", "split", "line"]]
    photos = photos.assign(path=[str(root / photo) for photo in photos["photo"]])
    known = own_taxonomy(rows["label"].unique(), root / "taxonomy.csv")
    return finish(photos, rows.drop(columns="split"), [], known, NAME_OWN)


def _found(root: Path) -> pd.DataFrame:
    files = [f.relative_to(root) for f in sorted(root.rglob("*")) if f.suffix.lower() in SUFFIXES]
    files = [f for f in files if len(f.parts) > 1]
    rows = [(f.as_posix(), f.parent.name, split_of(f.as_posix()), f.as_posix()) for f in files]
    return pd.DataFrame(rows, columns=["photo", "label", "split", "line"])


def _listed(file: Path) -> pd.DataFrame:
    rows = pd.read_csv(file, dtype={"file": str, "label": str, "split": str}, encoding="utf-8-sig")
    if not {"file", "label"} <= set(rows):
        raise ValueError(f"{file}: expected the columns file and label, got {', '.join(rows)}")
    rows["line"] = [f"{file.name}:{n}" for n in range(2, len(rows) + 2)]
    rows["split"] = rows["split"].fillna("train") if "split" in rows else "train"
    kept = ["photo", "label", "split", *(c for c in BOX_COLUMNS if c in rows), "line"]
    return rows.rename(columns={"file": "photo"}).fillna({"label": "", "photo": ""})[kept]
