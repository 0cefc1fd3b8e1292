"""Values as tools and spreadsheets write them are read; what cannot be meant is a problem row, never a traceback."""

import json

import pandas as pd
import pytest
from PIL import Image

from garments.text_files import decoded, read_csv
from garments.types import BOX_COLUMNS
from garments.vocabulary import own_taxonomy
from readers import read
from samples.exports import voc_xml
from samples.layouts import samples

BOX = [1, 2, 9, 9]


def coco(root, images, annotations, categories=((1, "tee"),), **more):
    Image.new("RGB", (40, 60)).save(root / "a.jpg")
    Image.new("RGB", (40, 60)).save(root / "b.jpg")
    if isinstance(categories, tuple):
        categories = [dict(id=number, name=name) for number, name in categories]
    data = dict(images=images, annotations=annotations, categories=categories) | more
    (root / "a.json").write_text(json.dumps(data))
    return read(f"coco:{root}")


def image(number=1, name="a.jpg"):
    return dict(id=number, file_name=name)


def garment(number=1, of=1, category=1, box=BOX, **more):
    return dict(id=number, image_id=of, category_id=category, bbox=box, **more)


@pytest.mark.parametrize("of_image", [1, "1", 1.0, " 1 "])
@pytest.mark.parametrize("of_box", [1, "1", 1.0])
def test_ids_are_texts_or_numbers(of_image, of_box, tmp_path):
    table = coco(tmp_path, [image(of_image)], [garment(of=of_box, category=of_box)], ((of_image, "tee"),))
    assert table.problems.empty and list(table.garments["category"]) == ["tee"]


def test_annotations_need_no_id(tmp_path):
    boxes = [dict(image_id=1, category_id=1, bbox=BOX), dict(image_id=1, category_id=1, bbox=None)]
    table = coco(tmp_path, [image()], boxes)
    assert len(table.garments) == 1 and list(table.problems["file"]) == ["a.json annotations[1]"]


@pytest.mark.parametrize("name, label", [(None, "category 1"), (7, "7"), ("", "category 1"), ([], "category 1")])
def test_names_of_categories_may_be_none_or_numbers(name, label, tmp_path):
    (tmp_path / "taxonomy.csv").write_text(f"label,part,category\n{label},upper,tee\n")
    table = coco(tmp_path, [image()], [garment()], ((1, name),))
    assert table.problems.empty and list(table.garments["label"]) == [label]


@pytest.mark.parametrize("which", ["images", "annotations", "categories"])
@pytest.mark.parametrize("value", [None, 3, {}, "x"])
def test_a_list_that_is_none_is_a_problem(which, value, tmp_path):
    table = coco(tmp_path, **{"images": [image()], "annotations": [garment()], "categories": []} | {which: value})
    assert f"expected {which} to be a list" in " ".join(table.problems["reason"])


@pytest.mark.parametrize("entry", [None, 3, "x", [], {}])
@pytest.mark.parametrize("which", ["images", "annotations"])
def test_an_entry_that_is_none_is_a_problem_and_the_others_are_read(which, entry, tmp_path):
    lists = dict(images=[image()], annotations=[garment()])
    lists[which] = [entry, *lists[which]]
    table = coco(tmp_path, **lists)
    assert len(table.garments) == 1 and list(table.problems["file"]) == [f"a.json {which}[0]"]


@pytest.mark.parametrize("name", [None, "", 7, ["a.jpg"], " "])
def test_a_photo_without_a_name_is_a_problem(name, tmp_path):
    table = coco(tmp_path, [image(2, name), image()], [garment(), garment(2, of=2)])
    assert list(table.problems["file"]) == ["a.json image 2", "a.json annotation 2"] and len(table.garments) == 1


@pytest.mark.parametrize("name", ["\ud800.jpg", "a\0.jpg", "x" * 5000, "..", "/", "a.jpg/", "//"])
def test_a_name_that_no_file_can_have_is_a_problem(name, tmp_path):
    table = coco(tmp_path, [image(2, name), image(3, "b.jpg")], [])
    assert list(table.photos["photo"])[-1] == "b.jpg" and len(table.photos) + len(table.problems) == 2


