"""COCO's format, as CVAT, Label Studio, FiftyOne, Roboflow and this project export it.

Lin et al.: Microsoft COCO, ECCV 2014; https://cocodataset.org/#format-data.
"""

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd

from garments.coco import boxes_xyxy
from garments.text_files import read_text
from garments.types import Table
from garments.vocabulary import own_taxonomy
from readers.coco_entries import CocoFile, rows_of
from readers.photo_finder import PhotoFinder, visible_files
from readers.rows import NAME_OWN, SAME, finish
from readers.sizes import SAID
from readers.sources import merged_photos, place_of
from readers.splits import in_split

LISTS = ("images", "annotations", "categories")
HALF = re.compile(  # a surrogate without its other half, which no text can hold
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
EXPECTED = f"expected the lists {', '.join(LISTS[:2])} and {LISTS[2]}"
OF_TOOLS = {  # a key of a JSON file of another format
    "shapes": "convert it with labelme2coco",
    "_via_img_metadata": "export it from VIA as COCO",
    "asset": "export it from VoTT as Pascal VOC or CSV",
    "assets": "export it from VoTT as Pascal VOC or CSV",
    "items": "export it from Datumaro as COCO",
}
EXPORT = "export it again in COCO's format, or remove it"


def read_coco(root: Path, split: str | None = None) -> Table:
    """Read boxes in COCO's format.

    Args:
        root: the folder with the JSON files, or one above it, or one JSON file; photos lie anywhere below the folder,
            or below the one above a folder `annotations`.
        split: 'train', 'val' or 'test'; None for all.

    Returns:
        Table. The split of a photo is that of its entry, else of the name of the JSON file or its folders, else of the
        folders of the photo, else 'train'. A photo in several files is one, and so are its equal boxes. COCO's
        categories may be parts or categories of this project, or labels that a file taxonomy.csv (label, part,
        category) in `root` maps to them; attributes that this project wrote are read back. `iscrowd` is kept.

    Raises:
        ValueError: there is no JSON file in COCO's format, no photo of that split, or taxonomy.csv is wrong.
    """
    root, files = place_of(root, ".json")
    finder = PhotoFinder(root)
    problems: list[dict] = []
    files = files or _lists(finder)
    frames = []
    for file in files:
        if (data := coco_content(file, finder.relative(file), problems)) is not None:
            frames.append(rows_of(CocoFile(file, finder.relative(file), data), finder, problems))
    if not frames:
        why = "".join(f"; {p['file']}: {p['reason']}; {p['remedy']}" for p in problems[:3])
        raise ValueError(f"{root}: expected a JSON file with the lists images, annotations and categories{why}")
    photos, garments = (pd.concat(parts, ignore_index=True) for parts in zip(*frames, strict=True))
    photos, of_line = merged_photos(photos, problems)
    garments = once(garments.assign(photo=garments["photo"].map(of_line).fillna("")))
    photos, garments = in_split(photos, garments, split)
    known = own_taxonomy(garments["label"].unique(), root / "taxonomy.csv")
    return finish(photos, garments.drop(columns="file"), problems, known, NAME_OWN)


def _lists(finder: PhotoFinder) -> list[Path]:
    """The JSON files of a data set; those behind links, perhaps of its source, if there are no other."""
    files = [file for file in visible_files(finder.root, links=False) if file.suffix.lower() == ".json"]
    return files or [file for file in finder.files if file.suffix.lower() == ".json"]


def coco_content(file: Path, name: str, problems: list[dict]) -> dict | None:
    """The content of a JSON file in COCO's format; None, with a problem, for another file."""
    try:
        data = json.loads(HALF.sub(r"\\ufffd", read_text(file)))
    except (ValueError, RecursionError) as error:
        reason = "empty" if not file.exists() or not file.stat().st_size else str(error).removeprefix(f"{file}: ")
        problems.append(dict(file=name, reason=f"no JSON: {reason:.150}", remedy=EXPORT))
        return None
    if isinstance(data, dict) and set(LISTS) <= set(data):
        return data
    problems.append(dict(file=name, reason=f"not in COCO's format: {EXPECTED}", remedy=_remedy(data)))
    return None


def _remedy(data: Any) -> str:
    """What to do with a JSON file of another kind."""
    first = data[0] if isinstance(data, list) and data and isinstance(data[0], dict) else {}
    is_label_studio = "annotator" in first or "annotation_id" in first or {"data", "annotations"} <= set(first)
    of_tool = [remedy for key, remedy in OF_TOOLS.items() if isinstance(data, dict) and key in data]
    return "export it from Label Studio as COCO" if is_label_studio else [*of_tool, EXPORT][0]


def once(garments: pd.DataFrame) -> pd.DataFrame:
    """The garments of several files without those that an earlier file has too."""
    same = [c for c in SAME if c in garments]
    keys = garments[same].assign(time=garments.groupby(["file", *same], dropna=False).cumcount())
    return garments[~keys.duplicated() | (garments["photo"] == "")]


def entries(file: Path) -> tuple[dict, pd.DataFrame, pd.DataFrame]:
    """The content of a published file in COCO's format, and its rows as `finish` takes them.

    Returns:
        (the content; photo, line and said size of its images; photo, label, box, segmentation and line of its
        annotations); the name of a photo is its `file_name`.

    Raises:
        ValueError: the file is not in this format.
    """
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        labels = {entry["id"]: entry["name"] for entry in data["categories"]}
        photos = pd.DataFrame(data["images"]).reindex(columns=["id", "file_name", "width", "height"])
        found = pd.DataFrame(data["annotations"])
        names = dict(zip(photos["id"], photos["file_name"], strict=True))
        garments = boxes_xyxy(found["bbox"]).assign(
            photo=found["image_id"].map(names).fillna(""),
            label=[labels.get(number, f"category {number}") for number in found["category_id"]],
            segmentation=found["segmentation"],
            iscrowd=found.get("iscrowd", 0),
            line=[f"{file.name} annotation {number}" for number in found["id"]],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{file}: not as it was published ({error!r}); fetch it again") from error
    photos["line"] = [f"{file.name} image {number}" for number in photos["id"]]
    names = {"file_name": "photo", **dict(zip(("width", "height"), SAID, strict=True))}
    return data, photos.rename(columns=names).drop(columns="id"), garments
