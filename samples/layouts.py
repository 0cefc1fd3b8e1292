"""Writes the same few photos in the published layout of every data set, as test data for the readers."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 60, 90
PARTS = ("upper", "lower", "full")
OWN = ("tee", "jeans", "dress")  # labels of a user
OF_46 = (1, 6, 10)  # label numbers in Fashionpedia and iMaterialist


class Sample(NamedTuple):
    """A photo with one garment, of part PARTS[kind]; the box in pixels, xyxy."""

    number: int
    split: str
    kind: int
    box: tuple[int, int, int, int]


def samples(count: int = 12) -> list[Sample]:
    """So many samples, a quarter of them for validation."""
    return [
        Sample(n, "val" if n % 4 == 3 else "train", n % 3, (10 + n, 20, 40 + n, 60 + 2 * n))
        for n in range(1, 1 + count)
    ]


def photo(path: Path, sample: Sample) -> Path:
    """Save the photo of a sample: noise, and the garment in one colour."""
    pixels = np.random.default_rng(sample.number).integers(0, 99, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    x1, y1, x2, y2 = np.clip(sample.box, 0, HEIGHT)
    pixels[y1:y2, x1:x2, sample.kind] = 250
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def text(path: Path, lines: list[str], end: str = "\n") -> None:
    """Write lines, each ended by `end`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(end.join([*lines, ""]).encode())


def listed(path: Path, header: str, lines: list[str], end: str = "\n") -> None:
    """A list in the format of DeepFashion, which starts with the number of lines and the header."""
    text(path, [str(len(lines)), header, *lines], end)


def digits(box: Sequence[int]) -> str:
    """Numbers of three digits, with spaces."""
    return " ".join(f"{value:03d}" for value in box)


def points(sample: Sample) -> str:
    """Landmarks of DeepFashion, all in the middle of the box: as many as the clothes type has."""
    x1, y1, x2, y2 = sample.box
    return " ".join([f"0 {(x1 + x2) // 2:03d} {(y1 + y2) // 2:03d}"] * (6, 4, 8)[sample.kind])


def deepfashion(root: Path, found: list[Sample], end: str = "\n") -> list[Path]:
    """DeepFashion's category and attribute benchmark; returns the photos."""
    names = [f"img/Kind_{s.kind}/img_{s.number:08d}.jpg" for s in found]
    rows, anno = list(zip(names, found, strict=True)), root / "Anno_coarse"
    labels = ["Tee            1", "Jeans          2", "Dress          3"]
    listed(anno / "list_category_cloth.txt", "category_name  category_type", labels, end)
    listed(anno / "list_category_img.txt", "image_name  category_label", [f"{n}  {s.kind + 1}" for n, s in rows], end)
    listed(anno / "list_bbox.txt", "image_name  x_1  y_1  x_2  y_2", [f"{n}  {digits(s.box)}" for n, s in rows], end)
    marks = [f"{n}  {s.kind + 1} {points(s)}" for n, s in rows]
    listed(anno / "list_landmarks.txt", "image_name  clothes_type  landmark_visibility_1", marks, end)
    splits = [f"{n} {s.split}" for n, s in rows]
    listed(root / "Eval/list_eval_partition.txt", "image_name  evaluation_status", splits, end)
    return [photo(root / "Img" / n, s) for n, s in rows]


def inshop(root: Path, found: list[Sample], end: str = "\n") -> list[Path]:
    """DeepFashion, in-shop retrieval; returns the photos."""
    folders, parts = ("MEN/Tees_Tanks", "WOMEN/Denim", "WOMEN/Dresses"), {"train": "train", "val": "query"}
    items = [f"id_{s.number:08d}" for s in found]
    rows = [(f"img/{folders[s.kind]}/{i}/02_1_front.jpg", i, s) for i, s in zip(items, found, strict=True)]
    header = "image_name  clothes_type  pose_type  x_1  y_1  x_2  y_2"
    listed(root / "Anno/list_bbox_inshop.txt", header, [f"{n} {s.kind + 1} 1 {digits(s.box)}" for n, _, s in rows], end)
    header = "image_name  clothes_type  variation_type  landmark_visibility_1  landmark_location_x_1"
    marks = [f"{n} {s.kind + 1} 1 {points(s)}" for n, _, s in rows]
    listed(root / "Anno/list_landmarks_inshop.txt", header, marks, end)
    text(root / "Anno/list_item_inshop.txt", [str(len(items)), *items], end)
    splits = [f"{n}  {i} {parts[s.split]}" for n, i, s in rows]
    listed(root / "Eval/list_eval_partition.txt", "image_name  item_id  evaluation_status", splits, end)
    return [photo(root / "Img" / n, s) for n, _, s in rows]


