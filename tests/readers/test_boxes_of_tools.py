"""Boxes are those of the upright photo, whatever a tool wrote them for."""

import json

import numpy as np
import pytest
from PIL import Image

from garments.coco import write_coco
from garments.crowds import is_crowd
from garments.masks import decode, encode
from garments.types import BOX_COLUMNS
from photos.reading import read_photo
from readers import read
from readers.sizes import turned
from readers.yolo_lines import garment_of_line

NAMES = {0: "tee", 1: "jeans"}
ORIENTATION = 0x0112


def coco(root, annotations, size=(40, 60), said=(40, 60), orientation=1, **more):
    """A photo a.jpg of a size, and a JSON file that says a size."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    Image.new("RGB", size).save(root / "a.jpg", exif=exif)
    images = [dict(id=1, file_name="a.jpg", width=said[0], height=said[1])]
    boxes = [dict(id=n, image_id=1, category_id=1) | annotation for n, annotation in enumerate(annotations)]
    data = dict(images=images, annotations=boxes, categories=[dict(id=1, name="tee")])
    (root / "a.json").write_text(json.dumps(data | more))
    return read(f"coco:{root}")


def boxes(table):
    return table.garments[BOX_COLUMNS].to_numpy().tolist()


def mask(x1, y1, x2, y2):
    pixels = np.zeros((60, 40), bool)
    pixels[y1:y2, x1:x2] = True
    return pixels


POLYGON = [[3, 4, 20, 4, 20, 30, 3, 30]]
RUNS = {"size": [60, 40], "counts": [3 * 60 + 4, *[26, 34] * 16, 26, 30 + 60 * 20]}


@pytest.mark.parametrize("outline", [POLYGON, POLYGON[0], encode(mask(3, 4, 20, 30)), RUNS])
@pytest.mark.parametrize("bbox", [{}, {"bbox": None}, {"bbox": []}, {"bbox": [0, 0, 0, 0]}])
def test_a_missing_box_is_that_of_the_outline(bbox, outline, tmp_path):
    table = coco(tmp_path, [dict(segmentation=outline, **bbox)])
    assert table.problems.empty and boxes(table) == [[3, 4, 20, 30]]


def test_a_box_that_is_there_is_kept_and_a_malformed_outline_is_reported(tmp_path):
    wrong = [[[1, 2]], [["a"] * 6], {"size": [60, 40], "counts": [3]}, {"counts": "x"}, "x", [1, 2, 3], [[]]]
    table = coco(tmp_path, [dict(bbox=[n + 1, 2, 9, 9], segmentation=s) for n, s in enumerate(wrong)])
    assert len(table.garments) == len(wrong) and table.garments["segmentation"].isna().all()
    assert len(table.problems) == len(wrong) and table.problems["reason"].str.contains("segmentation").all()


def test_an_annotation_without_box_and_outline_is_a_problem(tmp_path):
    table = coco(tmp_path, [{}, dict(bbox=None), dict(bbox=[]), dict(bbox=[1, 2, 9, 9])])
    assert len(table.problems) == 3 and len(table.garments) == 1


@pytest.mark.parametrize("value", [1, True, "1"])
def test_crowds_are_kept_as_such_also_when_written_again(value, tmp_path):
    table = coco(tmp_path, [dict(bbox=[1, 2, 9, 9]), dict(bbox=[5, 5, 30, 30], iscrowd=value)])
    assert list(is_crowd(table.garments)) == [False, True]
    write_coco(table, tmp_path / "a.json")
    assert list(is_crowd(read(f"coco:{tmp_path}").garments)) == [False, True]


def test_the_same_box_twice_is_one_and_reported(tmp_path):
    same = dict(bbox=[1, 2, 9, 9])
    table = coco(tmp_path, [same, same, dict(bbox=[1, 2, 9, 10])])
    assert len(table.garments) == 2 and list(table.problems["file"]) == ["a.json annotation 1"]
    (tmp_path / "data.yaml").write_text("names: [tee]")
    (tmp_path / "a.txt").write_text("0 .5 .5 .5 .5\n0 0.5 0.5 0.5 0.5")
    table = read(f"yolo:{tmp_path}")
    assert len(table.garments) == 1 and list(table.problems["file"]) == ["a.txt:2"]


@pytest.mark.parametrize(
    "said, scale", [((80, 120), 0.5), ((20, 30), 2), ((41, 61), 40 / 41), ((None, None), 1), ((0, 0), 1)]
)
def test_boxes_of_a_photo_that_was_resized_as_a_whole_are_scaled(said, scale, tmp_path):
    outline = [[2, 4, 10, 4, 10, 14]]
    table = coco(tmp_path, [dict(bbox=[2, 4, 8, 10], segmentation=outline)], said=said)
    assert table.problems.empty
    assert np.allclose(boxes(table), np.multiply([[2, 4, 10, 14]], scale), atol=0.15)
    assert np.allclose(table.garments["segmentation"][0], np.multiply(outline, scale), atol=0.15)


@pytest.mark.parametrize("said", [(60, 40), (40, 40), (640, 640), (40, 63)])
def test_a_size_that_nothing_explains_is_a_problem(said, tmp_path):
    table = coco(tmp_path, [dict(bbox=[2, 4, 8, 10])], said=said)
    assert table.photos.empty and table.garments.empty
    assert f"says {said[0]} x {said[1]} pixels, the photo is 40 x 60" in table.problems["reason"][0]


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_boxes_of_a_photo_that_exif_turns_are_turned(orientation, scale, tmp_path):
    """The box is drawn into the photo as it is stored; the one that is read holds the same pixels."""
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[8:20, 4:30] = 255
    annotation = dict(bbox=[4 * scale, 8 * scale, 26 * scale, 12 * scale], segmentation=encode(pixels[..., 0] > 0))
    table = coco(tmp_path, [annotation], (60, 40), (60 * scale, 40 * scale), orientation)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    Image.fromarray(pixels).save(tmp_path / "a.png", exif=exif)
    seen = read_photo(tmp_path / "a.png")[1][..., 0] > 0
    assert table.problems.empty and (table.photos["width"][0], table.photos["height"][0]) == (40, 60)
    y, x = np.nonzero(seen)
    assert boxes(table) == [[x.min(), y.min(), x.max() + 1, y.max() + 1]]
    assert (decode(table.garments["segmentation"][0]) == seen).all()


def test_boxes_that_are_already_upright_are_not_turned(tmp_path):
    table = coco(tmp_path, [dict(bbox=[2, 4, 8, 10])], (60, 40), (40, 60), orientation=6)
    assert table.problems.empty and boxes(table) == [[2, 4, 10, 14]]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_points_turn_as_pillow_turns_pixels(orientation):
    points = np.array([[3.5, 7.5]])
    pixels = np.zeros((40, 60), np.uint8)
    pixels[7, 3] = 1
    from photos.decoding import UPRIGHT

    image = Image.fromarray(pixels)
    upright = image.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else image
    y, x = np.nonzero(np.asarray(upright))
    assert turned(points, (60, 40), upright.size, orientation).tolist() == [[x[0] + 0.5, y[0] + 0.5]]


def test_voc_compares_its_size_with_the_photo(tmp_path):
    Image.new("RGB", (40, 60)).save(tmp_path / "a.jpg")
    box = "<bndbox><xmin>3</xmin><ymin>5</ymin><xmax>20</xmax><ymax>40</ymax></bndbox>"
    entry = f"<object><name>tee</name>{box}</object>"
    for size, found in (((80, 120), [[1, 2, 10, 20]]), ((90, 90), [])):
        said = f"<size><width>{size[0]}</width><height>{size[1]}</height></size>"
        (tmp_path / "a.xml").write_text(f"<annotation><filename>a.jpg</filename>{said}{entry}</annotation>")
        table = read(f"voc:{tmp_path}")
        assert boxes(table) == found and len(table.problems) == (not found)


@pytest.mark.parametrize(
    "outline",
    ["<polygon><x1>3</x1><y1>4</y1><x2>20</x2><y2>4</y2><x3>20</x3><y3>30</y3></polygon>",
     "<polygon><pt><x>3</x><y>4</y></pt><pt><x>20</x><y>4</y></pt><pt><x>20</x><y>30</y></pt></polygon>"],
)  # fmt: skip
def test_voc_takes_the_box_of_an_outline(outline, tmp_path):
    Image.new("RGB", (40, 60)).save(tmp_path / "a.jpg")
    (tmp_path / "a.xml").write_text(f"<annotation><object><name>tee</name>{outline}</object></annotation>")
    assert boxes(read(f"voc:{tmp_path}")) == [[3, 4, 20, 30]]


def test_a_line_of_yolo_is_read_as_what_it_is():
    def line(text, points=(0, 0)):
        row = garment_of_line(text, NAMES, points, (40, 60))
        return [round(row[c], 3) for c in BOX_COLUMNS], {k: v for k, v in row.items() if k not in BOX_COLUMNS}

    whole = [10, 15, 30, 45]
    assert line("0 .5 .5 .5 .5") == (whole, {"label": "tee"})
    assert line("1.0 .5 .5 .5 .5 .9") == (whole, {"label": "jeans", "score": 0.9})
    polygon = [4, 12, 36, 12, 36, 72]
    assert line("0 .1 .2 .9 .2 .9 1.2") == ([4, 12, 36, 72], {"label": "tee", "segmentation": [polygon]})
    oriented = line("0 .25 .25 .75 .25 .75 .75 .25 .75")
    assert oriented[0] == whole and "segmentation" in oriented[1]
    pose = (whole, {"label": "tee", "keypoints": [10, 15, 2, 0, 0, 0]})
    assert line("0 .5 .5 .5 .5 .25 .25 2 0 0 0", (2, 3)) == pose
    assert line("0 .5 .5 .5 .5 .25 .25 2 0 0 0") == pose
    assert line("0 .5 .5 .5 .5 .25 .25 0 0", (2, 2)) == pose
    one = (whole, {"label": "tee", "keypoints": [10, 15, 1]})
    assert line("0 .5 .5 .5 .5 .25 .25 1") == one
    eight = line("0 .5 .5 .5 .5 " + ".25 .25 2 " * 8, (8, 3))
    assert eight[0] == whole and eight[1]["landmarks"] == [10, 15, 2] * 8


@pytest.mark.parametrize(
    "text",
    ["0", "0 .5 .5 .5", "0 a b c d", "0 nan .5 .5 .5", "0 inf .5 .5 .5", "0.5 .5 .5 .5 .5", "0 .1 .2 .3 .4 .5 .6 .7"],
)
def test_a_malformed_line_of_yolo_is_refused(text):
    with pytest.raises(ValueError, match="expected class x y width height"):
        garment_of_line(text, NAMES, (0, 0), (40, 60))


def test_data_yaml_names_the_points_of_poses(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "labels").mkdir()
    Image.new("RGB", (40, 60)).save(tmp_path / "images/a.jpg")
    (tmp_path / "data.yaml").write_text("names: [tee]\nkpt_shape: [3, 2]")
    (tmp_path / "labels/a.txt").write_text("0 .5 .5 .5 .5 .3 .3 .4 .4 .5 .5")
    table = read(f"yolo:{tmp_path}")
    assert boxes(table) == [[10, 15, 30, 45]] and len(table.garments["keypoints"][0]) == 9
