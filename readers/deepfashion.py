"""DeepFashion, Category and Attribute Prediction: 289,222 photos with one garment each, and 20,000 labelled finer.

Liu, Luo, Qiu, Wang, Tang: DeepFashion, CVPR 2016. Public home: http://mmlab.ie.cuhk.edu.hk/projects/DeepFashion.html;
for research only, on request. Its 50 categories (46 in use) are of type 1 upper, 2 lower or 3 full.
"""

from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from garments.landmarks import LANDMARKS, OF_PART
from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import PARTS, taxonomy
from readers.rows import finish
from readers.text import read_list

COUNT = len(LANDMARKS)
OF_TYPE = {number: list(OF_PART[part]) for number, part in enumerate(PARTS, start=1)}  # landmarks of each clothes type
AS_COCO = np.array([2, 1, 0])  # visible, hidden, outside of the photo -> COCO's visibility
MAX_VALUES = 3 * COUNT
FINE_LANDMARKS = ("landmarks", "landmards")  # some copies have a typo


def read_deepfashion(root: Path, split: str | None = None, attributes: bool = False) -> Table:
    """Read the benchmark: boxes, categories, landmarks.

    Args:
        root: the folder with Anno_coarse/ (or Anno/), Eval/ and Img/; or its Anno_fine/ for the finer labels.
        split: 'train', 'val' or 'test'; None for all.
        attributes: read attributes too; this takes minutes for the 1,000 of the coarse labels.

    Returns:
        Table; garments have `landmarks` (24 numbers: x, y, COCO's visibility of left and right collar, sleeve,
        waistline, hem) and, if asked for, `attributes`.
    """
    root = Path(root)
    if (root / "train_cate.txt").exists():
        photos, garments, problems = _fine(root, split, attributes)
    else:
        photos, garments, problems = _coarse(root, split, attributes)
    return finish(photos, garments, problems, taxonomy("deepfashion"))


def _coarse(root: Path, split: str | None, attributes: bool) -> tuple[pd.DataFrame, pd.DataFrame, list]:
    anno = next((root / name for name in ("Anno_coarse", "Anno") if (root / name).is_dir()), root)
    problems: list[dict] = []
    parts = read_list(root / "Eval" / "list_eval_partition.txt", ["photo", "split"], problems).dropna()
    other = parts[(parts["split"] != split) & (split is not None)]
    photos = parts.drop(other.index).assign(path=str(root / "Img") + "/" + parts["photo"])
    label = read_list(anno / "list_category_img.txt", ["photo", "number"], problems, numbers=["number"]).dropna()
    boxes = read_list(anno / "list_bbox.txt", ["photo", *BOX_COLUMNS], problems, numbers=BOX_COLUMNS).dropna()
    garments = boxes.merge(label.drop(columns="line"), on="photo", how="left")
    garments = garments[~garments["photo"].isin(other["photo"])]
    garments = garments.assign(label=_names(anno / "list_category_cloth.txt", garments["number"]))
    garments["landmarks"] = garments["photo"].map(landmarks_of(anno / "list_landmarks.txt", problems))
    if attributes:
        known = _attributes(anno / "list_attr_cloth.txt", anno / "list_attr_img.txt", set(garments["photo"]))
        garments = garments.assign(attributes=garments["photo"].map(known).fillna(""))
    return photos, garments.drop(columns="number"), problems


