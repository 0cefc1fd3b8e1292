"""The split that a data set declares decides; words inside the names of photos never do."""

import json

import pytest
from PIL import Image

from readers import read
from readers.splits import split_name, split_of_folder, split_of_folders, split_of_list, strictest

LABELS = [dict(id=1, name="tee")]


def photos(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 60)).save(root / name)


def text(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines))


def coco(file, *names, box=(1, 2, 9, 9)):
    images = [dict(id=n, file_name=name) for n, name in enumerate(names)]
    boxes = [dict(id=n, image_id=n, category_id=1, bbox=box) for n in range(len(names))]
    text(file, json.dumps(dict(images=images, annotations=boxes, categories=LABELS)))


def splits(table):
    return dict(zip(table.photos["photo"], table.photos["split"], strict=True))


@pytest.mark.parametrize(
    "name, split",
    [("val2017", "val"), ("valid", "val"), ("Validation", "val"), ("TEST", "test"), ("train2012", "train"),
     ("Training", "train"), ("testimony", ""), ("", ""), ("all", "")],
)  # fmt: skip
def test_names_of_splits(name, split):
    assert split_name(name) == split


@pytest.mark.parametrize(
    "name, split",
    [("train_images", "train"), ("obj_Validation_data", "val"), ("test2017", "test"), ("train_station", ""),
     ("best test shots", ""), ("train-test", ""), ("validation set", "val")],
)  # fmt: skip
def test_a_folder_names_a_split_only_where_nothing_else_is_in_its_name(name, split):
    assert split_of_folder(name) == split


def test_the_name_of_a_photo_is_no_split_and_the_last_folder_decides():
    assert split_of_folders("images/test_val_train.jpg") == ""
    assert split_of_folders("train/images/val/test.jpg") == "val"


def test_a_list_names_a_split_by_its_own_name_then_by_its_folders():
    assert split_of_list("annotations/instances_val2017.json") == "val"
    assert split_of_list("valid/_annotations.coco.json") == "val"
    assert split_of_list("val/train.json") == "train" and split_of_list("all.json") == ""


def test_a_photo_in_several_splits_belongs_to_the_one_that_is_judged():
    assert strictest(["train", "val"]) == "val" and strictest(["val", "test", ""]) == "test" and strictest([]) == ""


@pytest.mark.parametrize("name", ["test_shirt.jpg", "val.jpg", "my-test-photo.jpg", "train station.jpg"])
def test_words_in_names_of_photos_are_never_splits(name, tmp_path):
    photos(tmp_path / "coco", f"images/{name}")
    coco(tmp_path / "coco/instances_default.json", name)
    photos(tmp_path / "yolo", f"images/{name}")
    text(tmp_path / "yolo/data.yaml", "names: [tee]")
    photos(tmp_path / "folders", f"tee/{name}")
    photos(tmp_path / "voc", f"JPEGImages/{name}")
    text(tmp_path / f"voc/Annotations/{name[:-4]}.xml", f"<annotation><filename>{name}</filename></annotation>")
    for reader in ("coco", "yolo", "folders", "voc"):
        assert set(read(f"{reader}:{tmp_path / reader}").photos["split"]) == {"train"}


@pytest.mark.parametrize("order", [("all", "train", "val"), ("train", "val", "zz_all")])
def test_a_list_of_all_beside_those_of_splits_gives_each_garment_once(order, tmp_path):
    names = {"train": ["a.jpg", "b.jpg"], "val": ["c.jpg"]}
    photos(tmp_path, *(f"images/{n}.jpg" for n in "abc"))
    for name in order:
        coco(tmp_path / f"annotations/{name}.json", *names.get(name, ["a.jpg", "b.jpg", "c.jpg"]))
    table = read(f"coco:{tmp_path}")
    assert table.problems.empty and len(table.garments) == 3
    assert splits(table) == {"images/a.jpg": "train", "images/b.jpg": "train", "images/c.jpg": "val"}


def test_a_photo_that_is_in_two_splits_is_not_trained_on_and_reported(tmp_path):
    photos(tmp_path, "images/a.jpg", "images/b.jpg")
    coco(tmp_path / "train.json", "a.jpg", "b.jpg")
    coco(tmp_path / "val.json", "b.jpg")
    table = read(f"coco:{tmp_path}")
    assert splits(table) == {"images/a.jpg": "train", "images/b.jpg": "val"} and len(table.garments) == 2
    assert list(table.problems["file"]) == ["images/b.jpg"] and "train and val" in table.problems["reason"][0]


