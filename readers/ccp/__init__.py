"""Clothing Co-Parsing (CCP): 2,098 street photos, about half with a label for every pixel.

Yang, Luo, Lin: Clothing Co-Parsing by Joint Image Segmentation and Labeling, CVPR 2014. Apache-2.0.
Public home: GitHub bearpaw/clothing-co-parsing.
"""

import csv
from pathlib import Path

import numpy as np

from garments.masks import box_of_mask, encode
from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import taxonomy
from photos.decoding import upright_size
from photos.label_maps import read_label_map, read_mat
from readers.ccp.labels import label_names, name_of
from readers.ccp.landmarks import with_landmarks

MIN_AREA = 0.0015  # of the photo; smaller labels are stray


def read_ccp(root: Path, outlines: bool = False, landmarks: str | None = None) -> Table:
    """Read CCP. Garments have boxes where the photo has a label map; the other photos have `tags` only.

    Args:
        root: the folder with photos/, annotations/, label_list.mat and optionally splits.csv (photo, split).
        outlines: read the masks too, as `segmentation`: COCO's compressed run lengths.
        landmarks: 'derived' from the label maps, or 'placed' by eye, then only photos with them; None for none.

    Returns:
        Table; `source` is 'user', as people post their own outfits. Without splits.csv the split of photos with a label
        map is 'train', of the others 'tags'.
    """
    root = Path(root)
    names = label_names(root)
    photos, garments, problems = [], [], []
    for photo, split in _splits(root).items():
        try:
            path = root / "photos" / f"{photo}.jpg"
            size = upright_size(path)[0]
            row = dict(photo=photo, path=str(path), width=size[0], height=size[1], split=split, source="user")
            if split == "tags":
                tags = read_mat(root / "annotations" / "image-level" / f"{photo}.mat", "tags").ravel()
                row["tags"] = "|".join(name_of(names, tag) for tag in tags)
                found = []
            else:
                drawn = root / "annotations" / "pixel-level" / f"{photo}.mat"
                row |= dict(label_map=str(drawn), map_labels="|".join(names))
                label_map = read_label_map(drawn)
                if label_map.shape != size[::-1]:
                    raise ValueError(f"label map is {label_map.shape[::-1]}, the photo {size} pixels")
                found = [dict(photo=photo, **box) for box in garments_of(label_map, names, outlines)]
        except (OSError, ValueError) as error:
            problems.append(dict(file=photo, reason=str(error), remedy="fetch this photo and its annotation again"))
            continue
        photos.append(row)
        garments.extend(found)
    table = Table.of(photos, garments, problems)
    return with_landmarks(table, landmarks) if landmarks else table


def garments_of(label_map: np.ndarray, names: list[str], outlines: bool = False) -> list[dict]:
    """Label, part, category and box of every garment of a label map: one a label, as CCP does not separate people."""
    rows = []
    for number in np.unique(label_map):
        label = name_of(names, number)
        meaning = taxonomy("ccp").get(label)
        mask = label_map == number
        if meaning is None or not meaning.part or mask.mean() < MIN_AREA:
            continue
        box = dict(zip(BOX_COLUMNS, box_of_mask(mask), strict=True))
        row = dict(label=label, part=meaning.part, category=meaning.category, mask_value=number, **box)
        rows.append(row | ({"segmentation": encode(mask)} if outlines else {}))
    return rows


def _splits(root: Path) -> dict[str, str]:
    if (root / "splits.csv").exists():
        with open(root / "splits.csv", newline="", encoding="utf-8") as file:
            return {row["photo"]: row["split"] for row in csv.DictReader(file)}
    labelled = {path.stem for path in (root / "annotations" / "pixel-level").glob("*.mat")}
    photos = sorted(path.stem for path in (root / "photos").glob("*.jpg"))
    return {photo: "train" if photo in labelled else "tags" for photo in photos}
