import numpy as np
import pytest

from garments.masks import encode
from garments.types import Garments, Table
from garments.vocabulary import CATEGORIES, PARTS, category_set, taxonomy

BOX = np.array([[1, 2, 30, 50]], np.float32)


def test_garments_report_the_expected_shape():
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


def test_nms_keeps_the_best_of_overlapping_garments_in_order():
    boxes = np.array([[0, 0, 10, 40], [0, 0, 10, 20], [50, 5, 90, 15]], np.float32)
    parts, scores = np.array(["full", "upper", "lower"], object), np.array([0.5, 0.9, 0.1], np.float32)
    garments = Garments(boxes, scores, parts, {"img": np.eye(3, dtype=np.float32)})
    assert list(garments.nms(0.4).parts) == ["upper", "lower"]
    assert list(garments.nms(0.6).parts) == ["upper", "full", "lower"]
    assert np.array_equal(garments.nms(0.4).categories["img"], np.eye(3)[[1, 2]])
    assert len(Garments.empty().nms(0.5)) == 0


def test_garments_carry_masks_and_embeddings_along():
    masks = np.array([encode(np.eye(4, 6, n, dtype=bool)) for n in range(3)], object)
    garments = Garments(BOX.repeat(3, 0), np.ones(3), np.array(["upper"] * 3), masks=masks, embeddings=np.eye(3, 5))
    kept = garments[np.array([2, 0])]
    assert [rle["counts"] for rle in kept.masks] == [masks[2]["counts"], masks[0]["counts"]]
    assert np.array_equal(kept.embeddings, np.eye(3, 5)[[2, 0]])


@pytest.mark.parametrize(
    "more, message",
    [
        (dict(masks=np.zeros((1, 4, 6), bool)), r"masks: expected shape \(1,\), got \(1, 4, 6\)"),
        (dict(masks=np.array([0], object)), "masks: expected run lengths"),
        (dict(embeddings=np.zeros(8)), r"embeddings: expected shape \(1, None\)"),
    ],
)
def test_garments_refuse_masks_and_embeddings_of_another_shape(more, message):
    with pytest.raises(ValueError, match=message):
        Garments(BOX, np.ones(1), np.array(["upper"]), **more)


def test_masks_of_one_photo_have_one_size():
    masks = np.array([encode(np.eye(4, 6, dtype=bool)), encode(np.eye(5, 6, dtype=bool))], object)
    with pytest.raises(ValueError, match="expected the size of the photo"):
        Garments(BOX.repeat(2, 0), np.ones(2), np.array(["upper"] * 2), masks=masks)


def test_table_refuses_unknown_and_duplicate_photos():
    photo = dict(photo="a", path="a.jpg", width=4, height=6)
    with pytest.raises(ValueError, match="twice"):
        Table.of([photo, photo], [], [])
    with pytest.raises(ValueError, match="'b'"):
        Table.of([photo], [dict(photo="b", part="upper")], [])


def test_tables_are_concatenated_under_their_names_and_split_again():
    one = Table.of(
        [dict(photo="a", path="a.jpg", width=4, height=6, split="train")], [dict(photo="a", part="full")], []
    )
    assert list(one.photos["dataset"]) == [""]
    both = Table.concatenate({"x": one, "y": one})
    assert list(both.photos["dataset"]) == ["x", "y"]
    assert list(both.photos["group"]) == ["x/a", "y/a"]
    assert list(both.photos["photo"]) == ["x/a", "y/a"] == list(both.garments["photo"])
    assert len(both.in_splits("train").photos) == 2
    with pytest.raises(KeyError, match="train"):
        both.in_splits("test")


def test_items_of_two_data_sets_are_two_items_and_none_stays_none():
    photo = dict(photo="a", path="a.jpg", width=4, height=6)
    one = Table.of([photo], [dict(photo="a", item="12"), dict(photo="a", item="")], [])
    other = Table.of([photo], [dict(photo="a")], [])
    both = Table.concatenate({"x": one, "y": one, "z": other})
    assert list(both.garments["item"][:4]) == ["x/12", "", "y/12", ""] and both.garments["item"].isna()[4]


def test_a_source_that_is_none_is_refused():
    photo = dict(photo="a", path="a.jpg", width=4, height=6, source="press")
    with pytest.raises(ValueError, match=r"source one of .*got \['press'\]"):
        Table.of([photo], [], [])


def test_taxonomy_names_only_known_parts_and_categories():
    for dataset in ("ccp", "clothing", "products"):
        for meaning in taxonomy(dataset).values():
            assert meaning.part in (*PARTS, "")
            assert category_set(meaning.category) <= set(CATEGORIES)
    assert category_set("jacket|coat") == {"jacket", "coat"} and category_set("") == frozenset()
    with pytest.raises(KeyError, match="ccp, clothing"):
        taxonomy("imagenet")
