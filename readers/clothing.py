"""Clothing dataset: about 5,000 customer photos of one garment each, mostly laid flat or hanging.

Grigorev: Clothing dataset (full, high resolution), 2020. CC0-1.0. Public home: GitHub alexeygrigorev/clothing-dataset.
"""

from pathlib import Path

import pandas as pd

from garments.types import Table
from garments.vocabulary import taxonomy
from readers.rows import finish

NOT_LABELLED = {"Not sure", "Skip", "Other"}  # the data set's own words for "no category"
NOT_GARMENTS = {"Hat", "Shoes"}


def read_clothing(root: Path) -> Table:
    """Read the clothing data set. Its garments have no box: those columns are NaN.

    Args:
        root: the folder with images/ and images.csv (image, sender_id, label, kids, optionally split).

    Returns:
        Table; every readable photo is a row, with its label in `tags`; hats, shoes and the labels that say
        nothing ('Not sure', 'Skip', 'Other') have no garment.

    Raises:
        ValueError: images.csv lacks columns.
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
            "line": [f"{file.name}:{number}" for number in range(2, len(rows) + 2)],
        }
    )
    garments = photos[~rows["label"].isin(NOT_LABELLED | NOT_GARMENTS)]
    garments = garments[["photo", "tags", "line"]].rename(columns={"tags": "label"})
    return finish(photos, garments, [], taxonomy("clothing"))
