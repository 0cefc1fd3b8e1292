"""COCO's format, as CVAT, Label Studio, FiftyOne, Roboflow and this project export it.

Lin et al.: Microsoft COCO, ECCV 2014; https://cocodataset.org/#format-data.
"""

import json
import math
import os
from pathlib import Path
from typing import Any

import pandas as pd

from garments.coco import OF_ANNOTATION, OF_IMAGE, boxes_xyxy
from garments.types import Table
from garments.vocabulary import PARTS, own_taxonomy
from readers.rows import NAME_OWN, finish, split_of

PLACES = ("", "images", "data", "..", "../images", "../data")  # of the photos, seen from the folder of the JSON file


def read_coco(root: Path, split: str | None = None) -> Table:
    """Read boxes in COCO's format.

    Args:
        root: the folder with the JSON files, or one above it; photos lie beside them, or in images/ or data/.
        split: 'train', 'val' or 'test'; None for all.

    Returns:
        Table. The split of a photo is that of its entry, else of the name of the JSON file or its folder, else 'train'.
        COCO's categories may be parts or categories of this project, or labels that a file taxonomy.csv (label, part,
        category) in `root` maps to them; attributes that this project wrote are read back.

    Raises:
        ValueError: there is no JSON file in COCO's format, or taxonomy.csv is wrong.
    """
    root = Path(root).resolve()
    data = {file: _json(file) for file in sorted(root.rglob("*.json"))}
    frames = [_rows(file, found, root) for file, found in data.items() if found]
    if not frames:
        raise ValueError(f"{root}: expected a JSON file with the lists images, annotations and categories")
    photos, garments = (pd.concat(parts, ignore_index=True) for parts in zip(*frames, strict=True))
    other = photos.loc[(photos["split"] != split) & (split is not None), "photo"]
    photos, garments = (frame[~frame["photo"].isin(other)] for frame in (photos, garments))
    known = own_taxonomy(garments["label"].unique(), root / "taxonomy.csv")
    return finish(photos, garments, [], known, NAME_OWN)


def entries(file: Path) -> tuple[dict, pd.DataFrame, pd.DataFrame]:
    """The content of a published file in COCO's format, and its rows as `finish` takes them.

    Returns:
        (the content; photo and line of its images; photo, label, box, segmentation and line of its annotations); the
        name of a photo is its `file_name`.

    Raises:
        ValueError: the file is not in this format.
    """
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        labels = {entry["id"]: entry["name"] for entry in data["categories"]}
        photos, found = pd.DataFrame(data["images"])[["id", "file_name"]], pd.DataFrame(data["annotations"])
        names = dict(zip(photos["id"], photos["file_name"], strict=True))
        garments = _boxes(found["bbox"]).assign(
            photo=found["image_id"].map(names).fillna(""),
            label=[labels.get(number, f"category {number}") for number in found["category_id"]],
            segmentation=found["segmentation"],
            line=[f"{file.name} annotation {number}" for number in found["id"]],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{file}: not as it was published ({error!r}); fetch it again") from error
    lines = [f"{file.name} image {number}" for number in photos["id"]]
    return data, pd.DataFrame({"photo": photos["file_name"], "line": lines}), garments


def _json(file: Path) -> dict | None:
    """The content of a JSON file with COCO's three lists; None for another file."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{file}: no JSON ({error}); export it again, or remove it") from error
    return data if isinstance(data, dict) and {"images", "annotations", "categories"} <= set(data) else None


def _rows(file: Path, data: dict, root: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The photos and garments of one JSON file, as `finish` takes them."""
    name = file.relative_to(root).as_posix()
    names = {category["id"]: category["name"] for category in data["categories"]}
    photos, ids = [], {}
    for entry in data["images"]:
        path = _path_of(file, entry["file_name"])
        ids[entry["id"]] = photo = path.relative_to(root).as_posix()
        own = {key: entry[key] for key in OF_IMAGE if key in entry}
        line = f"{name} image {entry['id']}"
        photos.append({"split": split_of(name), **own, "photo": photo, "path": str(path), "line": line})
    garments = [
        dict(photo=ids.get(entry["image_id"], ""), line=f"{name} annotation {entry['id']}", **_meaning(entry, names))
        | {key: entry[key] for key in ("bbox", "score", "segmentation", "keypoints") if key in entry}
        for entry in data["annotations"]
    ]
    photos = pd.DataFrame(photos, columns=None if photos else ["photo", "path", "split", "line"])
    garments = pd.DataFrame(garments, columns=None if garments else ["photo", "label", "bbox", "line"])
    garments = garments.rename(columns={"keypoints": "landmarks"})
    return photos, garments.drop(columns="bbox").join(_boxes(garments["bbox"]))


def _boxes(entries: pd.Series) -> pd.DataFrame:
    """Boxes, xyxy: nan where an annotation has none, partly nan, and so reported, where it is malformed."""

    def is_valid(box: Any) -> bool:
        return isinstance(box, list) and len(box) in (0, 4) and all(isinstance(value, int | float) for value in box)

    return boxes_xyxy(entries.map(lambda box: box if is_valid(box) else [math.nan, 0, 0, 0]))


def _meaning(entry: dict, names: dict[int, str]) -> dict:
    """Label, part and category of an annotation: as this project wrote them, else its category as a label."""
    name, attributes = names.get(entry["category_id"], ""), entry.get("attributes")
    if isinstance(attributes, dict) and "category" in attributes:
        known = {key: attributes[key] for key in OF_ANNOTATION if key in attributes}
        return {"label": "", "part": name if name in PARTS else "", **known}
    return {"label": name}


def _path_of(file: Path, name: str) -> Path:
    """The path of the photo of that name; beside the JSON file if it is not found."""
    places = [Path(os.path.normpath(file.parent / place / name)) for place in PLACES]
    return next((path for path in places if path.exists()), places[0])
