"""Imports as users of tools and of own scripts bring them: read right, or told in words; nothing silently wrong."""

import json

import numpy as np
import pytest
from PIL import Image

from garments.types import BOX_COLUMNS
from readers import read
from readers.coco_values import upright_extent
from readers.splits import split_name, split_of_folder, split_of_list


def photo(path, size=(40, 60)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size).save(path, None if path.suffix else "PNG")


def text(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines))


def coco(root, *boxes, name="a.jpg", **more):
    images = [dict(id=1, file_name=name, width=40, height=60)]
    annotations = [dict(id=n, image_id=1, category_id=1, bbox=box) | more for n, box in enumerate(boxes, 1)]
    data = dict(images=images, annotations=annotations, categories=[dict(id=1, name="tee")])
    text(root / "a.json", json.dumps(data))
    return read(f"coco:{root}")


def boxes(table):
    return table.garments[BOX_COLUMNS].to_numpy().tolist()


CSVS = {
    "Roboflow, TensorFlow": ("filename,width,height,class,xmin,ymin,xmax,ymax", "a.jpg,40,60,tee,1,2,10,20"),
    "resized": ("filename,width,height,class,xmin,ymin,xmax,ymax", "a.jpg,80,120,tee,2,4,20,40"),
    "VoTT": ('"image","xmin","ymin","xmax","ymax","label"', '"a.jpg",1,2,10,20,"tee"'),
    "makesense.ai": (
        "label_name,bbox_x,bbox_y,bbox_width,bbox_height,image_name,image_width,image_height",
        "tee,1,2,9,18,a.jpg,40,60",
    ),
    "of a script": ("file;label;x;y;w;h", "a.jpg;tee;1,0;2;9;18"),
    "x, y, width, height": ("path,category,x,y,width,height", "a.jpg,tee,1,2,9,18"),
    "with other columns of these names": ("file,label,class,image,x1,y1,x2,y2", "a.jpg,tee,0,7,1,2,10,20"),
}


@pytest.mark.parametrize("lines", CSVS.values(), ids=CSVS)
def test_a_csv_of_a_tool_is_read_with_its_boxes(lines, tmp_path):
    photo(tmp_path / "a.jpg")
    text(tmp_path / "export.csv", *lines)
    table = read(f"folders:{tmp_path / 'export.csv'}")
    assert table.problems.empty and boxes(table) == [[1, 2, 10, 20]] and list(table.garments["label"]) == ["tee"]


def test_a_csv_that_says_another_size_than_the_photo_has_is_told(tmp_path):
    photo(tmp_path / "a.jpg")
    text(tmp_path / "labels.csv", "file,label,x1,y1,x2,y2,width,height", "a.jpg,tee,1,2,10,20,77,77")
    table = read(f"folders:{tmp_path}")
    assert table.photos.empty and "says 77 x 77 pixels, the photo is 40 x 60" in table.problems["reason"][0]


def test_boxes_of_a_script_that_are_none_are_problems(tmp_path):
    photo(tmp_path / "a.jpg")
    rows = ("1,2,9,", "x,2,9,9", "x,,,", ",,,", "1,2,9,-9", "1,2,9,18")
    text(tmp_path / "labels.csv", "file,label,x,y,w,h", *(f"a.jpg,tee,{row}" for row in rows))
    table = read(f"folders:{tmp_path}")
    assert list(table.problems["file"]) == [f"labels.csv:{n}" for n in (2, 3, 4, 6)]
    assert np.array_equal(boxes(table), [[np.nan] * 4, [1, 2, 10, 20]], equal_nan=True)


@pytest.mark.parametrize(
    "columns", ["x_min,y_min,x_max", "x,y,w", "bbox", "cx,cy,w,h", "x,y", "w,h,x", "x_min,y_min,w,h"]
)
def test_columns_that_are_no_box_are_refused_not_left_out(columns, tmp_path):
    photo(tmp_path / "a.jpg")
    text(tmp_path / "labels.csv", f"file,label,{columns}", "a.jpg,tee,1,2,3,4")
    with pytest.raises(
        ValueError, match=r"labels\.csv: expected boxes as x_min, y_min, x_max, y_max or x, y, w, h, got"
    ):
        read(f"folders:{tmp_path}")


def test_boxes_in_lengths_of_the_photo_are_problems_where_pixels_are_expected(tmp_path):
    photo(tmp_path / "a.jpg")
    table = coco(tmp_path, [0.1, 0.2, 0.5, 0.8], [0.3, 0, 0.5, 40])
    assert boxes(table) == [[0.3, 0, 0.8, 40]] and list(table.problems["file"]) == ["a.json annotation 1"]
    text(tmp_path / "labels.csv", "file,label,x1,y1,x2,y2", "a.jpg,tee,.1,.2,1,1", "a.jpg,tee,1,1,2,2")
    table = read(f"folders:{tmp_path}")
    assert len(table.garments) == 1 and "expected pixels" in table.problems["reason"][0]
    box = "<bndbox><xmin>.1</xmin><ymin>.2</ymin><xmax>.5</xmax><ymax>.9</ymax></bndbox>"
    text(tmp_path / "a.xml", f"<annotation><object><name>tee</name>{box}</object></annotation>")
    assert "expected pixels" in read(f"voc:{tmp_path}").problems["reason"][0]


