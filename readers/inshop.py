"""DeepFashion, In-shop Clothes Retrieval: 52,712 shop photos of 7,982 products, several views of each.

Liu, Luo, Qiu, Wang, Tang: DeepFashion, CVPR 2016. Public home: http://mmlab.ie.cuhk.edu.hk/projects/DeepFashion.html;
for research only, on request. The folder of a photo names its category ('WOMEN/Jackets_Coats').
"""

import json
from pathlib import Path

from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import PARTS, taxonomy
from readers.deepfashion import landmarks_of
from readers.rows import finish
from readers.text import read_list

VIEWS = {1: "frontal", 2: "side", 3: "back", 4: "zoom-out", 5: "zoom-in", 6: "stand-alone"}


def read_inshop(root: Path, split: str | None = None) -> Table:
    """Read boxes, landmarks, product ids and the words that describe a product.

    Args:
        root: the folder with Anno/, Eval/ and Img/.
        split: 'train', 'query' or 'gallery'; None for all.

    Returns:
        Table. `item` is the product, `attributes` are the view and the product's colour; photos of a product share a
        group, so that no product is on both sides of a split. Part and category are those of the clothes type and the
        folder.
    """
    root, problems = Path(root), []
    parts = read_list(root / "Eval" / "list_eval_partition.txt", ["photo", "item", "split"], problems).dropna()
    other = parts[(parts["split"] != split) & (split is not None)]
    parts = parts.drop(other.index)
    images = str(root / "Img") + "/"
    photos = parts.assign(path=images + parts["photo"], group=parts["item"]).drop(columns="item")
    columns = ["type", "view", *BOX_COLUMNS]
    boxes = read_list(root / "Anno" / "list_bbox_inshop.txt", ["photo", *columns], problems, numbers=columns).dropna()
    garments = boxes[~boxes["photo"].isin(other["photo"])]
    colours = _colours(root / "Anno" / "list_description_inshop.json")
    items = garments["photo"].map(dict(zip(parts["photo"], parts["item"], strict=True)))
    points = landmarks_of(root / "Anno" / "list_landmarks_inshop.txt", ["variation"], problems)
    garments = garments.assign(
        label=["/".join(photo.split("/")[1:3]) for photo in garments["photo"]],
        part=[PARTS[int(kind) - 1] if 1 <= kind <= 3 else "" for kind in garments["type"]],
        item=items.fillna(""),
        attributes=[_words(view, colours.get(item)) for view, item in zip(garments["view"], items, strict=True)],
        landmarks=garments["photo"].map(points),
    ).drop(columns=["type", "view"])
    return finish(photos, garments, problems, taxonomy("inshop"))


def _words(view: float, colour: str | None) -> str:
    return "|".join(filter(None, [VIEWS.get(view), colour]))


def _colours(file: Path) -> dict[str, str]:
    """{product: colour}; none where the file is missing."""
    if not file.exists():
        return {}
    try:
        return {entry["item"]: entry.get("color", "") for entry in json.loads(file.read_text(encoding="utf-8"))}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{file}: expected a list of products with their item ({error!r}); fetch it again") from error
