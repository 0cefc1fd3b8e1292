"""Part and category of a garment are decided together."""

import numpy as np
import pytest

from garments.types import Garments
from garments.vocabulary import CATEGORIES, PARTS
from pipeline.decision import answers, decide_parts, parts_of, places

UPPER, LOWER, FULL = np.eye(3)


def boxes(*rows) -> Garments:
    """Of (part, score, x_min) with boxes 100 wide and 50 high."""
    parts, scores, starts = zip(*rows, strict=True)
    xyxy = np.array([[x, 0, x + 100, 50] for x in starts], np.float32)
    return Garments(xyxy, np.array(scores, np.float32), np.array(parts, object))


def classified(part_scores, **p) -> Garments:
    """One garment with probabilities by category; the rest is spread over all."""
    found = np.full((1, len(CATEGORIES)), (1 - sum(p.values())) / len(CATEGORIES), np.float32)
    for name, value in p.items():
        found[0, CATEGORIES.index(name)] += value
    scores = np.array([part_scores], np.float32)
    best = np.array([PARTS[scores.argmax()]], object)
    xyxy = np.array([[0, 0, 9, 5]], np.float32)
    return Garments(xyxy, scores.max(1), best, {"img": found}, category_names={"img": CATEGORIES}, part_scores=scores)


def test_boxes_of_several_parts_at_one_place_are_one_garment():
    found = places(boxes(("upper", 0.7, 0), ("full", 0.6, 5), ("lower", 0.5, 200)), 0.4)
    assert list(found.parts) == ["upper", "lower"]
    assert found.part_scores == pytest.approx(np.array([[0.7, 0, 0.6], [0, 0.5, 0]]))


def test_weak_boxes_are_hypotheses_and_no_garments():
    found = places(boxes(("upper", 0.7, 0), ("full", 0.1, 0), ("lower", 0.3, 200)), 0.4)
    assert len(found) == 1
    assert found.part_scores[0] == pytest.approx([0.7, 0, 0.1])


@pytest.mark.parametrize(("part", "count"), [("lower", 1), ("upper", 2), ("full", 2)])
@pytest.mark.parametrize("scores", [(0.9, 0.5), (0.5, 0.9)])
def test_of_a_lower_inside_another_the_better_is_kept(part, count, scores):
    shorts_and_whole_legs = np.array([[10, 10, 90, 40], [5, 10, 95, 95]], np.float32)
    found = places(Garments(shorts_and_whole_legs, np.array(scores, np.float32), np.array([part] * 2, object)), 0.4)
    assert len(found) == count
    assert found.scores[0] == pytest.approx(0.9)


def test_lowers_side_by_side_are_two():
    assert len(places(boxes(("lower", 0.9, 0), ("lower", 0.8, 80)), 0.4)) == 2


def test_no_box_gives_no_garment():
    assert places(Garments.empty(), 0.4).part_scores.shape == (0, 3)


@pytest.mark.parametrize(
    ("part_scores", "p", "part"),
    [
        ([0.6, 0, 0.5], dict(dress=0.9), "full"),
        ([0.6, 0, 0.5], dict(dress=0.4, tee=0.5), "upper"),
        ([0.6, 0, 0.01], dict(dress=0.6, tee=0.3), "upper"),  # the detector hardly sees a dress there
        ([0.6, 0, 0], dict(dress=1.0), "upper"),
    ],
)
def test_the_part_has_the_highest_joint_score(part_scores, p, part):
    assert list(decide_parts(classified(part_scores, **p), "img").parts) == [part]


def test_the_category_is_one_of_the_part():
    garments = decide_parts(classified([0.6, 0, 0.01], dress=0.6, tee=0.3), "img")
    names, scores = answers(garments, "img")
    assert names == ["tee"]
    assert scores == pytest.approx([0.3 + 0.1 / len(CATEGORIES)])
    assert garments.named("img")[0] == ["dress"]  # its own answer


def test_all_categories_are_possible_where_none_is_of_the_part():
    p = {"img": np.array([[0.2, 0.8]], np.float32)}
    garments = Garments(
        np.array([[0, 0, 9, 5.0]]), np.ones(1), np.array(["lower"]), p, category_names={"img": ("tee", "top")}
    )
    assert answers(garments, "img")[0] == ["top"]


def test_a_category_of_users_may_be_of_any_part():
    assert np.allclose(parts_of(("tee", "kimono", "jeans")), [UPPER, np.ones(3) / 3, LOWER])


def test_no_garment_has_no_answer():
    none = Garments.empty()
    assert decide_parts(none, "img") is none
