"""Whatever a file holds, a reader gives right rows and problem rows, or one line that says what is wrong."""

import json
import re
import shutil
from xml.sax.saxutils import escape

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from garments.types import BOX_COLUMNS
from readers import read

FUZZ = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just([]), st.just({}),
    st.just("\ud800"), st.just(10**400),
)  # fmt: skip
NUMBER = st.one_of(st.integers(-20, 80), st.floats(-20, 80))
NAMES = st.sampled_from(["a.jpg", "b/a.jpg", "..\\a.jpg", "/x/a.jpg", "c.jpg", "A.JPG", "", "val/a.jpg"])


def mostly(strategy):
    return st.one_of(strategy, strategy, strategy, ODD)


ID = mostly(st.sampled_from([1, 2, "1", 2.0]))
IMAGE = st.fixed_dictionaries(
    {}, optional=dict(id=ID, file_name=mostly(NAMES), width=mostly(NUMBER), height=mostly(NUMBER), split=ODD)
)
OUTLINE = st.one_of(
    st.lists(st.lists(mostly(NUMBER), max_size=8), max_size=2),
    st.fixed_dictionaries({}, optional=dict(size=mostly(st.just([60, 40])), counts=ODD)),
)
ANNOTATION = st.fixed_dictionaries(
    {},
    optional=dict(
        id=ID, image_id=ID, category_id=ID, bbox=mostly(st.lists(mostly(NUMBER), min_size=3, max_size=4)),
        segmentation=mostly(OUTLINE), iscrowd=ODD, score=ODD, keypoints=mostly(st.lists(NUMBER, max_size=6)),
        attributes=mostly(st.just({"category": "tee"})),
    ),
)  # fmt: skip
CATEGORY = st.fixed_dictionaries({}, optional=dict(id=ID, name=mostly(st.sampled_from(["tee", "jeans"]))))


@pytest.fixture
def root(tmp_path):
    for name in ("a.jpg", "b/a.jpg", "images/a.jpg"):
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 60)).save(tmp_path / "data" / name)
    yield tmp_path / "data"
    shutil.rmtree(tmp_path / "data")


def table_of(source, count=None):
    """The Table, checked; None where there is one line that says what is wrong.

    Args:
        source: NAME:PATH.
        count: of the garments that the file holds: each is a row or has a problem, of its own or of its photo.
    """
    try:
        table = read(source)
    except ValueError as error:
        assert str(error) and len(str(error)) < 1000
        return None
    boxes = table.garments[BOX_COLUMNS].to_numpy(float)
    assert np.isfinite(boxes).all() or source.startswith("folders")
    assert ((boxes >= 0) & (boxes <= [40, 60, 40, 60]) | np.isnan(boxes)).all()
    assert table.problems["reason"].astype(bool).all() and table.problems["remedy"].astype(bool).all()
    str(table.problems.to_csv()).encode()
    if count is not None and not table.problems["reason"].str.contains("photo|file_name|size|pixels").any():
        assert len(table.garments) + len(table.problems) >= count
    return table


@FUZZ
@given(st.lists(IMAGE, max_size=3), st.lists(ANNOTATION, max_size=4), st.lists(CATEGORY, max_size=3), ODD)
def test_coco(root, images, annotations, categories, info):
    data = dict(images=images, annotations=annotations, categories=categories, info=info)
    (root / "a.json").write_text(json.dumps(data))
    table_of(f"coco:{root}", len(annotations))


@FUZZ
@given(st.binary(max_size=60))
def test_bytes_in_every_list(root, content):
    for name, file in (("coco", "a.json"), ("voc", "a.xml"), ("yolo", "data.yaml"), ("folders", "labels.csv")):
        (root / file).write_bytes(content)
        table_of(f"{name}:{root}")
        (root / file).unlink()


LINE = st.lists(mostly(st.sampled_from(["0", "1", "0.5", ".2", "2", "nan", "x"])).map(str), max_size=12).map(" ".join)


@FUZZ
@given(st.lists(LINE, max_size=4), mostly(st.sampled_from([[3, 2], [2, 3]])), mostly(st.just(["tee", "jeans"])), ODD)
def test_yolo(root, lines, shape, names, train):
    try:
        text = yaml.safe_dump(dict(kpt_shape=shape, names=names, train=train))
    except (yaml.YAMLError, ValueError):
        return
    (root / "data.yaml").write_text(text, encoding="utf-8", errors="surrogatepass")
    (root / "a.txt").write_text("\n".join(lines), encoding="utf-8", errors="replace")
    table_of(f"yolo:{root}")


CELL = mostly(st.sampled_from(["a.jpg", "b/a.jpg", "tee", "1", "9", "20", "", "val"]))


@FUZZ
@given(st.lists(st.lists(CELL, min_size=1, max_size=8), max_size=5), st.sampled_from(",;\t|"))
def test_csv(root, rows, mark):
    lines = [["file", "label", *BOX_COLUMNS, "split"], *rows]
    text = "\n".join(mark.join(str(cell).replace("\n", " ") for cell in row) for row in lines)
    (root / "labels.csv").write_text(text, encoding="utf-8", errors="replace")
    table_of(f"folders:{root}")


NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd]")  # what no XML file may hold
CORNER = mostly(NUMBER).map(lambda value: escape(NO_XML.sub("?", str(value))))


@FUZZ
@given(st.lists(st.tuples(CORNER, CORNER, CORNER, CORNER), max_size=3), NAMES, CORNER)
def test_voc(root, boxes, name, size):
    corners = [
        "".join(f"<{c}>{v}</{c}>" for c, v in zip(("xmin", "ymin", "xmax", "ymax"), b, strict=True)) for b in boxes
    ]
    objects = "".join(f"<object><name>tee</name><bndbox>{c}</bndbox></object>" for c in corners)
    said = f"<size><width>{size}</width><height>{size}</height></size>"
    text = f"<annotation><filename>{name}</filename>{said}{objects}</annotation>"
    (root / "a.xml").write_text(text, encoding="utf-8")
    table_of(f"voc:{root}", len(boxes))