def consumer2shop(root: Path, found: list[Sample], end: str = "\n") -> list[Path]:
    """DeepFashion, consumer-to-shop retrieval; returns the photos."""
    folders, pairs, rows = ("TOPS/T_Shirt", "CLOTHING/Jeans", "DRESSES/Dress"), [], []
    for s in found:
        folder = f"img/{folders[s.kind]}/id_{s.number:08d}"
        user, shop = f"{folder}/comsumer_01.jpg", f"{folder}/shop_01.jpg"
        pairs.append(f"{user} {shop} id_{s.number:08d} {s.split}")
        rows += [(user, 2, s), (shop, 1, s._replace(box=(10, 20, 40, 60)))]
    header = "image_pair_name_1  image_pair_name_2  item_id  evaluation_status"
    listed(root / "Eval/list_eval_partition.txt", header, pairs, end)
    boxes = [f"{n} {s.kind + 1} {source} {digits(s.box)}" for n, source, s in rows]
    marks = [f"{n} {s.kind + 1} 1 {points(s)}" for n, _, s in rows[::2]]  # no landmarks for shop photos
    header = "image_name  clothes_type  variation_type  landmark_visibility_1  landmark_location_x_1"
    listed(root / "Anno/list_landmarks_consumer2shop.txt", header, marks, end)
    header = "image_name  clothes_type  source_type  x_1  y_1  x_2  y_2"
    listed(root / "Anno/list_bbox_consumer2shop.txt", header, boxes, end)
    return [photo(root / "Img" / n, s) for n, _, s in rows][::2]


def deepfashion2(root: Path, found: list[Sample], end: str = "\n") -> list[Path]:
    """DeepFashion2; returns the photos."""
    paths, known = [], dict(scale=2, occlusion=1, zoom_in=1, viewpoint=2, style=1, segmentation=[[1, 1, 9, 1, 9, 9]])
    for s in found:
        folder = root / ("validation" if s.split == "val" else "train")
        count = (25, 14, 29)[s.kind]
        item = dict(
            category_id=(1, 8, 10)[s.kind],
            category_name="any",
            bounding_box=s.box,
            landmarks=[9, 9, 2] * count,
            **known,
        )
        data = dict(item1=item, source="user", pair_id=s.number)
        text(folder / "annos" / f"{s.number:06d}.json", [json.dumps(data)], end)
        paths.append(photo(folder / "image" / f"{s.number:06d}.jpg", s))
    return paths


def xywh(box: Sequence[int]) -> list[int]:
    """COCO's box of an xyxy one."""
    return [box[0], box[1], box[2] - box[0], box[3] - box[1]]


def fashionpedia(root: Path, found: list[Sample], end: str = "\n") -> list[Path]:
    """Fashionpedia; returns the photos."""
    names = ("top, t-shirt, sweatshirt", "pants", "dress")
    categories = [dict(id=number, name=name, level=2) for number, name in zip(OF_46, names, strict=True)]
    for split in ("train", "val"):
        of = [s for s in found if s.split == split]
        images = [dict(id=s.number, file_name=f"{s.number}.jpg", width=WIDTH, height=HEIGHT) for s in of]
        boxes = [
            dict(id=n, image_id=s.number, category_id=OF_46[s.kind], attribute_ids=[115], bbox=xywh(s.box), iscrowd=0)
            | dict(segmentation=[[1, 1, 9, 1, 9, 9]], area=1)
            for n, s in enumerate(of)
        ]
        data = dict(
            images=images, annotations=boxes, categories=categories, attributes=[dict(id=115, name="symmetrical")]
        )
        text(root / f"instances_attributes_{split}2020.json", [json.dumps(data)], end)
    return [photo(root / ("test" if s.split == "val" else "train") / f"{s.number}.jpg", s) for s in found]


def runs(box: Sequence[int]) -> str:
    """Kaggle's run lengths of a box: pixels are counted from 1, down the columns."""
    x1, y1, x2, y2 = box
    return " ".join(f"{x * HEIGHT + y1 + 1} {y2 - y1}" for x in range(x1, x2))


def imaterialist2019(root: Path, found: list[Sample], end: str = "\n") -> list[Path]:
    """The masks of iMaterialist 2019; returns the photos."""
    categories = [
        dict(id=n, name=m) for n, m in zip(OF_46, ("top, t-shirt, sweatshirt", "pants", "dress"), strict=True)
    ]
    data = dict(categories=categories, attributes=[dict(id=115, name="symmetrical")], info={})
    text(root / "label_descriptions.json", [json.dumps(data)], end)
    rows = [f"{s.number}.jpg,{runs(s.box)},{HEIGHT},{WIDTH},{OF_46[s.kind]}_115" for s in found]
    text(root / "train.csv", ["ImageId,EncodedPixels,Height,Width,ClassId", *rows], end)
    return [photo(root / "train" / f"{s.number}.jpg", s) for s in found]


