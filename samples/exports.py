"""Writes the same few photos as the exports of CVAT, Label Studio, Roboflow and FiftyOne, as test data for readers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from samples.layouts import HEIGHT, OWN, WIDTH, Sample, photo, text, xywh

Named = list[tuple[str, Sample]]  # (file_name as the tool writes it, its sample)


class Export(NamedTuple):
    """How a tool exports: the reader that reads it, and the function that writes it and returns the photos."""

    reader: str
    write: Callable[[Path, list[Sample]], list[Path]]


def coco_json(path: Path, named: Named, first_id: int = 1, **more: object) -> None:
    """A JSON file in COCO's format; `more` goes into each annotation."""
    images = [dict(id=n, file_name=name, width=WIDTH, height=HEIGHT) for n, (name, _) in enumerate(named, first_id)]
    boxes = [
        dict(
            id=n,
            image_id=n,
            category_id=s.kind + first_id,
            bbox=xywh(s.box),
            area=1,
            iscrowd=0,
            segmentation=[],
            **more,
        )
        for n, (_, s) in enumerate(named, first_id)
    ]
    categories = [dict(id=n, name=name, supercategory="") for n, name in enumerate(OWN, first_id)]
    data = dict(info=dict(description=""), licenses=[], images=images, annotations=boxes, categories=categories)
    text(path, [json.dumps(data)])


def yolo_line(sample: Sample) -> str:
    """The line of a sample, in lengths of the photo."""
    x1, y1, x2, y2 = sample.box
    numbers = (x1 + x2) / 2 / WIDTH, (y1 + y2) / 2 / HEIGHT, (x2 - x1) / WIDTH, (y2 - y1) / HEIGHT
    return " ".join(map(str, (sample.kind, *numbers)))


def of_split(found: list[Sample], split: str) -> list[Sample]:
    """The samples of a split."""
    return [s for s in found if s.split == split]


def cvat_coco(root: Path, found: list[Sample]) -> list[Path]:
    """CVAT 2, COCO 1.0, of a task without subsets; attributes of a label do not replace it."""
    attributes = dict(occluded=False, rotation=0.0, category="casual", label="any")
    coco_json(
        root / "annotations/instances_default.json", [(f"{s.number}.jpg", s) for s in found], attributes=attributes
    )
    return [photo(root / f"images/default/{s.number}.jpg", s) for s in found]


def cvat_coco_subsets(root: Path, found: list[Sample]) -> list[Path]:
    """CVAT 2, COCO 1.0, of a project with the subsets Train and Validation."""
    for split, name in (("train", "Train"), ("val", "Validation")):
        coco_json(root / f"annotations/instances_{name}.json", [(f"{s.number}.jpg", s) for s in of_split(found, split)])
    names = {"train": "Train", "val": "Validation"}
    return [photo(root / "images" / names[s.split] / f"{s.number}.jpg", s) for s in found]


def coco_2017(root: Path, found: list[Sample]) -> list[Path]:
    """COCO's own layout: instances_train2017.json and train2017/, with the same file names in both splits."""
    numbers = {s.number: n for split in ("train", "val") for n, s in enumerate(of_split(found, split))}
    for split in ("train", "val"):
        named = [(f"{numbers[s.number]:012d}.jpg", s) for s in of_split(found, split)]
        coco_json(root / f"annotations/instances_{split}2017.json", named)
    return [photo(root / f"{s.split}2017/{numbers[s.number]:012d}.jpg", s) for s in found]


def cvat_yolo(root: Path, found: list[Sample]) -> list[Path]:
    """CVAT 2, YOLO 1.1: obj.data, obj.names, lists, and text files beside the photos."""
    folders = {"train": "obj_train_data", "val": "obj_Validation_data"}
    names = [f"{folders[s.split]}/{s.number}" for s in found]
    lists = ["train = data/train.txt", "valid = data/Validation.txt"]
    text(root / "obj.data", [f"classes = {len(OWN)}", *lists, "names = data/obj.names", "backup = backup/"])
    text(root / "obj.names", list(OWN))
    for split, file in (("train", "train.txt"), ("val", "Validation.txt")):
        text(root / file, [f"data/{n}.jpg" for n, s in zip(names, found, strict=True) if s.split == split])
    for name, s in zip(names, found, strict=True):
        text(root / f"{name}.txt", [yolo_line(s)])
    return [photo(root / f"{name}.jpg", s) for name, s in zip(names, found, strict=True)]


