"""DeepFashion2: 191,961 photos for training and 32,153 for validation, with boxes, outlines, landmarks and pairs.

Ge, Zhang, Wu, Wang, Tang, Luo: DeepFashion2, CVPR 2019. Public home: GitHub switchablenorms/DeepFashion2; for research
only, on request. A `vest` is a top without sleeves there; categories are read by number, as their names differ between
the files of the data set and their conversion to COCO.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from garments.types import BOX_COLUMNS, SOURCES, Table
from garments.vocabulary import taxonomy
from readers.rows import finish

NAMES = (
    "short sleeve top", "long sleeve top", "short sleeve outwear", "long sleeve outwear", "vest", "sling", "shorts",
    "trousers", "skirt", "short sleeve dress", "long sleeve dress", "vest dress", "sling dress",
)  # fmt: skip
FOLDERS = {"train": "train", "val": "validation", "test": "test"}
GRADES = ("scale", "occlusion", "zoom_in", "viewpoint")
FIX = "fetch this file again"


def read_deepfashion2(root: Path, split: str | None = None, outlines: bool = False) -> Table:
    """Read boxes, categories, landmarks and pairs.

    Args:
        root: the folder with train/ and validation/, each with annos/ and image/.
        split: 'train', 'val' or 'test'; None for all that are there.
        outlines: keep the polygons too, as `segmentation`.

    Returns:
        Table. `item` is 'pair_id style' (garments of one product, none for style 0), `landmarks` are those of the
        garment's category, x, y and visibility each; `attributes` are the source of the photo and its difficulty, as
        'shop|scale 1|occlusion 2|zoom_in 1|viewpoint 2'. Photos of one pair share a group.

    Raises:
        ValueError: there are no annotations.
    """
    root = Path(root)
    photos: list[dict] = []
    rows: list[dict] = []
    problems: list[dict] = []
    for name, folder in FOLDERS.items():
        if split in (None, name):
            files = sorted((root / folder / "annos").glob("*.json"))
            for file in tqdm(files, desc=name, disable=None, leave=False):
                _read(file, name, root, outlines, photos, rows, problems)
    if not photos:
        raise ValueError(f"{root}: expected {root / 'train' / 'annos'}/*.json, or those of the split {split}")
    garments = pd.DataFrame(rows, columns=None if rows else ["photo", "label", *BOX_COLUMNS, "line"])
    return finish(pd.DataFrame(photos), garments, problems, taxonomy("deepfashion2"))


def _read(file: Path, split: str, root: Path, outlines: bool, photos: list, garments: list, problems: list) -> None:
    """Add the photo and the garments of one file."""
    path = file.parent.parent / "image" / f"{file.stem}.jpg"
    photo, line = path.relative_to(root).as_posix(), file.relative_to(root).as_posix()
    try:
        data = json.loads(file.read_bytes())
        found = [_garment(key, item, data, outlines) for key, item in data.items() if key.startswith("item")]
        pair, source = data["pair_id"], data["source"]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        problems.append(dict(file=line, reason=f"no annotation as DeepFashion2 writes it: {error!r}", remedy=FIX))
        return
    source = source if source in SOURCES else ""
    photos.append(dict(photo=photo, path=str(path), split=split, group=f"pair {pair}", source=source, line=line))
    garments += [dict(photo=photo, line=f"{line} {key}", **row) for key, row in found]


def _garment(key: str, item: dict, data: dict, outlines: bool) -> tuple[str, dict]:
    number = item["category_id"]
    row: dict = {"label": NAMES[number - 1] if 1 <= number <= len(NAMES) else f"category {number}"}
    row.update(zip(BOX_COLUMNS, item["bounding_box"], strict=True))
    row["item"] = f"{data['pair_id']} {item['style']}" if item["style"] else ""
    row["attributes"] = "|".join([data["source"], *(f"{grade} {item[grade]}" for grade in GRADES)])
    row["landmarks"] = np.array(item["landmarks"], np.float32)
    if outlines:
        row["segmentation"] = item["segmentation"]
    return key, row