def test_an_id_of_two_photos_or_two_categories_is_a_problem(tmp_path):
    table = coco(tmp_path, [image(), image(1, "b.jpg")], [garment()])
    assert table.garments.empty and len(table.problems) == 3
    table = coco(tmp_path, [image()], [garment()], ((1, "tee"), (1, "jeans")))
    assert table.garments.empty and "several categories" in table.problems["reason"][0]


@pytest.mark.parametrize(
    "box", [[1, 2, 3], [1, 2, 3, 4, 5], "1 2 3 4", [1, 2, "3", 4], [1, 2, None, 4], [float("nan")] * 4, {"x": 1},
            [True] * 4, [1, 2, 10**400, 4], [1, 2, float("inf"), 4], [[1, 2, 3, 4]], 5, [1, 2, -3, 4], [90, 2, 3, 4]],
)  # fmt: skip
def test_a_malformed_box_is_a_problem(box, tmp_path):
    table = coco(tmp_path, [image()], [garment(box=box), garment(2)])
    assert list(table.problems["file"]) == ["a.json annotation 1"] and len(table.garments) == 1


@pytest.mark.parametrize(
    "attributes", [{"category": "casual"}, {"category": "dress", "label": "x", "trust": 0}, [], "x"]
)
def test_an_attribute_never_replaces_the_label(attributes, tmp_path):
    table = coco(tmp_path, [image()], [garment(attributes=attributes)])
    garments = table.garments[["label", "part", "category", "trust"]]
    assert table.problems.empty and garments.to_numpy().tolist() == [["tee", "upper", "tee", 1]]


@pytest.mark.parametrize("key, value", [("score", "high"), ("keypoints", [1, 2]), ("keypoints", ["a", 1, 2])])
def test_a_value_that_cannot_be_used_is_left_out_and_reported(key, value, tmp_path):
    table = coco(tmp_path, [image()], [garment(**{key: value})])
    assert len(table.garments) == 1 and table.problems["reason"].str.contains(f"its {key}").all()
    assert len(table.problems) == 1


@pytest.mark.parametrize("key", ["source", "group", "tags", "label_map", "split", "width", "height"])
@pytest.mark.parametrize("value", [3, ["a"], "flickr", None])
def test_columns_of_other_tools_are_not_taken_for_ours(key, value, tmp_path):
    table = coco(tmp_path, [image() | {key: value}], [garment()])
    assert len(table.garments) == 1 and set(table.photos["source"]) == {""} and set(table.photos["split"]) == {"train"}


def test_points_that_this_project_does_not_know_are_no_landmarks(tmp_path):
    from garments.landmarks import landmarks_of

    table = coco(tmp_path, [image()], [garment(keypoints=[5, 5, 2] * 17)])
    assert len(table.garments["keypoints"][0]) == 51 and not landmarks_of(table.garments).any()


