"""Precision, recall and AP of categories on found garments, against values by hand."""

import numpy as np
import pytest

from garments.crowds import CROWD
from garments.types import Table
from metrics.found_categories import MEAN, found_figures

PHOTOS = [dict(photo=name, path="", width=100, height=150) for name in "abcd"]
BOXES = {1: (0, 0, 20, 30), 2: (40, 0, 60, 30), 3: (0, 60, 20, 90)}


def table(*rows):
    """Rows (photo, place of BOXES or None, category, score)."""
    names = ("x_min", "y_min", "x_max", "y_max")
    garments = [
        {
            **dict(zip(names, BOXES.get(at, ()), strict=False)),
            **dict(photo=photo, part="upper", category=c, score=score),
        }
        for photo, at, c, score in rows
    ]
    return Table.of(PHOTOS, garments, [])


TRUTH = table(
    ("a", 1, "tee", 1), ("a", 2, "tee", 1), ("a", 3, "", 1), ("b", 1, "tee|tank", 1), ("b", 2, "coat", 1),
    ("c", None, "coat", 1),
)  # fmt: skip
FOUND = table(
    ("a", 1, "tee", 0.9), ("a", 2, "coat", 0.8), ("a", 3, "coat", 0.95), ("b", 1, "tee", 0.6), ("b", 3, "tee", 0.7),
    ("c", 1, "coat", 0.5), ("c", 2, "tee", 0.4),
)  # fmt: skip


def values(figures, name):
    return [figures[name, figure][0] for figure in ("precision", "recall", "AP")]


def test_of_each_category_and_their_means():
    figures = found_figures(TRUTH, FOUND)
    assert {name for name, _ in figures} == {"tee", "coat", MEAN}
    assert values(figures, "tee") == pytest.approx(
        [2 / 3, 2 / 3, (1 + 2 / 3) / 3]
    )  # .9 right, .7 of no garment, .6 right
    assert values(figures, "coat") == pytest.approx([1 / 2, 1 / 2, 1 / 2 / 2])  # .8 a tee, .5 right; one missed
    assert values(figures, MEAN) == pytest.approx(np.mean([values(figures, n) for n in ("tee", "coat")], axis=0))


def test_intervals_hold_their_figures():
    for value, low, high in found_figures(TRUTH, FOUND).values():
        assert low <= value <= high


def test_nothing_found_is_zero_and_nothing_true_has_no_figure():
    assert values(found_figures(TRUTH, table()), MEAN) == [0, 0, 0]
    assert np.isnan(found_figures(table(), FOUND)[MEAN, "AP"][0])


def test_a_photo_with_a_crowd_does_not_count():
    marked = TRUTH.garments.assign(**{CROWD: [1, 0, 0, 0, 0, 0]})
    figures = found_figures(Table(TRUTH.photos, marked, TRUTH.problems), FOUND)
    assert values(figures, "tee") == pytest.approx([1 / 2, 1, 1 / 2])