def _fine(anno: Path, split: str | None, attributes: bool) -> tuple[pd.DataFrame, pd.DataFrame, list]:
    problems: list[dict] = []
    photos, garments = [], []
    for name in [split] if split else ("train", "val", "test"):
        listed = read_list(anno / f"{name}.txt", ["photo"], problems, 0)
        listed = listed.assign(path=str(anno.parent / "Img") + "/" + listed["photo"], split=name)
        boxes = read_list(anno / f"{name}_bbox.txt", BOX_COLUMNS, problems, 0, numbers=BOX_COLUMNS)
        number = read_list(anno / f"{name}_cate.txt", ["number"], problems, 0, numbers=["number"])["number"]
        rows = boxes.assign(photo=listed["photo"], label=_names(anno / "list_category_cloth.txt", number))
        points = next((p for p in (anno / f"{name}_{word}.txt" for word in FINE_LANDMARKS) if p.exists()), None)
        if points:
            columns = [str(n) for n in range(2 * COUNT)]
            xy = read_list(points, columns, problems, 0, numbers=columns)[columns].fillna(0).to_numpy(float)
            xy = xy.reshape(len(xy), COUNT, 2)
            marks = np.dstack([xy, np.where((xy > 0).any(2), 2.0, 0.0)]).astype(np.float32)
            rows["landmarks"] = pd.Series(list(marks.reshape(len(xy), -1)), index=rows.index)
        if attributes:
            names = read_list(anno / "list_attr_cloth.txt", ["name", "type"], problems, spaces=True)["name"]
            marks = read_list(anno / f"{name}_attr.txt", list(names), problems, 0, numbers=list(names))
            marked = marks[list(names)].to_numpy() == 1
            rows["attributes"] = ["|".join(names[row]) for row in marked]
        photos.append(listed)
        garments.append(rows)
    garments = pd.concat(garments, ignore_index=True)
    return pd.concat(photos, ignore_index=True), garments[garments["photo"].notna()], problems


def landmarks_of(file: Path, problems: list[dict]) -> dict[str, np.ndarray]:
    """{photo: landmarks} of a list of landmarks; none where the file is missing.

    Args:
        file: image_name, clothes_type, the variation if the header has it, then visibility, x and y of each
            landmark of that type.
        problems: lines that cannot be used are appended here.
    """
    if not file.exists():
        return {}
    with open(file, encoding="utf-8") as lines:
        header = list(islice(lines, 2))[-1]
    more = ["variation"] * ("variation" in header)
    columns = ["type", *map(str, range(MAX_VALUES))]
    found = read_list(file, ["photo", "type", *more, *columns[1:]], problems, numbers=columns, min_columns=2)
    found = found.dropna(subset="type")
    return dict(zip(found["photo"], landmarks(found[columns].to_numpy()), strict=True))


def landmarks(rows: np.ndarray) -> list[np.ndarray]:
    """COCO's keypoints, (24,) float32, of rows: type, then visibility, x and y of each landmark of that type."""
    types = rows[:, 0].astype(float)
    result = np.zeros((len(rows), COUNT, 3), np.float32)
    for number, places in OF_TYPE.items():
        chosen = types == number
        values = rows[chosen, 1 : 1 + 3 * len(places)].astype(float).reshape(-1, len(places), 3)
        known = np.isfinite(values).all(2)
        visibility = AS_COCO[np.where(known, values[..., 0], 2).astype(int).clip(0, 2)]
        points = np.dstack([np.nan_to_num(values[..., 1:]) * (visibility > 0)[..., None], visibility])
        result[np.ix_(chosen, places)] = points
    return list(result.reshape(len(rows), -1))


def _names(file: Path, numbers: pd.Series) -> pd.Series:
    """The category names of numbers that count from 1; '' for a number that is not in the file."""
    names = read_list(file, ["name", "type"], [])["name"]
    return numbers.map(dict(enumerate(names, start=1))).fillna("")


def _attributes(names_file: Path, file: Path, wanted: set[str]) -> dict[str, str]:
    """{photo: 'a|b'} of the wanted photos."""
    names = list(read_list(names_file, ["name", "type"], [], spaces=True)["name"])
    found = {}
    with open(file, encoding="utf-8") as lines:
        for line in islice(lines, 2, None):
            photo, *marks = line.split()
            if photo in wanted:
                found[photo] = "|".join(names[n] for n, mark in enumerate(marks) if mark == "1")
    return found
