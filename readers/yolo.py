"""YOLO's format, as Ultralytics, CVAT, Label Studio and Roboflow export it.

https://docs.ultralytics.com/datasets/detect/: data.yaml names the classes; beside each photo of an `images` folder lies
a text file of the same name in `labels`, a line a garment: class x y width height, in lengths of the photo.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import own_taxonomy
from readers.rows import FETCH, NAME_OWN, SUFFIXES, finish, measured, split_of

FIX = "export it again, or fix this line"


def read_yolo(root: Path, split: str | None = None) -> Table:
    """Read boxes in YOLO's format; a line may also be a polygon: class x1 y1 x2 y2 x3 y3 and so on.

    Args:
        root: the folder with data.yaml, and the folders `images` and `labels` at any depth.
        split: 'train', 'val' or 'test'; None for all.

    Returns:
        Table; a polygon is kept as `segmentation`. The split of a photo is that of the names of its folders, else
        'train'. Class names are parts or categories of this project, or labels that taxonomy.csv (label, part,
        category) in `root` maps to them.

    Raises:
        ValueError: data.yaml is missing or names no classes, or taxonomy.csv is wrong.
    """
    root = Path(root)
    names = _names(root)
    files = [
        f for f in sorted(root.rglob("*")) if f.suffix.lower() in SUFFIXES and "images" in f.relative_to(root).parts
    ]
    found = {f.relative_to(root).as_posix(): f for f in files}
    photos = pd.DataFrame({"photo": list(found), "path": [str(f) for f in files]})
    photos = photos.assign(split=[split_of(name) for name in found], line=photos["photo"])
    photos = measured(photos if split is None else photos[photos["split"] == split])
    rows, problems = [], _without_photo(root, found, split)
    for photo in photos.itertuples():
        rows += _boxes(found[photo.photo], photo, root, names, problems)
    garments = pd.DataFrame(rows, columns=None if rows else ["photo", "label", *BOX_COLUMNS, "line"])
    known = own_taxonomy(names.values(), root / "taxonomy.csv")
    return finish(photos, garments, problems, known, NAME_OWN)


def _names(root: Path) -> dict[int, str]:
    files = [*root.glob("*.yaml"), *root.glob("*.yml")]
    try:
        names = yaml.safe_load(files[0].read_text(encoding="utf-8"))["names"]
        return dict(enumerate(names)) if isinstance(names, list) else {int(n): str(name) for n, name in names.items()}
    except (IndexError, OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{root}: expected a data.yaml with the names of the classes ({error!r})") from error


def _labels_of(file: Path, root: Path) -> Path:
    """The path of the text file of a photo."""
    parts = list(file.relative_to(root).parts)
    last = len(parts) - 1 - parts[::-1].index("images")
    return root.joinpath(*parts[:last], "labels", *parts[last + 1 :]).with_suffix(".txt")


def _without_photo(root: Path, found: dict[str, Path], split: str | None) -> list[dict]:
    """A problem for each text file of `labels` whose photo is missing."""
    known = {_labels_of(file, root) for file in found.values()}
    texts = [f for f in sorted(root.rglob("*.txt")) if "labels" in f.relative_to(root).parts and f not in known]
    names = [f.relative_to(root).as_posix() for f in texts]
    return [dict(file=n, reason="its photo is missing", remedy=FETCH) for n in names if split in (None, split_of(n))]


def _boxes(file: Path, photo: Any, root: Path, names: dict[int, str], problems: list[dict]) -> list[dict]:
    """The garments of a photo; a photo without a text file has none."""
    labels, rows = _labels_of(file, root), []
    for number, text in enumerate(labels.read_text(encoding="utf-8").splitlines() if labels.exists() else [], start=1):
        line = f"{labels.relative_to(root).as_posix()}:{number}"
        try:
            number_text, *numbers = text.split()
            values = np.array(numbers, float)
            box = _xyxy(values) * np.tile([photo.width, photo.height], 2)
            row = dict(
                photo=photo.photo, label=names[int(number_text)], line=line, **dict(zip(BOX_COLUMNS, box, strict=True))
            )
            if len(values) > 4:
                row["segmentation"] = [(values.reshape(-1, 2) * [photo.width, photo.height]).ravel().tolist()]
            rows.append(row)
        except KeyError:
            problems.append(dict(file=line, reason=f"class {number_text} is not in data.yaml", remedy=FIX))
        except ValueError:
            problems.append(dict(file=line, reason=f"expected class x y width height, got {text!r}", remedy=FIX))
    return rows


def _xyxy(values: np.ndarray) -> np.ndarray:
    """(4,) box of x, y, width, height, or around a polygon of three points or more; in lengths of the photo."""
    if len(values) == 4:
        return np.concatenate([values[:2] - values[2:] / 2, values[:2] + values[2:] / 2])
    points = values.reshape(-1, 2)
    if len(points) < 3:
        raise ValueError("too few points")
    return np.concatenate([points.min(0), points.max(0)])
