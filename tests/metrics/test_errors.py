import numpy as np
import pytest

from garments.types import Table
from metrics.detection import detection_figures
from metrics.errors import box_outcomes, error_costs, froc, photo_scores, thresholds

PHOTOS = [dict(photo=name, path="", width=100, height=150) for name in ("a", "b")]


def table(*rows):
    columns = ("photo", "part", "x_min", "y_min", "x_max", "y_max", "score")
    return Table.of(PHOTOS, [dict(zip(columns, row, strict=False)) for row in rows], [])


TRUTH = table(("a", "upper", 0, 0, 20, 30), ("a", "lower", 0, 40, 20, 90), ("b", "full", 0, 0, 50, 140))
BOXES = [
    ("right", ("a", "upper", 0, 0, 20, 32, 0.9)),
    ("duplicate", ("a", "upper", 0, 0, 20, 28, 0.8)),
    ("class", ("a", "full", 0, 40, 20, 88, 0.7)),
    ("localisation", ("b", "full", 0, 0, 30, 100, 0.6)),
    ("both", ("a", "lower", 0, 0, 14, 14, 0.5)),
    ("background", ("a", "upper", 60, 100, 90, 140, 0.4)),
]


def test_each_box_has_one_outcome():
    outcomes = box_outcomes(TRUTH, table(*(row for _, row in BOXES)))
    assert outcomes["outcome"].tolist() == [outcome for outcome, row in BOXES if row[0] == "a"] + ["localisation"]
    missed = box_outcomes(TRUTH, table(BOXES[0][1]))
    assert missed["outcome"].tolist() == ["right", "missed", "missed"] and missed["true"].tolist() == [0, 1, 2]


def test_the_cost_of_an_error_is_the_gain_of_fixing_it():
    predicted = table(*(row for _, row in BOXES))
    costs = error_costs(TRUTH, predicted)["AP50 lost"]
    now = detection_figures(TRUTH, predicted)["all"]["AP50"]
    fixed = [row if outcome != "class" else ("a", "lower", *row[2:]) for outcome, row in BOXES]
    assert costs["class"] == pytest.approx(detection_figures(TRUTH, table(*fixed))["all"]["AP50"] - now)
    assert costs["class"] > 0.3 and costs["localisation"] > 0.1 and (costs >= -1e-9).all() and costs["missed"] == 0
    assert error_costs(TRUTH, table())["AP50 lost"].to_dict() == {**dict.fromkeys(costs.index, 0), "missed": 1}


def test_a_perfect_detector_makes_no_error():
    perfect = Table(TRUTH.photos, TRUTH.garments.assign(score=0.9), TRUTH.problems)
    assert set(box_outcomes(TRUTH, perfect)["outcome"]) == {"right"} and error_costs(TRUTH, perfect)["count"].sum() == 0
    curve = froc(box_outcomes(TRUTH, perfect), 2, 3)
    assert curve["found"].iloc[-1] == 1 and curve["false_a_photo"].iloc[-1] == 0


def test_froc_counts_every_garment_once_and_falls_with_the_threshold():
    curve = froc(box_outcomes(TRUTH, table(*(row for _, row in BOXES))), 2, 3)
    assert curve["false_a_photo"].iloc[-1] == 2.5 and curve["found"].iloc[-1] == pytest.approx(1 / 3)
    assert (np.diff(curve["score"]) <= 0).all() and len(froc(box_outcomes(TRUTH, table()), 2, 3)) == 0


def test_photo_scores_hold_photos_without_a_box():
    scores = photo_scores(TRUTH, table(BOXES[0][1])).set_index(["photo", "part"])
    assert scores.loc[("a", "upper")].tolist() == [True, 0.9] and scores.loc[("b", "full")].tolist() == [True, 0]
    assert scores.loc[("b", "upper")].tolist() == [False, 0] and len(scores) == 6


def test_thresholds_count_boxes_above_them():
    table_of = thresholds(box_outcomes(TRUTH, table(*(row for _, row in BOXES))), 3)
    assert table_of.loc[0.9].tolist() == pytest.approx([1, 1 / 3, 0.5])
    assert table_of.loc[0.1].tolist() == pytest.approx([1 / 6, 1 / 3, 2 / 9])
