"""Choosing among the garments of a photo, and the names of their categories."""

import numpy as np
import pytest

from garments.types import Garments


@pytest.fixture
def three() -> Garments:
    boxes = np.array([[0, 0, 10, 40], [0, 5, 10, 20], [50, 5, 90, 15]], np.float32)
    parts, scores = np.array(["full", "upper", "lower"], object), np.array([0.9, 0.5, 0.1], np.float32)
    landmarks = np.arange(72, dtype=np.float32).reshape(3, 8, 3)
    probabilities = {"img": np.array([[0.2, 0.8], [0.7, 0.3], [0.4, 0.6]], np.float32)}
    return Garments(boxes, scores, parts, probabilities, landmarks, category_names={"img": ("coat", "tee")})


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (np.array([True, False, True]), ["full", "lower"]),
        ([True, False, True], ["full", "lower"]),
        (np.array([2, 0]), ["lower", "full"]),
        (slice(1, None), ["upper", "lower"]),
        (-1, ["lower"]),
        ([], []),
    ],
)
def test_some_are_chosen_by_mask_integers_or_slice(three, index, expected):
    assert list(three[index].parts) == expected


def test_all_arrays_are_indexed_together(three):
    last = three[[2]]
    assert np.array_equal(last.landmarks, three.landmarks[2:])
    assert np.array_equal(last.categories["img"], np.array([[0.4, 0.6]], np.float32))
    assert last.category_names == {"img": ("coat", "tee")}


@pytest.mark.parametrize("index", [3, [0, 7], np.array([True, False])])
def test_what_is_not_there_is_an_index_error(three, index):
    with pytest.raises(IndexError):
        three[index]


def test_garments_can_be_iterated(three):
    assert [len(garment) for garment in three] == [1, 1, 1]


def test_the_most_probable_category_is_named(three):
    names, scores = three.named("img")
    assert names == ["tee", "coat", "tee"]
    assert np.allclose(scores, [0.8, 0.7, 0.6])


def test_a_classifier_that_did_not_run_has_no_names(three):
    with pytest.raises(KeyError, match=r"'best'; there are those of \['img'\]"):
        three.named("best")


def test_names_are_as_many_as_probabilities(three):
    with pytest.raises(ValueError, match=r"categories\['img'\]: expected shape \(3, 1\), got \(3, 2\)"):
        Garments(three.boxes_xyxy, three.scores, three.parts, three.categories, category_names={"img": ("coat",)})
