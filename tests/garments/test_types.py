import numpy as np
import pytest

from garments.types import Garments, Table
from garments.vocabulary import CATEGORIES, PARTS, category_set, taxonomy

BOX = np.array([[1, 2, 30, 50]], np.float32)


def test_garments_say_what_shape_was_expected():
    with pytest.raises(ValueError, match=r"scores: expected shape \(1,\), got \(2,\)"):
        Garments(BOX, np.ones(2), np.array(["upper"]))


@pytest.mark.parametrize("box", [[5, 0, 5, 10], [0, 9, 10, 3], [0, 0, np.nan, 1]])
def test_garments_refuse_boxes_that_are_empty_or_inside_out(box):
    with pytest.raises(ValueError, match="boxes_xyxy"):
        Garments(np.array([box], np.float32), np.ones(1), np.array(["upper"]))


def test_garments_refuse_unknown_parts_and_accept_none_at_all():
    with pytest.raises(ValueError, match="hat"):
        Garments(BOX, np.ones(1), np.array(["hat"]))
    assert len(Garments.empty()) == 0


def test_a_garment_found_twice_is_kept_once_and_best_first():
    boxes = np.array([[0, 0, 10, 40], [0, 0, 10, 20], [50, 5, 90, 15]], np.float32)
    parts, scores = np.array(["full", "upper", "lower"], object), np.array([0.5, 0.9, 0.1], np.float32)
    garments = Garments(boxes, scores, parts, {"img": np.eye(3, dtype=np.float32)})
    assert list(garments.nms(0.4).parts) == ["upper", "lower"]
    assert list(garments.nms(0.6).parts) == ["upper", "full", "lower"]
    assert np.array_equal(garments.nms(0.4).categories["img"], np.eye(3)[[1, 2]])
    assert len(Garments.empty().nms(0.5)) == 0


def test_table_refuses_strays_and_twins():
    photo = dict(photo="a", path="a.jpg", width=4, height=6)
    with pytest.raises(ValueError, match="twice"):
        Table.of([photo, photo], [], [])
    with pytest.raises(ValueError, match="'b'"):
        Table.of([photo], [dict(photo="b", part="upper")], [])


def test_tables_join_under_their_names_and_split_again():
    one = Table.of(
        [dict(photo="a", path="a.jpg", width=4, height=6, split="train")], [dict(photo="a", part="full")], []
    )
    both = Table.concatenate({"x": one, "y": one})
    assert list(both.photos["photo"]) == ["x/a", "y/a"] == list(both.garments["photo"])
    assert len(both.split("train").photos) == 2
    with pytest.raises(KeyError, match="train"):
        both.split("test")


def test_taxonomy_speaks_only_of_known_parts_and_categories():
    for dataset in ("ccp", "clothing", "products"):
        for meaning in taxonomy(dataset).values():
            assert meaning.part in (*PARTS, "")
            assert category_set(meaning.category) <= set(CATEGORIES)
    assert category_set("jacket|coat") == {"jacket", "coat"} and category_set("") == frozenset()
    with pytest.raises(KeyError, match="ccp, clothing"):
        taxonomy("imagenet")
