"""Clothing dataset: about 5,000 customer photos of one garment each, mostly laid flat or hanging.

Grigorev: Clothing dataset (full, high resolution), 2020. CC0-1.0. Public home: GitHub alexeygrigorev/clothing-dataset.
"""

import csv
from pathlib import Path

from PIL import Image

from garments.types import Table
from garments.vocabulary import taxonomy

NOT_LABELLED = {"Not sure", "Skip", "Other"}  # the data set's own words for "no category"
NOT_GARMENTS = {"Hat", "Shoes"}


def read_clothing(root: Path) -> Table:
    """Read the clothing data set. Its garments have no box: those columns are NaN.

    Args:
        root: the folder with images/ and images.csv (image, sender_id, label, kids, optionally split).

    Returns:
        Table; every readable photo is a row, with its label in `tags`; hats, shoes and the labels that say
        nothing ('Not sure', 'Skip', 'Other') have no garment.
    """
    root = Path(root)
    known = taxonomy("clothing")
    photos, garments, problems = [], [], []
    with open(root / "images.csv", newline="") as file:
        listed = list(csv.DictReader(file))
    for line in listed:
        photo, label = line["image"], line["label"]
        path = root / "images" / f"{photo}.jpg"
        try:
            with Image.open(path) as image:
                width, height = image.size
        except OSError as error:
            problems.append(dict(file=photo, reason=str(error), remedy="fetch this photo again"))
            continue
        split = line.get("split") or "train"
        sender = f"sender {line['sender_id']}"
        row = dict(photo=photo, path=str(path), width=width, height=height, split=split, group=sender, tags=label)
        photos.append(row)
        if label in known:
            garments.append(dict(photo=photo, label=label, part=known[label].part, category=known[label].category))
        elif label not in NOT_LABELLED | NOT_GARMENTS:
            remedy = "add the label to garments/taxonomy.csv, or leave the photo without a garment"
            problems.append(dict(file=photo, reason=f"unknown label {label!r}", remedy=remedy))
    return Table.of(photos, garments, problems)
