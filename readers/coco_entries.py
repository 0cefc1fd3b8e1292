"""The images and annotations of one file in COCO's format -> rows; what is malformed becomes a problem."""

import math
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from garments.coco import DESCRIPTION, OF_ANNOTATION, OF_IMAGE
from garments.crowds import CROWD
from garments.types import BOX_COLUMNS, SOURCES
from garments.vocabulary import PARTS
from readers.coco_values import box_of, column_of_points, is_number, key_of, number_of, outline_of, upright_extent
from readers.photo_finder import PhotoFinder
from readers.sizes import SAID
from readers.sources import PHOTO_ROW, photo_row
from readers.splits import split_name, split_of_list

FIX = "fix this entry, or export the file again"
MARGIN = 2  # pixels by which a box leaves its photo
COLUMNS = ["photo", "label", *BOX_COLUMNS, "line", "file"]


@dataclass
class CocoFile:
    """A JSON file in COCO's format: its path, its name below the root, and its content."""

    file: Path
    name: str
    data: dict
    problems: list[dict] = field(default_factory=list)

    @property
    def is_own(self) -> bool:
        """Whether this project wrote it, so that its attributes are columns of a Table."""
        info = self.data.get("info")
        return isinstance(info, dict) and info.get("description") == DESCRIPTION

    def entries(self, name: str) -> list[tuple[str, dict]]:
        """('file annotation 7', entry) of a list; an entry that is none is a problem, as is a list that is missing."""
        values = self.data[name]
        if not isinstance(values, list):
            self.problem(self.name, f"expected {name} to be a list, got {values!r:.40}; it is read as empty")
            return []
        rows = []
        for number, entry in enumerate(values):
            if isinstance(entry, dict):
                key = key_of(entry.get("id"))
                rows.append((f"{self.name} {name[:-1]} {key}" if key else f"{self.name} {name}[{number}]", entry))
            else:
                self.problem(f"{self.name} {name}[{number}]", f"expected an object, got {entry!r:.40}")
        return rows

    def problem(self, line: str, reason: str) -> None:
        """Add a problem of a line."""
        self.problems.append(dict(file=line, reason=reason, remedy=FIX))