def cvat_ultralytics(root: Path, found: list[Sample]) -> list[Path]:
    """CVAT 2, Ultralytics YOLO Detection 1.0: data.yaml with lists of photos."""
    lines = ["names:", *(f"  {n}: {name}" for n, name in enumerate(OWN)), "path: .", "train: train.txt", "val: val.txt"]
    text(root / "data.yaml", lines)
    for split in ("train", "val"):
        text(root / f"{split}.txt", [f"data/images/{split}/{s.number}.jpg" for s in of_split(found, split)])
    for s in found:
        text(root / f"labels/{s.split}/{s.number}.txt", [yolo_line(s)])
    return [photo(root / f"images/{s.split}/{s.number}.jpg", s) for s in found]


def cvat_voc(root: Path, found: list[Sample]) -> list[Path]:
    """CVAT 2, Pascal VOC 1.1: lists of splits and of classes, photos in JPEGImages."""
    for s in found:
        text(root / f"Annotations/{s.number}.xml", [voc_xml(f"{s.number}.jpg", s)])
    for split, name in (("train", "Train"), ("val", "Validation")):
        of = of_split(found, split)
        text(root / f"ImageSets/Main/{name}.txt", [str(s.number) for s in of])
        text(root / f"ImageSets/Main/tee_{name}.txt", [f"{s.number} {1 if s.kind == 0 else -1}" for s in of])
    return [photo(root / f"JPEGImages/{s.number}.jpg", s) for s in found]


def voc_xml(name: str, sample: Sample, folder: str = "") -> str:
    """The annotation of a photo as Pascal VOC writes it."""
    x1, y1, x2, y2 = sample.box
    corners = f"<xmin>{x1 + 1}.0</xmin><ymin>{y1 + 1}</ymin><xmax>{x2}</xmax><ymax>{y2}</ymax>"
    size = f"<size><width>{WIDTH}</width><height>{HEIGHT}</height><depth>3</depth></size>"
    box = f"<object><name>{OWN[sample.kind]}</name><difficult>0</difficult><bndbox>{corners}</bndbox></object>"
    return f"<annotation><folder>{folder}</folder><filename>{name}</filename>{size}{box}</annotation>"


def label_studio_coco(root: Path, found: list[Sample]) -> list[Path]:
    """Label Studio 1.x, COCO, written on Windows: ids from 0, names with folders and backslashes."""
    names = [f"{s.number:08x}-{s.number}.jpg" for s in found]
    coco_json(root / "result.json", [(f"images\\3\\{n}", s) for n, s in zip(names, found, strict=True)], first_id=0)
    return [photo(root / "images" / n, s) for n, s in zip(names, found, strict=True)]


def label_studio_coco_local(root: Path, found: list[Sample]) -> list[Path]:
    """Label Studio 1.x, COCO of local storage: names are addresses of photos in folders of the user."""
    named = [(f"/data/local-files/?d=my%20photos/{s.split}/{s.number}.jpg", s) for s in found]
    coco_json(root / "result_coco.json", named, first_id=0)
    return [photo(root / f"my photos/{s.split}/{s.number}.jpg", s) for s in found]


def label_studio_yolo(root: Path, found: list[Sample]) -> list[Path]:
    """Label Studio 1.x, YOLO: classes.txt and notes.json, no data.yaml."""
    text(root / "classes.txt", list(OWN))
    categories = [dict(id=n, name=name) for n, name in enumerate(OWN)]
    text(root / "notes.json", [json.dumps(dict(categories=categories, info=dict(version="1.0")))])
    for s in found:
        text(root / f"labels/{s.number:08x}-{s.number}.txt", [yolo_line(s)])
    return [photo(root / f"images/{s.number:08x}-{s.number}.jpg", s) for s in found]


