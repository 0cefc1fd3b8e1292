"""Figures of generated pictures, against values by hand."""

import numpy as np
import pytest

from metrics.generation import among, kid, kid_interval, nearest, nearest_other

REAL, SAMPLES = np.array([[1.0, 0], [0, 1]]), np.array([[2.0, 0], [0, 0], [0, 2]])


def test_kid_equals_the_value_by_hand():
    # (x y / 2 + 1)^3: real pair 1; sample pairs 1, 1, 1; across 8, 1, 1 and 1, 1, 8
    assert kid(REAL, SAMPLES) == pytest.approx(1 + 1 - 2 * 20 / 6)


def test_kid_of_one_distribution_is_zero_on_average_and_grows_with_the_shift():
    rng = np.random.default_rng(0)
    same = [kid(*rng.normal(size=(2, 20, 5))) for _ in range(300)]
    assert abs(np.mean(same)) < 3 * np.std(same) / np.sqrt(300)
    real, samples = rng.normal(size=(2, 200, 5))
    assert kid(real, samples) < kid(real, samples + 0.5) < kid(real, samples + 1)


def test_the_interval_holds_the_value_and_narrows_with_more_pictures():
    rng = np.random.default_rng(0)
    widths = []
    for count in (50, 400):
        real, samples = rng.normal(size=(2, count, 4))
        value, low, high = kid_interval(real, samples + 0.7, np.arange(count), resamples=200)
        assert low < value < high and value == kid(real, samples + 0.7)
        widths.append(high - low)
    assert widths[1] < widths[0] / 2


def test_pictures_of_one_group_are_drawn_together():
    rng = np.random.default_rng(0)
    real, samples = np.repeat(rng.normal(size=(20, 4)), 5, 0), rng.normal(size=(100, 4))
    apart = kid_interval(real, samples, np.arange(100), 300)
    together = kid_interval(real, samples, np.repeat(np.arange(20), 5), 300)
    assert together[2] - together[1] > 1.3 * (apart[2] - apart[1])


def test_precision_and_recall_equal_values_by_hand():
    real = np.array([[0.0], [1], [2], [10]])  # first neighbours at 1, 1, 1 and 8
    samples = np.array([[2.5], [3.5], [19.0]])  # at 1, 1 and 15.5
    assert among(samples, real, 1).tolist() == [True, True, False]  # 3.5 lies 6.5 from 10
    assert among(real, samples, 1).tolist() == [False, False, True, True]  # 10 lies 9 from 19


def test_a_planted_copy_is_the_nearest_picture():
    real = np.random.default_rng(0).normal(size=(30, 6))
    index, distance = nearest(np.stack([real[7], real[3] + 0.01]), real)
    assert index.tolist() == [7, 3]
    assert distance == pytest.approx([0, 0.01 * np.sqrt(6)], abs=1e-6)
    assert (distance < np.quantile(nearest_other(real), 0.01)).all()


def test_no_picture_is_its_own_neighbour():
    assert nearest_other(np.array([[0.0], [3], [4]])).tolist() == [3, 1, 1]
