"""Fashionpedia: 48,825 photos with outlines of 27 types of garments and 19 garment parts, and 294 attributes.

Jia, Shi, Sirotenko, Cui, Cardie, Hariharan, Adam, Belongie: Fashionpedia, ECCV 2020. Public home:
https://fashionpedia.github.io; annotations CC BY 4.0.
"""

from pathlib import Path

import pandas as pd

from garments.types import Table
from garments.vocabulary import taxonomy
from readers.coco import entries
from readers.rows import finish

FILES = {"train": "instances_attributes_train2020.json", "val": "instances_attributes_val2020.json"}
FOLDERS = {"train": "train", "val": "test"}  # the photos for validation lie in test/


def read_fashionpedia(root: Path, split: str | None = None, outlines: bool = False, things: bool = False) -> Table:
    """Read boxes, categories and attributes; shoes, bags, sleeves, collars and the like are no garments.

    Args:
        root: the folder with the two JSON files (or annotations/ with them), train/ and test/.
        split: 'train' or 'val'; None for those that exist.
        outlines: keep the masks too, as `segmentation`.
        things: keep shoes, bags, accessories and pieces of garments too, with part and category '', for segmentation.

    Returns:
        Table; garments have `attributes` by name.

    Raises:
        ValueError: neither file exists, or one is malformed.
    """
    root, frames = Path(root), []
    for name, file in FILES.items():
        path = next((p for p in (root / file, root / "annotations" / file) if p.exists()), None)
        if path and split in (None, name):
            frames.append(_rows(path, root, name, outlines))
    if not frames:
        raise ValueError(f"{root}: expected {' or '.join(FILES[n] for n in FILES if split in (None, n))}")
    photos, garments = (pd.concat(parts, ignore_index=True) for parts in zip(*frames, strict=True))
    return finish(photos, garments, [], taxonomy("fashionpedia"), things=things)


def _rows(file: Path, root: Path, split: str, outlines: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    data, photos, garments = entries(file)
    try:
        names = {entry["id"]: entry["name"] for entry in data["attributes"]}
        marks = [entry["attribute_ids"] for entry in data["annotations"]]
        garments["attributes"] = ["|".join(names[n] for n in numbers if n in names) for numbers in marks]
    except (KeyError, TypeError) as error:
        raise ValueError(f"{file}: not as it was published ({error!r}); fetch it again") from error
    folder = FOLDERS[split] + "/"
    photos = photos.assign(photo=folder + photos["photo"], path=str(root) + "/" + folder + photos["photo"], split=split)
    garments["photo"] = [photo and folder + photo for photo in garments["photo"]]
    return photos, garments if outlines else garments.drop(columns="segmentation")