def roboflow_coco(root: Path, found: list[Sample]) -> list[Path]:
    """Roboflow, COCO: a file a split, beside its photos; category 0 is the name of the project."""
    folders = {"train": "train", "val": "valid"}
    names = [f"{s.number}_jpg.rf.0123abcd.jpg" for s in found]
    for split, folder in folders.items():
        of = [(n, s) for n, s in zip(names, found, strict=True) if s.split == split]
        coco_json(root / folder / "_annotations.coco.json", of)
    text(root / "README.dataset.txt", ["test_project > 2024", "https://universe.roboflow.com/"])
    return [photo(root / folders[s.split] / n, s) for n, s in zip(names, found, strict=True)]


def roboflow_yolo(root: Path, found: list[Sample]) -> list[Path]:
    """Roboflow, YOLOv8: data.yaml whose paths leave the data set."""
    names = f"names: [{', '.join(OWN)}]"
    text(root / "data.yaml", ["train: ../train/images", "val: ../valid/images", "", f"nc: {len(OWN)}", names])
    folders = {"train": "train", "val": "valid"}
    for s in found:
        text(root / folders[s.split] / f"labels/{s.number}_jpg.rf.0a.txt", [yolo_line(s)])
    return [photo(root / folders[s.split] / f"images/{s.number}_jpg.rf.0a.jpg", s) for s in found]


def roboflow_voc(root: Path, found: list[Sample]) -> list[Path]:
    """Roboflow, Pascal VOC: XML files beside the photos."""
    folders = {"train": "train", "val": "valid"}
    for s in found:
        text(root / folders[s.split] / f"{s.number}.xml", [voc_xml(f"{s.number}.jpg", s)])
    return [photo(root / folders[s.split] / f"{s.number}.jpg", s) for s in found]


def fiftyone_coco(root: Path, found: list[Sample]) -> list[Path]:
    """FiftyOne 1, COCODetectionDataset, a folder a split."""
    for split in ("train", "val"):
        coco_json(root / split / "labels.json", [(f"{s.number}.jpg", s) for s in of_split(found, split)])
    return [photo(root / s.split / f"data/{s.number}.jpg", s) for s in found]


def fiftyone_voc(root: Path, found: list[Sample]) -> list[Path]:
    """FiftyOne 1, VOCDetectionDataset, a folder a split."""
    for s in found:
        text(root / s.split / f"labels/{s.number}.xml", [voc_xml(f"{s.number}.jpg", s, folder="data")])
    return [photo(root / s.split / f"data/{s.number}.jpg", s) for s in found]


def fiftyone_yolo(root: Path, found: list[Sample]) -> list[Path]:
    """FiftyOne 1, YOLOv5Dataset: dataset.yaml."""
    names = ["names:", *(f"  {n}: {name}" for n, name in enumerate(OWN))]
    text(root / "dataset.yaml", [*names, f"path: {root}", "train: ./images/train/", "validation: ./images/val/"])
    for s in found:
        text(root / f"labels/{s.split}/{s.number}.txt", [yolo_line(s)])
    return [photo(root / f"images/{s.split}/{s.number}.jpg", s) for s in found]


EXPORTS = {
    write.__name__: Export(reader, write)
    for reader, writers in {
        "coco": (
            cvat_coco, cvat_coco_subsets, coco_2017, label_studio_coco, label_studio_coco_local, roboflow_coco,
            fiftyone_coco,
        ),
        "yolo": (cvat_yolo, cvat_ultralytics, label_studio_yolo, roboflow_yolo, fiftyone_yolo),
        "voc": (cvat_voc, roboflow_voc, fiftyone_voc),
    }.items()
    for write in writers
}  # fmt: skip
ONE_SPLIT = {"cvat_coco", "label_studio_coco", "label_studio_yolo"}  # exports that declare no splits
