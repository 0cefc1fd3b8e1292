"""Fashion Product Images: shop photos of one garment each, mostly on a white background.

Aggarwal: Fashion Product Images (Dataset, and Small), 2019. MIT. Public home: Kaggle,
paramaggarwal/fashion-product-images-dataset and -small. Photos are 60 x 80 or 168 x 224 pixels.
"""

from pathlib import Path

import pandas as pd

from garments.types import Table
from garments.vocabulary import taxonomy
from readers.rows import finish

ATTRIBUTES = ("gender", "colour", "usage")


def read_products(root: Path) -> Table:
    """Read the shop's photos. Their garments have no box: those columns are NaN.

    Args:
        root: the folder with images/ and images.csv (image, label, gender, colour, usage, item, optionally split).

    Returns:
        Table; every readable photo is a row, with its label in `tags`. `item` is the design, shared by its colour
        variants, and photos of one item share a group; `attributes` are written 'gender Men|colour Black'.

    Raises:
        ValueError: images.csv lacks columns.
    """
    file = Path(root) / "images.csv"
    rows = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig").fillna("")
    wanted = ["image", "label", *ATTRIBUTES, "item"]
    if not set(wanted) <= set(rows):
        raise ValueError(f"{file}: expected the columns {', '.join(wanted)}, got {', '.join(rows)}")
    rows = rows.rename(columns={"image": "photo"}).assign(line=[f"{file.name}:{n}" for n in range(2, len(rows) + 2)])
    photos = rows[["photo", "line"]].assign(
        path=[str(file.parent / "images" / f"{name}.jpg") for name in rows["photo"]],
        split=rows["split"].replace("", "train") if "split" in rows else "train",
        group="item " + rows["item"],
        tags=rows["label"],
        source="shop",
    )
    garments = rows[["photo", "label", "item", "line"]].assign(attributes=_attributes(rows))
    return finish(photos, garments, [], taxonomy("products"))


def _attributes(rows: pd.DataFrame) -> list[str]:
    """'name value|name value' of each row, without what is empty."""
    return [
        "|".join(f"{name} {value}" for name, value in zip(ATTRIBUTES, row, strict=True) if value)
        for row in rows[list(ATTRIBUTES)].itertuples(index=False)
    ]
