import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from garments.coco import write_coco
from garments.types import BOX_COLUMNS, Table
from readers import read
from readers.coco import read_coco

COLUMNS = ["label", "part", "category", *BOX_COLUMNS, "score", "trust", "mask_value"]


def save(root, name, images, annotations, categories, folder=""):
    """A JSON file and its photos, 40 x 60."""
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / folder).mkdir(parents=True, exist_ok=True)
    for image in images:
        Image.new("RGB", (40, 60)).save(root / folder / image["file_name"])
    (root / name).write_text(json.dumps(dict(images=images, annotations=annotations, categories=categories)))


def image(number, name):
    return dict(id=number, file_name=name, width=40, height=60)


def box(number, of, category, xywh, **more):
    return dict(id=number, image_id=of, category_id=category, bbox=xywh, area=1, iscrowd=0, **more)


@pytest.mark.parametrize("name", ["ccp", "clothing"])
def test_a_table_written_and_read_again_is_the_same(name, request, tmp_path):
    table = read(f"{name}:{request.getfixturevalue(name)}")
    folder = Path(table.photos["path"][0]).parent
    points = [np.arange(6.0) if n % 2 else None for n in range(len(table.garments))]
    photos = table.photos.assign(photo=table.photos["photo"] + ".jpg")  # COCO's name of a photo is that of its file
    garments = table.garments.assign(photo=table.garments["photo"] + ".jpg", landmarks=points, item="a")
    write_coco(Table(photos, garments, table.problems), tmp_path / "all.json")
    (tmp_path / "images").symlink_to(folder)
    again = read_coco(tmp_path)
    assert again.problems.empty and json.loads((tmp_path / "all.json").read_text())["licenses"] == []
    same = ["width", "height", "split", "group", "tags"]
    pd.testing.assert_frame_equal(again.photos[same], photos[same], check_dtype=False)
    assert list(again.photos["photo"]) == list("images/" + photos["photo"])
    pd.testing.assert_frame_equal(again.garments[COLUMNS], garments[COLUMNS], check_dtype=False)
    assert again.garments["item"].eq("a").all() and again.garments["landmarks"][1] == [0, 1, 2, 3, 4, 5]


def test_the_layouts_of_the_tools_are_found(tmp_path):
    for file, photo, folder in [
        ("cvat/annotations/instances_val.json", "a.jpg", "cvat/images"),
        ("roboflow/test/_annotations.coco.json", "b.jpg", "roboflow/test"),
        ("fiftyone/labels.json", "c.jpg", "fiftyone/data"),
    ]:
        save(tmp_path, file, [image(1, photo)], [box(1, 1, 7, [1, 2, 9, 9])], [dict(id=7, name="Tee")], folder)
    (tmp_path / "notes.json").write_text("[1]")
    table = read(f"coco:{tmp_path}")
    assert list(table.problems["file"]) == ["notes.json"]
    assert dict(zip(table.photos["photo"], table.photos["split"], strict=True)) == {
        "cvat/images/a.jpg": "val", "fiftyone/data/c.jpg": "train", "roboflow/test/b.jpg": "test",
    }  # fmt: skip
    assert list(table.garments["category"]) == ["tee"] * 3 and list(table.garments["x_max"]) == [10] * 3
    assert len(read_coco(tmp_path, "val").garments) == 1


def test_own_labels_are_mapped_by_a_file(tmp_path):
    names = [dict(id=1, name="Kimono"), dict(id=2, name="upper"), dict(id=3, name="sock"), dict(id=4, name="Robe")]
    boxes = [box(n, 1, n, [1, 2, 9, 9]) for n in (1, 2, 3, 4)]
    save(tmp_path, "a.json", [image(1, "a.jpg")], boxes, names)
    (tmp_path / "taxonomy.csv").write_text("label,part,category\nKimono,full,coat|dress\nsock,,\n")
    table = read_coco(tmp_path)
    assert table.garments[["part", "category"]].to_numpy().tolist() == [["full", "coat|dress"], ["upper", ""]]
    assert list(table.problems["file"]) == ["a.json annotation 4"] and "'Robe'" in table.problems["reason"][0]
    (tmp_path / "taxonomy.csv").write_text("label,part,category\nKimono,whole,coat\n")
    with pytest.raises(ValueError, match=r"taxonomy.csv:2: expected part one of upper"):
        read_coco(tmp_path)


def test_bad_entries_are_problems_and_boxes_stay_inside(tmp_path):
    entries = [(1, [-5, 3, 100, 100]), (1, [3, 3, 0, 9]), (9, [1, 2, 9, 9]), (2, [1, 2, 9, 9])]
    entries += [(1, None), (1, [1, 2, 3]), (1, [1, "2", 3, 4])]
    boxes = [box(n, of, 1, xywh) for n, (of, xywh) in enumerate(entries, start=1)]
    save(tmp_path, "a.json", [image(1, "a.jpg"), image(2, "b.jpg")], boxes, [dict(id=1, name="upper")])
    (tmp_path / "b.jpg").unlink()
    table = read_coco(tmp_path)
    assert table.garments[BOX_COLUMNS].to_numpy().tolist() == [[0, 3, 40, 60]]
    wrong = {f"a.json annotation {n}" for n in (2, 3, 5, 6, 7)}
    assert set(table.problems["file"]) == wrong | {"a.json image 2"} and len(table.problems) == 6
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(ValueError, match="no JSON"):
        read_coco(tmp_path)
    (tmp_path / "a.json").unlink()
    with pytest.raises(ValueError, match="expected a JSON file"):
        read_coco(tmp_path)
