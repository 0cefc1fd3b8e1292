"""Photos are found by what their entry says, then by an unambiguous file name; nothing is taken for another photo."""

import json
import os
import unicodedata

import pytest
from PIL import Image

from readers import read
from readers.photo_finder import PhotoFinder

LABELS = [dict(id=1, name="tee")]


def photo(path, size=(40, 60)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size).save(path)


def coco(file, *names, **more):
    """A JSON file whose photos, of 40 x 60, have a box each."""
    file.parent.mkdir(parents=True, exist_ok=True)
    images = [dict(id=n, file_name=name, width=40, height=60) for n, name in enumerate(names)]
    boxes = [dict(id=n, image_id=n, category_id=1, bbox=[1 + n, 2, 9, 9]) for n in range(len(names))]
    file.write_text(json.dumps(dict(images=images, annotations=boxes, categories=LABELS) | more))


@pytest.mark.parametrize(
    "said, there",
    [
        ("a.jpg", "images/default/a.jpg"),
        ("a.jpg", "anywhere/below/it/a.jpg"),
        ("folder\\b\\a.jpg", "images/folder/b/a.jpg"),
        ("old/place/a.jpg", "images/a.jpg"),
        ("./images/a.jpg", "images/a.jpg"),
        ("../images/a.jpg", "images/a.jpg"),
        ("C:\\Users\\me\\a.jpg", "images/a.jpg"),
        ("/home/of/someone/photos/a.jpg", "photos/a.jpg"),
        ("/data/upload/7/0123abcd-a.jpg", "images/a.jpg"),
        ("https://example.org/photos/a%20b.jpg?size=2", "images/a b.jpg"),
        ("A.JPG", "images/a.jpg"),
        (unicodedata.normalize("NFD", "été.jpg"), unicodedata.normalize("NFC", "images/été.jpg")),
    ],
)
def test_a_photo_is_found(said, there, tmp_path):
    coco(tmp_path / "annotations/instances_default.json", said)
    photo(tmp_path / there)
    table = read(f"coco:{tmp_path}")
    assert table.problems.empty
    assert list(table.photos["photo"]) == [there] and list(table.garments["x_min"]) == [1]


def test_a_photo_of_an_absolute_path_within_the_data_set_is_found(tmp_path):
    coco(tmp_path / "a.json", str(tmp_path / "photos/a.jpg"))
    photo(tmp_path / "photos/a.jpg")
    assert list(read(f"coco:{tmp_path}").photos["photo"]) == ["photos/a.jpg"]


@pytest.mark.parametrize("said", ["{outside}", "../outside/a.jpg", "..\\outside\\a.jpg"])
def test_a_path_that_leaves_the_data_set_is_refused_in_words(said, tmp_path):
    photo(tmp_path / "outside/a.jpg")
    photo(tmp_path / "data/b.jpg")
    coco(tmp_path / "data/a.json", said.format(outside=tmp_path / "outside/a.jpg"), "b.jpg")
    table = read(f"coco:{tmp_path / 'data'}")
    assert list(table.problems["file"]) == ["a.json image 0"] and "leaves the data set" in table.problems["reason"][0]
    assert list(table.photos["photo"]) == ["b.jpg"] and list(table.garments["x_min"]) == [2]


def test_the_message_of_a_missing_photo_names_the_paths_that_were_tried(tmp_path):
    coco(tmp_path / "annotations/instances_train.json", "b/a.jpg", "here.jpg")
    photo(tmp_path / "images/here.jpg")
    (problem,) = read(f"coco:{tmp_path}").problems.to_dict("records")
    assert problem["file"] == "annotations/instances_train.json image 0"
    for path in ("annotations/b/a.jpg", "images/b/a.jpg", "any 'a.jpg' below"):
        assert path in problem["reason"]


def test_a_name_of_several_photos_is_a_problem_that_names_them(tmp_path):
    coco(tmp_path / "labels/a.json", "a.jpg")
    photo(tmp_path / "one/a.jpg")
    photo(tmp_path / "two/a.jpg")
    table = read(f"coco:{tmp_path}")
    assert table.photos.empty and table.garments.empty
    assert "may be any of 2 photos: one/a.jpg, two/a.jpg" in table.problems["reason"][0]


def test_a_missing_photo_is_never_replaced_by_one_of_the_same_name(tmp_path):
    coco(tmp_path / "annotations/instances_train.json", "1.jpg")
    coco(tmp_path / "annotations/instances_val.json", "1.jpg")
    photo(tmp_path / "train/1.jpg")
    table = read(f"coco:{tmp_path}")
    assert list(table.photos["photo"]) == ["train/1.jpg"] and list(table.photos["split"]) == ["train"]
    assert list(table.problems["file"]) == ["annotations/instances_val.json image 0"] and len(table.garments) == 1


