"""What holds for every format: the same photos are the same Table, and nothing that is wrong is hidden."""

import numpy as np
import pandas as pd
import pytest

from garments.coco import write_coco
from garments.types import BOX_COLUMNS
from readers import READERS, read
from readers.coco import read_coco
from samples.layouts import HEIGHT, OWN, PARTS, WIDTH, WRITERS, samples
from samples.single_garments import WITHOUT_BOXES

HASHED = {"imaterialist2019", "streetstyle"}  # without splits of their own
SAME = ["label", "part", "category", *BOX_COLUMNS, "score", "trust", "mask_value"]


def test_every_reader_has_a_layout():
    assert {*WRITERS, *WITHOUT_BOXES, "ccp", "labelmaps"} == set(READERS)


def written(name, root, found=None, end="\n"):
    """(what was written, the paths of its photos, the Table that is read), photo by photo in the same order."""
    found = samples() if found is None else found
    paths = {**WRITERS, **WITHOUT_BOXES}[name](root, found, end)
    table = read(f"{name}:{root}")
    of = table.photos.set_index("path").reindex(map(str, paths))["photo"]
    return found, paths, table, of


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize("name", WRITERS)
def test_the_same_photos_are_read_from_every_format(name, end, tmp_path):
    found, _, table, of = written(name, tmp_path, end=end)
    assert table.problems.empty
    garments = table.garments.set_index("photo").loc[of]
    assert np.allclose(garments[BOX_COLUMNS], [s.box for s in found])
    if name != "streetstyle":  # whose boxes hold people
        assert list(garments["part"]) == [PARTS[s.kind] for s in found]
        assert all(OWN[s.kind] in c.split("|") for s, c in zip(found, garments["category"], strict=True))
    splits = table.photos.set_index("photo").loc[of, "split"].replace("query", "val")
    assert name in HASHED or list(splits) == [s.split for s in found]


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize("name", WITHOUT_BOXES)
def test_a_data_set_without_boxes_has_the_same_garments_and_splits(name, end, tmp_path):
    found, _, table, of = written(name, tmp_path, end=end)
    garments = table.garments.set_index("photo").loc[of]
    assert table.problems.empty
    assert list(garments["part"]) == [PARTS[s.kind] for s in found]
    assert list(garments["category"]) == [OWN[s.kind] for s in found]
    assert list(table.photos.set_index("photo").loc[of, "split"]) == [s.split for s in found]
    assert garments[BOX_COLUMNS].isna().all(axis=None)


@pytest.mark.parametrize("name", WRITERS)
def test_a_table_written_as_coco_and_read_again_is_the_same(name, tmp_path):
    *_, table, _ = written(name, tmp_path / "a")
    base = table.photos["path"][0].removesuffix(table.photos["photo"][0])
    (tmp_path / "b").mkdir()
    (tmp_path / "b/images").symlink_to(base)
    write_coco(table, tmp_path / "b/all.json")
    again = read_coco(tmp_path / "b")
    assert again.problems.empty
    photos = table.photos.assign(photo="images/" + table.photos["photo"])
    same = ["photo", "width", "height", "split", "group", "tags"]
    pd.testing.assert_frame_equal(again.photos[same], photos[same], check_dtype=False)
    same = SAME + [column for column in ("item", "attributes") if column in table.garments]
    pd.testing.assert_frame_equal(again.garments[same], table.garments[same], check_dtype=False)
    if "landmarks" in table.garments:
        pairs = zip(again.garments["landmarks"], table.garments["landmarks"], strict=True)
        assert all(a is b is None or np.array_equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("name", [name for name in WRITERS if name != "imaterialist2019"])  # a mask cannot leave it
def test_boxes_that_leave_the_photo_are_cut_off_at_its_edge(name, tmp_path):
    found = samples()
    found[1] = found[1]._replace(box=(10, 40, 300, 400))
    _, _, table, of = written(name, tmp_path, found)
    boxes = table.garments.set_index("photo").loc[of, BOX_COLUMNS].to_numpy()
    assert table.problems.empty and np.allclose(boxes[1], [10, 40, WIDTH, HEIGHT], atol=1e-3)
    assert (boxes >= 0).all() and (boxes <= [WIDTH, HEIGHT, WIDTH, HEIGHT]).all()


@pytest.mark.parametrize("name", WRITERS)
def test_an_empty_box_and_a_missing_photo_are_reported_with_their_lines_and_the_rest_is_read(name, tmp_path):
    found = samples()
    found[1] = found[1]._replace(box=(20, 30, 20, 60))
    _, paths, before, of = written(name, tmp_path, found)
    assert len(before.problems) == 1
    paths[4].unlink()
    table = read(f"{name}:{tmp_path}")
    assert len(table.problems) == 2 and table.problems["remedy"].all()
    assert all(_is_a_place(place, tmp_path) for place in table.problems["file"])
    assert set(of) - set(table.photos["photo"]) == {of.iloc[4]}
    assert {of.iloc[1], of.iloc[4]} == set(of) - set(table.garments["photo"])


def _is_a_place(place, root):
    """'file:12', 'file annotation 12' or the file of the photo itself, where there is such a file."""
    names = {path.name for path in root.rglob("*")}
    return place.split()[0].rpartition("/")[2].partition(":")[0] in names


@pytest.mark.parametrize("name", ["deepfashion", "inshop", "fashionpedia", "coco", "voc"])
def test_a_photo_that_is_listed_twice_is_reported(name, tmp_path):
    found = samples()
    if name == "voc":
        WRITERS[name](tmp_path, found)
        twice = tmp_path / "Annotations/1.xml"
        (tmp_path / "Annotations/again.xml").write_text(twice.read_text())
    else:
        WRITERS[name](tmp_path, [*found, found[0]])
    table = read(f"{name}:{tmp_path}")
    assert table.problems["reason"].str.contains("twice").sum() == 1 and len(table.photos) == len(found)