def streetstyle(root: Path, found: list[Sample], end: str = "\n") -> list[Path]:
    """StreetStyle-27K; returns the photos."""
    header = (
        "id,url,created_time,city_id,month_id,lat,lon,x1,y1,x2,y2,width,height,clothing_pattern,major_color,"
        "wearing_necktie,collar_presence,wearing_scarf,sleeve_length,neckline_shape,clothing_category,wearing_jacket,"
        "wearing_hat,wearing_glasses,multiple_layers"
    )
    names = [f"{s.number:08d}_n.jpg" for s in found]
    rows = [
        f"{s.number},https://photos.example.org/t/e15/{n},2015-06-01,14,42,51.5,-0.1,{','.join(map(str, s.box))},"
        f"{WIDTH},{HEIGHT},Solid,,No,,No,Long sleeve,,{('T-shirt', 'Tank top', 'Dress')[s.kind]},No,No,,One layer"
        for n, s in zip(names, found, strict=True)
    ]
    text(root / "streetstyle27k.manifest", [header, *rows], end)
    return [photo(root / f"streetstyle27k/{n[0]}/{n[1]}/{n[2]}/{n}", s) for n, s in zip(names, found, strict=True)]


def coco(root: Path, found: list[Sample], end: str = "\n") -> list[Path]:
    """A data set of boxes in the format of COCO; returns the photos."""
    categories = [dict(id=n, name=name) for n, name in enumerate(OWN)]
    for split in ("train", "val"):
        of = [s for s in found if s.split == split]
        images = [dict(id=s.number, file_name=f"{s.number}.png", width=WIDTH, height=HEIGHT) for s in of]
        boxes = [dict(id=s.number, image_id=s.number, category_id=s.kind, bbox=xywh(s.box)) for s in of]
        data = dict(images=images, annotations=boxes, categories=categories)
        text(root / "annotations" / f"instances_{split}.json", [json.dumps(data)], end)
    return [photo(root / "images" / f"{s.number}.png", s) for s in found]


def voc(root: Path, found: list[Sample], end: str = "\n") -> list[Path]:
    """Boxes in the format of Pascal VOC; returns the photos."""
    for s in found:
        corners = zip(("xmin", "ymin", "xmax", "ymax"), (s.box[0] + 1, s.box[1] + 1, *s.box[2:]), strict=True)
        box = "".join(f"<{name}>{value}</{name}>" for name, value in corners)
        lines = ["<annotation>", f"<filename>{s.number}.jpg</filename>"]
        lines += ["<object>", f"<name>{OWN[s.kind]}</name>", f"<bndbox>{box}</bndbox>", "</object>", "</annotation>"]
        text(root / "Annotations" / f"{s.number}.xml", lines, end)
    for split in ("train", "val"):
        text(root / f"ImageSets/Main/{split}.txt", [str(s.number) for s in found if s.split == split], end)
    return [photo(root / "JPEGImages" / f"{s.number}.jpg", s) for s in found]


def yolo(root: Path, found: list[Sample], end: str = "\n") -> list[Path]:
    """Boxes in the format of YOLO; returns the photos."""
    text(root / "data.yaml", ["names:", *(f"  {n}: {name}" for n, name in enumerate(OWN))], end)
    size = np.array([WIDTH, HEIGHT])
    for s in found:
        box = np.array(s.box)
        line = [s.kind, *(box[:2] + box[2:]) / 2 / size, *(box[2:] - box[:2]) / size]
        text(root / "labels" / s.split / f"{s.number}.txt", [" ".join(map(str, line))], end)
    return [photo(root / "images" / s.split / f"{s.number}.jpg", s) for s in found]


def folders(root: Path, found: list[Sample], end: str = "\n") -> list[Path]:
    """Photos with labels.csv; returns the photos."""
    rows = [f"{s.number}.jpg,{OWN[s.kind]},{','.join(map(str, s.box))},{s.split}" for s in found]
    text(root / "labels.csv", ["file,label,x_min,y_min,x_max,y_max,split", *rows], end)
    return [photo(root / f"{s.number}.jpg", s) for s in found]


WRITERS = {
    write.__name__: write
    for write in (
        deepfashion, inshop, consumer2shop, deepfashion2, fashionpedia, imaterialist2019, streetstyle, coco, voc, yolo,
        folders,
    )
}  # fmt: skip
