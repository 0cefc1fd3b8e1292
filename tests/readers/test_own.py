"""Users' own photos: Pascal VOC, YOLO, folders named by category, a CSV."""

import pytest
from PIL import Image

from garments.types import BOX_COLUMNS
from readers import read
from readers.folders import read_folders
from readers.voc import read_voc
from readers.yolo import read_yolo


def photo(path):
    """A photo of 40 x 60."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (40, 60)).save(path)


def text(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines))


def xml(name, *objects):
    rows = [
        f"<object><name>{label}</name><bndbox><xmin>{x1}</xmin><ymin>{y1}</ymin><xmax>{x2}</xmax><ymax>{y2}</ymax></bndbox></object>"
        for label, x1, y1, x2, y2 in objects
    ]
    return f"<annotation><filename>{name}</filename>{''.join(rows)}</annotation>"


def boxes(table):
    return table.garments[BOX_COLUMNS].to_numpy().tolist()


def test_voc_counts_pixels_from_one(tmp_path):
    photo(tmp_path / "JPEGImages" / "a.jpg")
    text(tmp_path / "Annotations" / "a.xml", xml("a.jpg", ("tee", 1, 1, 40, 60), ("jeans", 3, 20, 200, 50)))
    photo(tmp_path / "valid" / "b.png")
    text(tmp_path / "valid" / "b.xml", xml("b.png"))
    text(tmp_path / "ImageSets" / "Main" / "test.txt", "a")
    table = read(f"voc:{tmp_path}")
    assert table.problems.empty and dict(zip(table.photos["photo"], table.photos["split"], strict=True)) == {
        "JPEGImages/a.jpg": "test",
        "valid/b.png": "val",
    }
    assert boxes(table) == [[0, 0, 40, 60], [2, 19, 40, 50]] and list(table.garments["part"]) == ["upper", "lower"]
    assert len(read_voc(tmp_path, "val").photos) == 1


@pytest.mark.parametrize(
    "content, message",
    [
        ("<annotation>", "no annotation as VOC writes it"),
        (xml("a.jpg", ("tee", "x", 1, 2, 3)), "expected a <bndbox> with xmin"),
        ("<annotation><object><name>tee</name></object></annotation>", "no annotation as VOC writes it"),
        (xml("gone.jpg", ("tee", 1, 1, 9, 9)), "the photo is missing; tried gone.jpg, "),
        (xml("a.jpg", ("toga", 1, 1, 9, 9)), "unknown label 'toga'"),
        (xml("a.jpg", ("tee", 9, 9, 3, 3)), "box is empty"),
    ],
)
def test_a_bad_file_of_voc_is_a_problem(tmp_path, content, message):
    photo(tmp_path / "a.jpg")
    text(tmp_path / "a.xml", content)
    photo(tmp_path / "b.jpg")
    text(tmp_path / "b.xml", xml("b.jpg", ("tee", 1, 1, 9, 9)))
    table = read_voc(tmp_path)
    assert len(table.problems) == 1 and message in table.problems["reason"][0]
    assert table.problems["file"][0].startswith("a.xml") and list(table.garments["photo"]) == ["b.jpg"]


def test_yolo_finds_the_labels_beside_the_photos(tmp_path):
    text(tmp_path / "data.yaml", "names: {0: tee, 3: Kimono}")
    text(tmp_path / "taxonomy.csv", "label,part,category", "Kimono,full,")
    for name in ("images/train/a.jpg", "valid/images/b.jpg", "images/train/empty.jpg"):
        photo(tmp_path / name)
    text(tmp_path / "labels/train/a.txt", "0 0.5 0.5 0.5 0.5", "3 0.1 0.2 0.9 0.2 0.9 1.2", "")
    text(tmp_path / "valid/labels/b.txt", "0 0.5 0.5 1 1")
    table = read(f"yolo:{tmp_path}")
    assert table.problems.empty and dict(table.photos["split"].value_counts()) == {"train": 2, "val": 1}
    assert boxes(table) == [[10, 15, 30, 45], [4, 12, 36, 60], [0, 0, 40, 60]]
    assert table.garments["segmentation"][1] == [[4, 12, 36, 12, 36, 72]] and table.garments["segmentation"][0] is None
    assert list(table.garments["label"]) == ["tee", "Kimono", "tee"] and len(read_yolo(tmp_path, "val").garments) == 1


def test_a_bad_line_of_yolo_is_a_problem(tmp_path):
    text(tmp_path / "data.yaml", "names: [tee]")
    photo(tmp_path / "images" / "a.jpg")
    lines = ["0 0.5 0.5 0.5", "7 0.5 0.5 0.5 0.5", "tee 0.5 0.5 0.5 0.5", "0 0.5 0.5 0 0.5", "0 0.5 0.5 0.5 0.5"]
    text(tmp_path / "labels" / "a.txt", *lines)
    table = read_yolo(tmp_path)
    assert sorted(table.problems["file"]) == [f"labels/a.txt:{n}" for n in (1, 2, 3, 4)] and len(table.garments) == 1
    for content in ("path: x", "names: 3", ":"):
        text(tmp_path / "data.yaml", content)
        with pytest.raises(ValueError, match=r"expected a data.yaml"):
            read_yolo(tmp_path)


def test_folders_are_categories(tmp_path):
    for name in ("train/tee/a.jpg", "val/tee/b.jpg", "val/Dress/c.JPG", "val/toga/d.jpg", "stray.jpg"):
        photo(tmp_path / name)
    table = read(f"folders:{tmp_path}")
    assert list(table.garments["category"]) == ["tee", "dress", "tee"] and table.garments["x_min"].isna().all()
    assert dict(table.photos["split"].value_counts()) == {"train": 1, "val": 3}
    assert list(table.problems["file"]) == ["stray.jpg", "val/toga/d.jpg"]
    with pytest.raises(ValueError, match="folders named by category"):
        read_folders(tmp_path / "train" / "tee")


def test_a_csv_lists_photos_labels_and_boxes(tmp_path):
    photo(tmp_path / "a.jpg")
    photo(tmp_path / "b.jpg")
    header = "file,label,x_min,y_min,x_max,y_max,split"
    text(
        tmp_path / "labels.csv",
        header,
        "a.jpg,tee,1,2,9,9,val",
        "a.jpg,jeans,,,,,val",
        "b.jpg,tee,3,3,99,99,",
        "c.jpg,tee,,,,,",
        ",tee,,,,,",
        "a.jpg,tee,1,2,9,x,val",
        "a.jpg,tee,1,2,9,,val",
    )
    table = read_folders(tmp_path)
    assert boxes(table)[0] == [1, 2, 9, 9] and boxes(table)[2] == [3, 3, 40, 60] and table.garments["x_min"].isna()[1]
    assert list(table.photos["split"]) == ["val", "train"] and list(table.problems["file"]) == [
        f"labels.csv:{n}" for n in (5, 6, 7, 8)
    ]
    assert len(read_folders(tmp_path, "val").garments) == 2
    text(tmp_path / "labels.csv", "name,label", "a.jpg,tee")
    with pytest.raises(ValueError, match="columns file and label"):
        read_folders(tmp_path)
