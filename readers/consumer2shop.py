"""DeepFashion, Consumer-to-shop Clothes Retrieval: 239,557 photos of 33,881 products, by customers and by shops.

Liu, Luo, Qiu, Wang, Tang: DeepFashion, CVPR 2016. Public home: http://mmlab.ie.cuhk.edu.hk/projects/DeepFashion.html;
for research only, on request. The folder of a photo names its category ('TOPS/Lace_Shirt').
"""

from pathlib import Path

import pandas as pd

from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import PARTS, taxonomy
from readers.deepfashion import landmarks_of
from readers.rows import finish
from readers.text import read_list

SIDES = {"customer": "user", "shop": "shop"}
SOURCES = {1: "shop", 2: "user"}


def read_consumer2shop(root: Path, split: str | None = None) -> Table:
    """Read boxes, landmarks and pairs; `source` of a photo is its side of the pair.

    Args:
        root: the folder with Anno/, Eval/ and Img/.
        split: 'train', 'val' or 'test'; None for all.

    Returns:
        Table. `item` is the product, which photos of customers and of shops share; `attributes` is the source of the
        photo ('shop' or 'user'). Photos of a product share a group. Part and category are those of the clothes type and
        the folder.
    """
    root = Path(root)
    problems: list[dict] = []
    columns = ["customer", "shop", "item", "split"]
    pairs = read_list(root / "Eval" / "list_eval_partition.txt", columns, problems).dropna()
    both = [
        pairs[[side, "item", "split", "line"]].rename(columns={side: "photo"}).assign(source=source)
        for side, source in SIDES.items()
    ]
    parts = pd.concat(both, ignore_index=True).drop_duplicates("photo")  # a photo is in several pairs
    other = parts[(parts["split"] != split) & (split is not None)]
    parts = parts.drop(other.index)
    photos = parts.assign(path=str(root / "Img") + "/" + parts["photo"], group=parts["item"]).drop(columns="item")
    columns = ["type", "source", *BOX_COLUMNS]
    file = root / "Anno" / "list_bbox_consumer2shop.txt"
    boxes = read_list(file, ["photo", *columns], problems, numbers=columns).dropna()
    garments = boxes[~boxes["photo"].isin(other["photo"])]
    points = landmarks_of(root / "Anno" / "list_landmarks_consumer2shop.txt", problems)
    garments = garments.assign(
        label=["/".join(photo.split("/")[1:3]) for photo in garments["photo"]],
        part=garments["type"].map(dict(enumerate(PARTS, start=1))),
        item=garments["photo"].map(dict(zip(parts["photo"], parts["item"], strict=True))).fillna(""),
        attributes=garments["source"].map(SOURCES).fillna(""),
        landmarks=garments["photo"].map(points),
    ).drop(columns=["type", "source"])
    return finish(photos, garments, problems, taxonomy("consumer2shop"))