def test_corners_in_place_of_width_and_height_are_told(tmp_path):
    photo(tmp_path / "a.jpg")
    table = coco(tmp_path, [20, 30, 38, 58], [10, 5, 20, 40])
    assert list(table.problems["file"]) == ["a.json"]
    assert "1 of 2 boxes leave their photo; as corners, x1, y1, x2, y2, all would fit" in table.problems["reason"][0]
    assert coco(tmp_path, [20, 30, 38, 58], [10, 5, 5, 40]).problems.empty  # the second is no corner
    assert coco(tmp_path, [1, 2, 38, 57]).problems.empty  # it fits as it is


def test_a_box_that_cvat_turned_is_the_upright_one_around_it(tmp_path):
    assert np.allclose(upright_extent([10, 20, 30, 60], 90), [0, 30, 40, 50])
    half = 5 * 2**0.5
    assert np.allclose(upright_extent([10, 20, 20, 30], -45), [15 - half, 25 - half, 15 + half, 25 + half])
    assert upright_extent([1, 2, 3, 4], float("nan")) == upright_extent([1, 2, 3, 4], 0) == [1, 2, 3, 4]
    photo(tmp_path / "a.jpg", (40, 60))
    for degrees in (90.0, "270"):
        table = coco(tmp_path, [10, 20, 10, 20], attributes={"rotation": degrees, "occluded": False})
        assert table.problems.empty and np.allclose(boxes(table), [[5, 25, 25, 35]])
    outline = [[10, 20, 20, 20, 20, 40]]
    turned = dict(attributes={"rotation": 90}, segmentation=outline)
    assert boxes(coco(tmp_path, [10, 20, 10, 20], **turned)) == [[10, 20, 20, 40]]  # the outline is turned already
    box = "<bndbox><xmin>11</xmin><ymin>21</ymin><xmax>20</xmax><ymax>40</ymax></bndbox>"
    rotation = "<attributes><attribute><name>rotation</name><value>90.0</value></attribute></attributes>"
    text(tmp_path / "a.xml", f"<annotation><object><name>tee</name>{box}{rotation}</object></annotation>")
    assert np.allclose(boxes(read(f"voc:{tmp_path}")), [[5, 25, 25, 35]])


def test_a_name_with_percent_signs_is_found(tmp_path):
    photo(tmp_path / "my photo (1).jpg")
    assert len(coco(tmp_path, [1, 2, 9, 9], name="images/my%20photo%20(1).jpg").garments) == 1
    photo(tmp_path / "50%25.jpg")
    assert coco(tmp_path, [1, 2, 9, 9], name="50%25.jpg").photos["photo"].tolist() == ["50%25.jpg"]
    photo(tmp_path.parent / "b.jpg")
    assert coco(tmp_path, [1, 2, 9, 9], name="%2e%2e/b%2ejpg").photos.empty
    assert len(coco(tmp_path, [1, 2, 9, 9], name="%" + "25" * 3000).problems) == 1


@pytest.mark.parametrize(
    "image, label", [("A.JPG", "a.txt"), ("a.jpg", "a.jpg.txt"), ("a.b.jpg", "a.b.txt"), ("a", "a.txt")]
)
def test_text_files_of_yolo_are_found_by_name_in_any_case_and_with_the_suffix_of_the_photo(image, label, tmp_path):
    photo(tmp_path / "images" / image)
    text(tmp_path / "data.yaml", "names: [tee]")
    text(tmp_path / "labels" / label, "0 .5 .5 .5 .5")
    table = read(f"yolo:{tmp_path}")
    assert table.problems.empty and boxes(table) == [[10, 15, 30, 45]]


def test_photos_that_differ_in_case_alone_keep_their_own_text_files(tmp_path):
    (tmp_path / "x").touch()
    if (tmp_path / "X").exists():
        pytest.skip("names differ in more than case on this disk")
    for name, x in (("a", ".25"), ("A", ".75")):
        photo(tmp_path / f"images/{name}.png")
        text(tmp_path / f"labels/{name}.txt", f"0 {x} .5 .5 .5")
    text(tmp_path / "data.yaml", "names: [tee]")
    table = read(f"yolo:{tmp_path}")
    assert dict(zip(table.garments["photo"], boxes(table), strict=True)) == {
        "images/A.png": [20, 15, 40, 45],
        "images/a.png": [0, 15, 20, 45],
    }