LINES = ["file;label;x_min;y_min;x_max;y_max;split", "a.jpg;Kimono é;1,5;2;9;9;val"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize("mark", [";", "\t", ",", "|"])
def test_a_csv_is_read_in_any_common_encoding_and_delimiter(mark, encoding, tmp_path):
    text = "\r\n".join(LINES).replace("1,5", "1.5" if mark == "," else "1,5").replace(";", mark) + "\r\n"
    (tmp_path / "labels.csv").write_bytes(text.encode(encoding))
    (tmp_path / "taxonomy.csv").write_bytes(
        f"label{mark}part{mark}category\nKimono é{mark}full{mark}\n".encode(encoding)
    )
    Image.new("RGB", (40, 60)).save(tmp_path / "a.jpg")
    table = read(f"folders:{tmp_path}")
    assert table.problems.empty and list(table.photos["split"]) == ["val"]
    assert table.garments[["label", "part", *BOX_COLUMNS]].to_numpy().tolist() == [["Kimono é", "full", 1.5, 2, 9, 9]]


def test_a_csv_of_a_spreadsheet(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text('sep=;\n File ;LABEL;note\n"a;b.jpg";tee;"two\nlines"\n\nc.jpg\nd.jpg;tee;x;y\ne.jpg;tee;;;\n;;\n')
    rows, problems = read_csv(file, ["file", "label"])
    assert rows[["file", "label"]].to_numpy().tolist() == [["a;b.jpg", "tee"], ["c.jpg", ""], ["e.jpg", "tee"]]
    assert list(rows["line"]) == ["x.csv:3", "x.csv:6", "x.csv:8"] and [p["file"] for p in problems] == ["x.csv:7"]


@pytest.mark.parametrize("content", ["", "\n\n", "a,b\n1,2\n", "file\na.jpg\n", "file,label,file\n", '"'])
def test_a_csv_that_is_none_is_one_line_that_names_it(content, tmp_path):
    (tmp_path / "labels.csv").write_text(content)
    with pytest.raises(ValueError, match=r"labels\.csv"):
        read(f"folders:{tmp_path}")


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(ValueError):
        decoded(b"\xff\xfe\0")


def test_a_taxonomy_with_columns_of_the_user_is_read(tmp_path):
    file = tmp_path / "taxonomy.csv"
    file.write_text("Category;Part;Label;note\ncoat;full;Mantel;x\n")
    assert own_taxonomy([], file) == {"Mantel": ("full", "coat")}
    file.write_text("label;part;category\nMantel;whole;coat\n")
    with pytest.raises(ValueError, match=r"taxonomy.csv:2: expected part one of upper"):
        own_taxonomy([], file)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "iso-8859-1"])
def test_xml_is_read_in_any_common_encoding(encoding, tmp_path):
    Image.new("RGB", (64, 96), (200, 30, 30)).save(tmp_path / "é.png")
    for declared in ("", '<?xml version="1.0" encoding="utf-8"?>', f'<?xml version="1.0" encoding="{encoding}"?>'):
        xml = voc_xml("é.png", samples()[0]._replace(kind=0)).replace("<width>60</width><height>90</height>", "")
        (tmp_path / "a.xml").write_bytes((declared + xml).encode(encoding))
        table = read(f"voc:{tmp_path}")
        assert table.problems.empty and len(table.garments) == 1


def test_one_bad_object_of_voc_does_not_lose_the_others(tmp_path):
    Image.new("RGB", (64, 96), (200, 30, 30)).save(tmp_path / "a.png")
    good = "<object><name>tee</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object>"
    bad = good.replace("<xmin>1</xmin>", "<xmin>nan</xmin>")
    (tmp_path / "a.xml").write_text(f"<annotation><filename>a.png</filename>{bad}{good}<object/></annotation>")
    (tmp_path / "b.xml").write_text("<project/>")
    table = read(f"voc:{tmp_path}")
    assert len(table.garments) == 1
    assert list(table.problems["file"]) == ["a.xml object 1", "a.xml object 3", "b.xml"]


@pytest.mark.parametrize(
    "content",
    ["", "[1]", "names:", "names: {a: b}", "names: 3", "names: [tee", "\t", "!!python/object:x {}", "? [1]\n: 2"],
)
def test_a_data_yaml_that_is_none_is_one_line(content, tmp_path):
    (tmp_path / "data.yaml").write_text(content)
    with pytest.raises(ValueError, match=r"expected a data.yaml with the names of the classes"):
        read(f"yolo:{tmp_path}")


def test_numbers_that_are_none_in_a_csv_are_problems(tmp_path):
    Image.new("RGB", (64, 96), (200, 30, 30)).save(tmp_path / "a.png")
    rows = ["1,2,9,inf", "nan,2,9,9", "1,2,9,", "1,2,9,9"]
    text = "\n".join(["file,label,x_min,y_min,x_max,y_max", *(f"a.png,tee,{row}" for row in rows)])
    (tmp_path / "labels.csv").write_text(text)
    table = read(f"folders:{tmp_path}")
    assert list(table.problems["file"]) == [f"labels.csv:{n}" for n in (2, 3, 4)] and len(table.garments) == 1
    assert pd.api.types.is_float_dtype(table.garments["x_min"])
