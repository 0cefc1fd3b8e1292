"""Clothing dataset: about 5,000 customer photos of one garment each, mostly laid flat or hanging.

Grigorev: Clothing dataset (full, high resolution), 2020. CC0-1.0. Public home: GitHub alexeygrigorev/clothing-dataset.
Some labels are coarse (`Longsleeve` covers sweaters, tees and hoodies); a file by_eye.csv beside images.csv may name
the category of such photos, labelled by eye.
"""

from pathlib import Path

import pandas as pd

from garments.types import Table
from garments.vocabulary import CATEGORIES, Meaning, merged, part_of, taxonomy
from readers.rows import FIX, finish, problems_of

NOT_LABELLED = {"Not sure", "Skip", "Other"}  # the data set's own words for "no category"
NOT_GARMENTS = {"Hat", "Shoes"}


def read_clothing(root: Path) -> Table:
    """Read the clothing data set. Its garments have no box: those columns are NaN.

    Args:
        root: the folder with images/, images.csv (image, sender_id, label, kids, optionally split) and optionally
            by_eye.csv (image, label, category, sure).

    Returns:
        Table; every readable photo is a row, with its label in `tags`; hats, shoes and photos without a useful label
        ('Not sure', 'Skip', 'Other') have no garment, unless by_eye.csv names its category. A photo in by_eye.csv has
        the category given there; where that is not sure, 'a|b' of it and of the categories of the label.

    Raises:
        ValueError: images.csv or by_eye.csv lacks columns.
    """
    file = Path(root) / "images.csv"
    rows = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig").fillna("")
    if not {"image", "sender_id", "label"} <= set(rows):
        raise ValueError(f"{file}: expected the columns image, sender_id and label, got {', '.join(rows)}")
    photos = pd.DataFrame(
        {
            "photo": rows["image"],
            "path": [str(file.parent / "images" / f"{name}.jpg") for name in rows["image"]],
            "split": rows["split"].replace("", "train") if "split" in rows else "train",
            "group": "sender " + rows["sender_id"],
            "tags": rows["label"],
            "source": "user",
            "line": [f"{file.name}:{number}" for number in range(2, len(rows) + 2)],
        }
    )
    garments = photos[["photo", "tags", "line"]].rename(columns={"tags": "label"})
    by_eye, problems = _by_eye(file.with_name("by_eye.csv"), garments)
    garments = garments.assign(
        **{
            field: [getattr(by_eye[photo], field) if photo in by_eye else None for photo in garments["photo"]]
            for field in Meaning._fields
        }
    )
    without_garment = garments["label"].isin(NOT_LABELLED | NOT_GARMENTS) & garments["category"].isna()
    return finish(photos, garments[~without_garment], problems, taxonomy("clothing"))


def _by_eye(file: Path, garments: pd.DataFrame) -> tuple[dict[str, Meaning], list[dict]]:
    """({photo: its part and category in by_eye.csv}, problems of its lines); both empty without such a file."""
    if not file.exists():
        return {}, []
    rows = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig").fillna("")
    if not {"image", "category", "sure"} <= set(rows):
        raise ValueError(f"{file}: expected the columns image, category and sure, got {', '.join(rows)}")
    rows["line"] = [f"{file.name}:{number}" for number in range(2, len(rows) + 2)]
    labels = dict(zip(garments["photo"], garments["label"], strict=True))
    wrong = {
        "its photo is not listed": ~rows["image"].isin(labels),
        f"expected category one of {', '.join(CATEGORIES)}, or empty": ~rows["category"].isin(["", *CATEGORIES]),
        "expected sure to be 0 or 1": ~rows["sure"].isin(["0", "1"]),
    }
    problems = pd.concat([problems_of(rows[of], reason, FIX) for reason, of in wrong.items()]).to_dict("records")
    valid = rows[~pd.concat(wrong, axis=1).any(axis=1)]
    entries = zip(valid["image"], valid["category"], valid["sure"] == "1", strict=True)
    return {photo: _meaning(labels[photo], category, sure) for photo, category, sure in entries}, problems


def _meaning(label: str, category: str, sure: bool) -> Meaning:
    """Part and category of a garment labelled by eye; '' is none of CATEGORIES."""
    by_label = taxonomy("clothing").get(label, Meaning("", ""))
    category = category if sure or not category else merged(category, by_label.category)
    return Meaning(part_of(category) if category else by_label.part, category)