def rows_of(coco: CocoFile, finder: PhotoFinder, problems: list[dict]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The photos and garments of a file, as `merged_photos` takes them; `photo` of a garment is the line of its photo.

    Adds the problems of malformed entries.
    """
    photos, ids = _photos(coco, finder)
    names = _labels(coco)
    rows = [row for line, entry in coco.entries("annotations") if (row := _garment(coco, line, entry, ids, names))]
    garments = pd.DataFrame(rows, columns=None if rows else COLUMNS)
    _check_corners(coco, photos, rows)
    problems += coco.problems
    return pd.DataFrame(photos, columns=None if photos else PHOTO_ROW), garments


def _check_corners(coco: CocoFile, photos: list[dict], rows: list[dict]) -> None:
    """Add a problem where boxes look as if corners were written: all would fit, and half of them leave their photo."""
    sizes = {photo["line"]: [photo[name] for name in SAID] for photo in photos}
    boxes = np.array([[row[c] for c in BOX_COLUMNS] for row in rows if not row["segmentation"]], float).reshape(-1, 4)
    ends = np.array([sizes[row["photo"]] for row in rows if not row["segmentation"]], float).reshape(-1, 2)
    starts, sides = boxes[:, :2], boxes[:, 2:] - boxes[:, :2]
    leaves = (boxes[:, 2:] > ends + MARGIN).any(1)
    if len(boxes) and ((starts < sides) & (sides <= ends + 1)).all() and leaves.mean() >= 0.5:
        reason = f"{leaves.sum()} of {len(boxes)} boxes leave their photo; as corners, x1, y1, x2, y2, all would fit"
        coco.problems.append(dict(file=coco.name, reason=reason, remedy="write a bbox as x, y, width, height"))


def _photos(coco: CocoFile, finder: PhotoFinder) -> tuple[list[dict], dict[str, dict]]:
    """(rows of the photos; id -> row). A photo whose id is not its own is a problem, and left out."""
    listed = coco.entries("images")
    times = Counter(key_of(entry.get("id")) for _, entry in listed)
    rows, ids, split = [], {}, split_of_list(coco.name)
    for line, entry in listed:
        name, key = entry.get("file_name"), key_of(entry.get("id"))
        if not isinstance(name, str) or not name.strip():
            coco.problem(line, f"expected file_name to be the name of a photo, got {name!r:.40}")
        elif not key:
            coco.problem(line, f"expected an id, got {entry.get('id')!r:.40}")
        elif times[key] > 1 and _names_of(listed, key) > 1:
            coco.problem(line, f"the id {key!r} is that of {times[key]} photos, so boxes cannot tell which is theirs")
        else:
            own = _own_columns(coco, entry)
            declared = own.pop("split", "") or split
            line = line if times[key] == 1 or key not in ids else f"{line} again"
            row = photo_row(finder.find(name, coco.file.parent, declared), name, declared, line, coco.name)
            size = (number_of(entry.get("width")), number_of(entry.get("height")))
            rows.append({**row, **own, **dict(zip(SAID, size, strict=True))})
            ids[key] = rows[-1]
    return rows, ids


def _names_of(listed: list[tuple[str, dict]], key: str) -> int:
    """How many different photos have this id."""
    return len({str(entry.get("file_name")) for _, entry in listed if key_of(entry.get("id")) == key})


def _own_columns(coco: CocoFile, entry: dict) -> dict[str, str]:
    """The split of a photo, as any tool writes it, and the other columns that this project wrote."""
    texts = {name: entry[name] for name in OF_IMAGE if isinstance(entry.get(name), str)}
    if coco.is_own:
        return {name: text for name, text in texts.items() if name != "source" or text in SOURCES}
    return {"split": split_name(texts.get("split", ""))}


def _labels(coco: CocoFile) -> dict[str, str]:
    """{id: name} of the categories; one that has no name, or whose id is that of another too, is called by its id."""
    names: dict[str, str] = {}
    for line, entry in coco.entries("categories"):
        key, name = key_of(entry.get("id")), entry.get("name")
        label = str(name) if isinstance(name, str | int | float) and not isinstance(name, bool) else ""
        if names.setdefault(key, label) != label:
            coco.problem(line, f"the id {key!r} is that of several categories, so labels cannot tell which is theirs")
            names[key] = ""
    return {key: label or f"category {key}" for key, label in names.items()}


def _garment(coco: CocoFile, line: str, entry: dict, ids: dict[str, dict], names: dict[str, str]) -> dict | None:
    """The row of an annotation; None, with a problem, where it has no photo or its box is malformed."""
    photo = ids.get(key_of(entry.get("image_id")))
    if photo is None:
        coco.problem(line, f"its photo {entry.get('image_id')!r:.40} is not listed")
        return None
    try:
        outline = outline_of(entry.get("segmentation"))
    except (ValueError, TypeError, OverflowError) as error:
        coco.problem(line, f"its segmentation is left out: {error!s:.100}")
        outline = None
    try:
        box = box_of(entry.get("bbox"), outline, coco.is_own)
        box = box if outline else upright_extent(box, _rotation(entry))
    except (ValueError, TypeError, OverflowError) as error:
        coco.problem(line, f"expected a bbox of four numbers x, y, width, height: {error!s:.100}")
        return None
    if not (key := key_of(entry.get("category_id"))):
        coco.problem(line, f"expected a category_id, got {entry.get('category_id')!r:.40}")
        return None
    row = _meaning(coco, entry, names.get(key, f"category {key}"))
    row |= {"photo": photo["line"], "line": line, "file": coco.name, **dict(zip(BOX_COLUMNS, box, strict=True))}
    row |= {CROWD: int(key_of(entry.get(CROWD)).lower() == "1" or entry.get(CROWD) is True), "segmentation": outline}
    return row | _score(coco, line, entry) | _keypoints(coco, line, entry, row["label"])


def _rotation(entry: dict) -> float:
    """The degrees by which CVAT has turned a box; nan for none."""
    attributes = entry.get("attributes")
    return number_of(attributes.get("rotation")) if isinstance(attributes, dict) else math.nan


def _meaning(coco: CocoFile, entry: dict, name: str) -> dict:
    """Label, part and category of an annotation: as this project wrote them, else its category as a label."""
    attributes = entry.get("attributes")
    if not coco.is_own or not isinstance(attributes, dict) or "category" not in attributes:
        return {"label": name}
    kinds: dict[str, Any] = {"trust": int | float, "mask_value": int}
    known = {key: v for key in OF_ANNOTATION if isinstance(v := attributes.get(key), kinds.get(key, str))}
    return {"label": "", "part": name if name in PARTS else "", **known}


def _score(coco: CocoFile, line: str, entry: dict) -> dict:
    """The score of a predicted box."""
    if entry.get("score") is None:
        return {}
    if is_number(entry["score"]):
        return {"score": float(entry["score"])}
    coco.problem(line, f"its score is left out: expected a number, got {entry['score']!r:.40}")
    return {}


def _keypoints(coco: CocoFile, line: str, entry: dict, label: str) -> dict:
    """Keypoints as `landmarks` where they are as many as this project knows, else as `keypoints`."""
    values = entry.get("keypoints")
    if not values:
        return {}
    if not isinstance(values, list) or len(values) % 3 or not all(map(is_number, values)):
        coco.problem(line, f"its keypoints are left out: expected x, y, visibility of each, got {values!r:.60}")
        return {}
    return {"landmarks" if coco.is_own else column_of_points(len(values) // 3, label): values}