def test_the_entry_of_a_photo_may_name_its_split(tmp_path):
    photos(tmp_path, "a.jpg", "b.jpg")
    images = [dict(id=1, file_name="a.jpg", split="VALID"), dict(id=2, file_name="b.jpg", split=["x"])]
    text(tmp_path / "all.json", json.dumps(dict(images=images, annotations=[], categories=LABELS)))
    assert splits(read(f"coco:{tmp_path}")) == {"a.jpg": "val", "b.jpg": "train"}


YAMLS = {
    "folders": ["train: images/a", "val: images/b"],
    "base": ["path: images", "train: a", "val: b"],
    "lists of folders": ["train: [images/a]", "val:", "  - images/b"],
    "roboflow": ["train: ../images/a", "val: ../images/b"],
    "another machine": ["path: /content/datasets/x", "train: /content/datasets/x/images/a", "val: images\\b"],
    "files": ["train: train.txt", "validation: val.txt"],
}


@pytest.mark.parametrize("lines", YAMLS.values(), ids=YAMLS)
def test_data_yaml_declares_the_splits(lines, tmp_path):
    text(tmp_path / "data.yaml", "names: [tee]", *lines)
    text(tmp_path / "train.txt", "./images/a/1.jpg", "images/a/val.jpg")
    text(tmp_path / "val.txt", "/somewhere/else/images/b/1.jpg")
    photos(tmp_path, "images/a/1.jpg", "images/a/val.jpg", "images/b/1.jpg")
    table = read(f"yolo:{tmp_path}")
    assert table.problems.empty
    assert splits(table) == {"images/a/1.jpg": "train", "images/a/val.jpg": "train", "images/b/1.jpg": "val"}
    assert splits(read(f"yolo:{tmp_path / 'data.yaml'}")) == splits(table)


def test_data_yaml_is_told_of_what_is_not_there_and_of_what_it_leaves_out(tmp_path):
    text(tmp_path / "data.yaml", "names: [tee]", "train: images/a", "val: images/gone", "test: images/a")
    photos(tmp_path, "images/a/1.jpg", "images/c/1.jpg")
    table = read(f"yolo:{tmp_path}")
    assert splits(table) == {"images/a/1.jpg": "train"}
    reasons = sorted(table.problems["reason"])
    assert "in none of the splits" in reasons[0] and "same photos as train" in reasons[1] and "gone" in reasons[2]


def test_split_names_of_lists_and_columns_are_read_in_any_spelling(tmp_path):
    photos(tmp_path / "csv", "a.jpg", "b.jpg", "c.jpg")
    text(tmp_path / "csv/labels.csv", "file,label,split", "a.jpg,tee,Validation", "b.jpg,tee,", "c.jpg,tee,TEST")
    assert splits(read(f"folders:{tmp_path / 'csv'}")) == {"a.jpg": "val", "b.jpg": "train", "c.jpg": "test"}
    photos(tmp_path / "voc", "a b.jpg", "c.jpg")
    for name in ("a b", "c"):
        text(tmp_path / f"voc/{name}.xml", f"<annotation><filename>{name}.jpg</filename></annotation>")
    text(tmp_path / "voc/ImageSets/Main/Validation.txt", "a b", "")
    assert splits(read(f"voc:{tmp_path / 'voc'}")) == {"a b.jpg": "val", "c.jpg": "train"}


def test_a_photo_that_a_csv_puts_into_two_splits_is_reported(tmp_path):
    photos(tmp_path, "a.jpg", "b.jpg")
    lines = ["a.jpg,tee,1,1,9,9,train", "a.jpg,jeans,1,9,9,20,val", "b.jpg,tee,1,1,9,9,train"]
    text(tmp_path / "labels.csv", "file,label,x_min,y_min,x_max,y_max,split", *lines)
    table = read(f"folders:{tmp_path}")
    assert splits(table)["a.jpg"] == "val" and len(table.garments) == 3
    assert "train and val" in table.problems["reason"][0]


def test_a_split_that_no_photo_is_in_is_refused(tmp_path):
    photos(tmp_path, "train/tee/a.jpg", "valid/tee/b.jpg")
    assert len(read(f"folders:{tmp_path}?split=validation").photos) == 1
    with pytest.raises(ValueError, match="no photo is in that split; there are train, val"):
        read(f"folders:{tmp_path}?split=test")
