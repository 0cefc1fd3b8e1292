"""A crowd is a box around many garments: detections inside it are neither right nor wrong, and it is never missed."""

import numpy as np
import pytest

from garments.crowds import is_crowd, without_crowds
from garments.types import Table
from metrics.classification import paired
from metrics.detection import detection_figures
from metrics.end_to_end import outcomes, share_found
from metrics.errors import box_outcomes
from metrics.keypoint_ap import keypoint_figures
from samples.made_up_landmarks import BOX, points

PHOTOS = [dict(photo="a", path="", width=300, height=150)]
COLUMNS = ("photo", "part", "category", "x_min", "y_min", "x_max", "y_max", "score")


def table(*rows, crowds=None):
    garments = [dict(zip(COLUMNS, row, strict=False)) for row in rows]
    for garment, crowd in zip(garments, crowds or [], strict=False):
        garment["iscrowd"] = crowd
    return Table.of(PHOTOS, garments, [])


TRUTH = table(("a", "upper", "tee", 0, 0, 20, 30), ("a", "upper", "tee", 100, 0, 200, 140), crowds=[0, 1])
FOUND = table(
    ("a", "upper", "tee", 0, 0, 20, 30, 0.8),
    ("a", "upper", "top", 110, 10, 130, 50, 0.9),  # two garments of the crowd
    ("a", "upper", "top", 150, 10, 170, 50, 0.7),
)


def test_the_ap_of_one_true_box_beside_a_crowd_is_one():
    figures = detection_figures(TRUTH, FOUND)
    assert figures["all"]["AP"] == pytest.approx(1) and figures["any part"]["AP50"] == pytest.approx(1)
    assert detection_figures(without_crowds(TRUTH), FOUND)["all"]["AP"] < 0.6  # what ignoring the crowd costs


def test_boxes_in_a_crowd_have_no_outcome_and_the_crowd_is_not_missed():
    assert box_outcomes(TRUTH, FOUND)["outcome"].tolist() == ["right"]
    outside = table(("a", "upper", "tee", 230, 0, 260, 60, 0.9), ("a", "lower", "jeans", 110, 10, 130, 50, 0.8))
    assert box_outcomes(TRUTH, outside)["outcome"].tolist() == ["background", "background", "missed"]


def test_a_crowd_has_no_category_to_be_judged():
    assert len(outcomes(TRUTH, FOUND)) == 1 and len(paired(TRUTH, TRUTH)) == 1
    only = Table(TRUTH.photos, TRUTH.garments[1:], TRUTH.problems)
    assert len(outcomes(only, FOUND)) == 0 and share_found(TRUTH, FOUND)[0] == 1


def test_landmarks_of_a_crowd_are_not_judged():
    marks = points("upper", BOX, np.full((8, 2), 0.5))
    garments = [
        dict(zip(COLUMNS, ("a", "upper", "tee", *BOX), strict=False), landmarks=marks.ravel(), iscrowd=crowd, score=1.0)
        for crowd in (0, 1)
    ]
    garments[1]["landmarks"] = np.add(marks, [50, 0, 0]).ravel()
    truth, found = Table.of(PHOTOS, garments, []), Table.of(PHOTOS, garments[:1], [])
    assert keypoint_figures(truth, found)["upper"]["AP"] == pytest.approx(1)


def test_a_data_set_without_crowds_has_none():
    plain = Table.of(PHOTOS, [dict(photo="a")], [])
    assert not is_crowd(plain.garments).any() and without_crowds(plain) is plain