def test_one_file_stands_for_its_folder(tmp_path):
    coco(tmp_path / "annotations/one.json", "a.jpg")
    coco(tmp_path / "annotations/two.json", "b.jpg")
    photo(tmp_path / "images/a.jpg")
    photo(tmp_path / "images/b.jpg")
    assert list(read(f"coco:{tmp_path / 'annotations/one.json'}").photos["photo"]) == ["images/a.jpg"]
    assert len(read(f"coco:{tmp_path / 'annotations'}").photos) == 2
    with pytest.raises(ValueError, match="or its file"):
        read(f"coco:{tmp_path / 'nothing.json'}")


@pytest.mark.parametrize(
    "name, content, reason",
    [
        ("notes.json", b"[1]", "not in COCO's format"),
        ("empty.json", b"", "empty"),
        ("broken.json", b"{", "no JSON"),
        ("deep.json", b"[" * 100_000, "no JSON"),
        ("package.json", b'{"name": "x"}', "not in COCO's format"),
        ("bytes.json", bytes(range(256)), "no JSON"),
    ],
)
def test_a_json_file_of_another_kind_is_a_problem_and_the_rest_is_read(name, content, reason, tmp_path):
    coco(tmp_path / "a.json", "a.jpg")
    photo(tmp_path / "a.jpg")
    (tmp_path / name).write_bytes(content)
    table = read(f"coco:{tmp_path}")
    assert list(table.problems["file"]) == [name] and reason in table.problems["reason"][0]
    assert len(table.garments) == 1


def test_hidden_folders_and_those_of_the_system_are_skipped(tmp_path):
    coco(tmp_path / "a.json", "a.jpg")
    photo(tmp_path / "a.jpg")
    for folder in (".vscode", "__MACOSX", ".git/x"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "settings.json").write_text("// no JSON")
        photo(tmp_path / folder / "a.jpg")
    (tmp_path / "._a.json").write_bytes(b"\0\5\26\7")
    table = read(f"coco:{tmp_path}")
    assert table.problems.empty and len(table.garments) == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_json_is_read_in_any_common_encoding(encoding, tmp_path):
    coco(tmp_path / "a.json", "a.jpg")
    text = (tmp_path / "a.json").read_text().replace("a.jpg", "é.jpg")
    (tmp_path / "a.json").write_bytes(text.encode(encoding))
    photo(tmp_path / "images/é.jpg")
    assert len(read(f"coco:{tmp_path}").garments) == 1


def test_a_link_in_a_circle_ends(tmp_path):
    photo(tmp_path / "a/b.jpg")
    os.symlink(tmp_path, tmp_path / "a/again")
    assert len(PhotoFinder(tmp_path).photos) == 1


def test_yolo_photos_lie_beside_the_labels_or_anywhere(tmp_path):
    (tmp_path / "classes.txt").write_text("tee\njeans\n")
    for folder, name in (("beside", "beside"), ("labels", "elsewhere")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.txt").write_text("1 0.5 0.5 0.5 0.5\n")
    photo(tmp_path / "beside/beside.jpg")
    photo(tmp_path / "beside/background.jpg")
    photo(tmp_path / "photos/elsewhere.png")
    photo(tmp_path / "runs/train/plot.png")
    table = read(f"yolo:{tmp_path}")
    assert table.problems.empty and list(table.garments["photo"]) == ["beside/beside.jpg", "photos/elsewhere.png"]
    assert set(table.photos["photo"]) == {*table.garments["photo"], "beside/background.jpg"}


def test_a_text_file_of_yolo_without_a_photo_names_what_was_tried(tmp_path):
    (tmp_path / "data.yaml").write_text("names: [tee]")
    (tmp_path / "labels/train").mkdir(parents=True)
    (tmp_path / "labels/train/a.txt").write_text("0 0.5 0.5 0.5 0.5")
    photo(tmp_path / "images/train/b.jpg")
    (problem,) = read(f"yolo:{tmp_path}").problems.to_dict("records")
    assert problem["file"] == "labels/train/a.txt" and "images/train/a.*" in problem["reason"]


def test_voc_finds_a_photo_by_its_name_in_another_folder(tmp_path):
    (tmp_path / "xml").mkdir()
    box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>"
    for said, name in (("C:\\photos\\a.jpg", "a"), ("b", "b")):
        entry = f"<filename>{said}</filename><object><name>tee</name>{box}</object>"
        (tmp_path / f"xml/{name}.xml").write_text(f"<annotation>{entry}</annotation>")
        photo(tmp_path / f"photos/{name}.jpg")
    table = read(f"voc:{tmp_path}")
    assert table.problems.empty and list(table.photos["photo"]) == ["photos/a.jpg", "photos/b.jpg"]
