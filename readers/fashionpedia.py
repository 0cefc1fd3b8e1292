"""Fashionpedia: 48,825 photos with outlines of 27 kinds of garments and 19 of their parts, and 294 attributes.

Jia, Shi, Sirotenko, Cui, Cardie, Hariharan, Adam, Belongie: Fashionpedia, ECCV 2020. Public home:
https://fashionpedia.github.io; annotations CC BY 4.0.
"""

import json
from pathlib import Path

import pandas as pd

from garments.coco import boxes_xyxy
from garments.types import Table
from garments.vocabulary import taxonomy
from readers.rows import finish

FILES = {"train": "instances_attributes_train2020.json", "val": "instances_attributes_val2020.json"}
FOLDERS = {"train": "train", "val": "test"}  # the photos for validation lie in test/


def read_fashionpedia(root: Path, split: str | None = None, outlines: bool = False) -> Table:
    """Read boxes, categories and attributes; shoes, bags, sleeves, collars and the like are no garments.

    Args:
        root: the folder with the two JSON files (or annotations/ with them), train/ and test/.
        split: 'train' or 'val'; None for those that are there.
        outlines: keep the masks too, as `segmentation`.

    Returns:
        Table; garments have `attributes` by name.

    Raises:
        ValueError: neither file is there, or it is not what it should be.
    """
    root, frames = Path(root), []
    for name, file in FILES.items():
        path = next((p for p in (root / file, root / "annotations" / file) if p.exists()), None)
        if path and split in (None, name):
            frames.append(_rows(path, root, name, outlines))
    if not frames:
        raise ValueError(f"{root}: expected {' or '.join(FILES[n] for n in FILES if split in (None, n))}")
    photos, garments = (pd.concat(kind, ignore_index=True) for kind in zip(*frames, strict=True))
    return finish(photos, garments, [], taxonomy("fashionpedia"))


def _rows(file: Path, root: Path, split: str, outlines: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        kinds, attributes = (
            {entry["id"]: entry["name"] for entry in data[key]} for key in ("categories", "attributes")
        )
        photos = pd.DataFrame(data["images"])[["id", "file_name"]]
        found = pd.DataFrame(data["annotations"])
        boxes = boxes_xyxy(found["bbox"])
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{file}: not as Fashionpedia publishes it ({error!r}); fetch it again") from error
    photos = photos.assign(photo=FOLDERS[split] + "/" + photos["file_name"], split=split)
    photos["path"] = str(root) + "/" + photos["photo"]
    photos["line"] = [f"{file.name} image {number}" for number in photos["id"]]
    garments = boxes.assign(
        photo=found["image_id"].map(dict(zip(photos["id"], photos["photo"], strict=True))).fillna(""),
        label=[kinds.get(number, f"category {number}") for number in found["category_id"]],
        attributes=["|".join(attributes[n] for n in numbers if n in attributes) for numbers in found["attribute_ids"]],
        line=[f"{file.name} annotation {number}" for number in found["id"]],
    )
    garments = garments.assign(segmentation=found["segmentation"]) if outlines else garments
    return photos.drop(columns=["id", "file_name"]), garments
