"""DeepFashion, In-shop Clothes Retrieval: 52,712 shop photos of 7,982 products, several views of each.

Liu, Luo, Qiu, Wang, Tang: DeepFashion, CVPR 2016. Public home: http://mmlab.ie.cuhk.edu.hk/projects/DeepFashion.html;
for research only, on request. The folder of a photo names its category ('WOMEN/Jackets_Coats').
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import PARTS, taxonomy
from readers.coco import entries
from readers.deepfashion import landmarks_of
from readers.rows import FIX, finish
from readers.sizes import measured
from readers.text import read_list

VIEWS = {1: "frontal", 2: "side", 3: "back", 4: "zoom-out", 5: "zoom-in", 6: "stand-alone"}
SIDE = 256  # of the photos in img/: the larger ones, shrunk to fit and centred


def read_inshop(root: Path, split: str | None = None) -> Table:
    """Read boxes, landmarks, product ids and attributes; or outlines of all garments.

    Args:
        root: the folder with Anno/, Eval/ and Img/; or its Anno/segmentation/ for the outlines on img_highres/.
        split: 'train', 'query' or 'gallery'; None for all.

    Returns:
        Table. `item` is the product, `attributes` are the view and the product's colour; photos of a product share a
        group, so that no product is on both sides of a split. Part and category are those of the clothes type and the
        folder. Photos are those of Img/img/; without it those of Img/img_highres/, with boxes and landmarks scaled to
        their pixels. Outlines are `segmentation`, and their labels coarse ('top', 'outer').
    """
    root = Path(root)
    if list(root.glob("DeepFashion_segmentation_*.json")):
        return _read_outlines(root, split)
    problems: list[dict] = []
    parts = read_list(root / "Eval" / "list_eval_partition.txt", ["photo", "item", "split"], problems).dropna()
    problems += _unlisted(parts, root / "Anno" / "list_item_inshop.txt")
    other = parts[(parts["split"] != split) & (split is not None)]
    photos = parts.drop(other.index).assign(group=parts["item"]).drop(columns="item")
    photos = photos.assign(path=str(root / "Img") + "/" + photos["photo"], source="shop")
    garments = _garments(root / "Anno", parts, problems)
    garments = garments[~garments["photo"].isin(other["photo"])]
    if (root / "Img" / "img_highres").is_dir() and not (root / "Img" / "img").is_dir():
        photos, garments = _enlarged(photos, garments)
    return finish(photos, garments, problems, taxonomy("inshop"))


def _unlisted(parts: pd.DataFrame, file: Path) -> list[dict]:
    """A problem for each photo of a product that the list of products lacks."""
    if not file.exists():
        return []
    problems: list[dict] = []
    known = read_list(file, ["item"], problems, header=1)["item"]
    lines = parts.loc[~parts["item"].isin(known), "line"]
    return problems + [dict(file=n, reason=f"its product is not in {file.name}", remedy=FIX) for n in lines]


def _garments(anno: Path, parts: pd.DataFrame, problems: list[dict]) -> pd.DataFrame:
    """The boxes with their labels, items, attributes and landmarks."""
    columns = ["type", "view", *BOX_COLUMNS]
    boxes = read_list(anno / "list_bbox_inshop.txt", ["photo", *columns], problems, numbers=columns).dropna()
    colours = _colours(anno / "list_description_inshop.json")
    items = boxes["photo"].map(dict(zip(parts["photo"], parts["item"], strict=True)))
    points = landmarks_of(anno / "list_landmarks_inshop.txt", problems)
    return boxes.assign(
        label=["/".join(photo.split("/")[1:3]) for photo in boxes["photo"]],
        part=boxes["type"].map(dict(enumerate(PARTS, start=1))),
        item=items.fillna(""),
        attributes=[_words(view, colours.get(item)) for view, item in zip(boxes["view"], items, strict=True)],
        landmarks=boxes["photo"].map(points),
    ).drop(columns=["type", "view"])


def _enlarged(photos: pd.DataFrame, garments: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Photos of img_highres/ instead of img/, and the garments in their pixels."""
    large = {column: photos[column].str.replace("img/", "img_highres/", n=1) for column in ("photo", "path")}
    photos = measured(photos.assign(**large))
    garments = garments.assign(photo=garments["photo"].str.replace("img/", "img_highres/", n=1))
    sizes = photos.set_index("photo")[["width", "height"]]
    sizes = sizes[~sizes.index.duplicated()].reindex(garments["photo"]).to_numpy(float)
    scale = sizes.max(1, keepdims=True) / SIDE
    margin = (SIDE - sizes / scale) / 2
    garments[BOX_COLUMNS] = (garments[BOX_COLUMNS] - np.tile(margin, 2)) * scale
    moved = [
        p if isinstance(p, float) else _moved(p, m, s)
        for p, m, s in zip(garments["landmarks"], margin, scale, strict=True)
    ]
    return photos, garments.assign(landmarks=pd.Series(moved, garments.index, dtype=object))


def _moved(points: np.ndarray, margin: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Landmarks (24,) in the pixels of the large photo; those that are not labelled stay at 0."""
    points = points.reshape(-1, 3)
    places = np.where(points[:, 2:] > 0, (points[:, :2] - margin) * scale, 0)
    return np.hstack([places, points[:, 2:]]).astype(np.float32).ravel()


def _read_outlines(folder: Path, split: str | None) -> Table:
    """The Table of DeepFashion_segmentation_train.json, _query.json and _gallery.json in Anno/segmentation/."""
    frames = []
    for name in ("train", "query", "gallery"):
        file = folder / f"DeepFashion_segmentation_{name}.json"
        if file.exists() and split in (None, name):
            _, photos, garments = entries(file)
            frames.append((photos.assign(split=name), garments))
    if not frames:
        raise ValueError(f"{folder}: expected DeepFashion_segmentation_{split}.json")
    photos, garments = (pd.concat(parts, ignore_index=True) for parts in zip(*frames, strict=True))
    items = {photo: photo.split("/")[-2] for photo in photos["photo"] if "/" in photo}
    photos = photos.assign(
        path=str(folder.parents[1] / "Img") + "/" + photos["photo"], group=photos["photo"].map(items), source="shop"
    )
    garments = garments.assign(item=garments["photo"].map(items).fillna(""))
    return finish(photos, garments, [], taxonomy("inshop"))


def _words(view: float, colour: str | None) -> str:
    return "|".join(filter(None, [VIEWS.get(int(view)), colour]))


def _colours(file: Path) -> dict[str, str]:
    """{product: colour}; none where the file is missing."""
    if not file.exists():
        return {}
    try:
        return {entry["item"]: entry.get("color", "") for entry in json.loads(file.read_text(encoding="utf-8"))}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{file}: expected a list of products with their item ({error!r}); fetch it again") from error