def test_text_files_of_another_format_are_told_unless_the_photo_has_labels(tmp_path):
    for name in "ab":
        photo(tmp_path / f"images/{name}.jpg")
        text(tmp_path / f"labelTxt/{name}.txt", "imagesource:x", "1 2 20 2 20 30 1 30 tee 0")
    text(tmp_path / "labels/b.txt", "0 .5 .5 .5 .5")
    text(tmp_path / "data.yaml", "names: [tee]")
    table = read(f"yolo:{tmp_path}")
    assert list(table.problems["file"]) == ["labelTxt/a.txt"] and len(table.garments) == 1


def test_splits_may_lie_in_the_folders_of_categories(tmp_path):
    names = {
        "tee/train/a.jpg": "train",
        "tee/val/b.jpg": "val",
        "test/Dress/c.jpg": "test",
        "train/test/d.jpg": "train",
    }
    for name in names:
        photo(tmp_path / name)
    table = read(f"folders:{tmp_path}")
    assert dict(zip(table.photos["photo"], table.photos["split"], strict=True)) == names
    assert sorted(table.garments["category"]) == ["dress", "tee", "tee"]
    assert list(table.problems["reason"]) == ["unknown label 'test'"]


@pytest.mark.parametrize(
    "content, remedy",
    [
        ({"shapes": [], "imagePath": "a.jpg"}, "convert it with labelme2coco"),
        ({"asset": {}, "regions": []}, "export it from VoTT as Pascal VOC or CSV"),
        ({"_via_img_metadata": {}}, "export it from VIA as COCO"),
        ({"items": [], "categories": {}}, "export it from Datumaro as COCO"),
        ([{"id": 1, "data": {}, "annotations": []}], "export it from Label Studio as COCO"),
        ({"x": 1}, "export it again in COCO's format, or remove it"),
    ],
)
def test_json_of_other_tools_is_told_with_what_to_do(content, remedy, tmp_path):
    text(tmp_path / "a.json", json.dumps(content))
    with pytest.raises(ValueError, match=f"a.json: not in COCO's format: .*; {remedy}$"):
        read(f"coco:{tmp_path}")


def test_an_xml_of_cvat_for_images_is_told_with_what_to_do(tmp_path):
    text(tmp_path / "annotations.xml", "<annotations><image name='a.jpg'/></annotations>")
    assert list(read(f"voc:{tmp_path}").problems["remedy"]) == ["export it from CVAT as Pascal VOC or COCO"]


def test_dev_is_a_validation_split_and_test_dev_a_test(tmp_path):
    assert split_name("dev") == split_of_folder("dev_images") == split_of_list("annotations/dev.json") == "val"
    assert split_of_folder("test-dev2017") == split_of_list("image_info_test-dev2017.json") == "test"
    for name in ("train", "dev"):
        photo(tmp_path / f"{name}/tee/a.jpg")
    assert list(read(f"folders:{tmp_path}").photos["split"]) == ["val", "train"]


@pytest.mark.parametrize("category", [None, [], True])
def test_a_box_without_a_category_is_told(category, tmp_path):
    photo(tmp_path / "a.jpg")
    table = coco(tmp_path, [1, 2, 9, 9], category_id=category)
    assert list(table.problems["reason"]) == [f"expected a category_id, got {category!r}"] and table.garments.empty


def test_text_files_of_yolo_in_one_folder_find_photos_in_folders_of_splits(tmp_path):
    for name in ("train/a", "val/b"):
        photo(tmp_path / f"images/{name}.jpg")
        text(tmp_path / f"labels/{name[-1]}.txt", "0 .5 .5 .5 .5")
    text(tmp_path / "data.yaml", "names: [tee]", "train: images/train", "val: images/val")
    table = read(f"yolo:{tmp_path}")
    assert table.problems.empty and len(table.garments) == 2 and list(table.photos["split"]) == ["train", "val"]


def test_a_folder_of_photos_without_text_files_is_told_where_others_have_them(tmp_path):
    for name in ("train", "valid"):
        photo(tmp_path / name / "images/a.jpg")
    text(tmp_path / "data.yaml", "names: [tee]", "train: ../train/images", "val: ../valid/images")
    text(tmp_path / "valid/labels/a.txt", "0 .5 .5 .5 .5")
    table = read(f"yolo:{tmp_path}")
    assert list(table.problems["file"]) == ["train/images"] and len(table.photos) == 2 and len(table.garments) == 1


def test_an_object_of_voc_with_two_boxes_is_told(tmp_path):
    photo(tmp_path / "a.jpg")
    box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>"
    text(tmp_path / "a.xml", f"<annotation><object><name>tee</name>{box}{box}</object></annotation>")
    assert "expected one <bndbox>, got 2" in read(f"voc:{tmp_path}").problems["reason"][0]
