import numpy as np
import pytest

from metrics.compatibility import compatibility_figures


def test_values_by_hand():
    scores = [np.array([3, 1, 2, 0]), np.array([1, 2, 0, 0]), np.array([1, 1, 0, 0])]
    figures = compatibility_figures(scores)
    assert figures["fill-in-the-blank"][0] == pytest.approx((1 + 0 + 1 / 2) / 3)
    assert figures["AUC"][0] == pytest.approx((1 + 2 / 3 + (2 + 1 / 2) / 3) / 3)


def test_equal_scores_are_chance():
    figures = compatibility_figures([np.zeros(4)] * 5)
    assert figures["fill-in-the-blank"] == (0.25, 0.25, 0.25) and figures["AUC"] == (0.5, 0.5, 0.5)
