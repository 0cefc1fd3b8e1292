"""Figures of pixels: against scikit-learn's, and that they are those of the set, not means of photos."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, jaccard_score

from metrics.segmentation import (
    Scored,
    background_everywhere,
    boundaries_of,
    boundary_f1_of,
    confusion_of,
    f1_of,
    figures_of,
    iou_of,
    per_class,
    set_figures,
)

CLASSES = ("background", "a", "b", "c")


def maps(seed: int, photos: int = 5):
    """Truth and predictions that agree on about two pixels in three, blocks of 8; class 3 is predicted, never true."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, (photos, 4, 4)).repeat(8, 1).repeat(8, 2).astype(np.uint8)
    other = rng.integers(0, 4, truth.shape).astype(np.uint8)
    return truth, np.where(rng.random(truth.shape) < 0.66, truth, other)


def scored(truth, predicted) -> Scored:
    k = len(CLASSES)
    pairs = list(zip(truth, predicted, strict=True))
    confusions = np.array([confusion_of(t, p, k) for t, p in pairs])
    boundaries = np.array([boundaries_of(t, p, k) for t, p in pairs])
    return Scored([str(n) for n in range(len(truth))], CLASSES, confusions, boundaries)


def test_the_figures_are_those_of_scikit_learn():
    truth, predicted = maps(0)
    figures = figures_of(scored(truth, predicted).confusion, np.zeros((4, 4)))
    t, p = truth.ravel(), predicted.ravel()
    assert figures["mean IoU"] == pytest.approx(jaccard_score(t, p, labels=[0, 1, 2], average="macro"))
    frequency = jaccard_score(t, p, labels=[0, 1, 2], average="weighted")
    assert figures["frequency-weighted IoU"] == pytest.approx(frequency)
    assert figures["pixel accuracy"] == pytest.approx(accuracy_score(t, p))
    assert figures["foreground accuracy"] == pytest.approx(accuracy_score(t[t > 0], p[t > 0]))
    assert figures["foreground F1"] == pytest.approx(f1_score(t, p, labels=[1, 2], average="macro"))


def test_unknown_pixels_do_not_count():
    truth, predicted = maps(1)
    marked = np.where(predicted == 3, 255, truth)
    known = marked != 255
    np.testing.assert_array_equal(confusion_of(marked, predicted, 4), confusion_of(truth[known], predicted[known], 4))


def test_a_class_that_is_not_true_has_no_iou():
    found = iou_of(scored(*maps(2)).confusion)
    assert np.isnan(found[3]) and np.isfinite(found[:3]).all()


def test_a_figure_is_of_the_set_not_the_mean_of_photos():
    truth = np.zeros((2, 4, 4), np.uint8)
    truth[0] = 1
    predicted = np.zeros_like(truth)
    predicted[0], predicted[1, 0] = 1, 1  # 16 right pixels in one photo, 4 wrong ones in another
    assert iou_of(scored(truth, predicted).confusion)[1] == pytest.approx(16 / 20)


def test_background_everywhere_is_what_predicting_it_gives():
    truth, predicted = maps(3)
    made, direct = background_everywhere(scored(truth, predicted)), scored(truth, np.zeros_like(truth))
    np.testing.assert_array_equal(made.confusions, direct.confusions)
    assert figures_of(made.confusion, made.boundaries.sum(0))["foreground accuracy"] == 0


def test_a_boundary_is_found_within_the_tolerance_and_no_further():
    truth = np.zeros((200, 200), np.uint8)
    truth[50:150, 50:150] = 1
    near, far = np.roll(truth, 2, 1), np.roll(truth, 12, 1)  # the tolerance is 2.1 pixels
    assert boundary_f1_of(boundaries_of(truth, near, 2))[1] == 1
    assert boundary_f1_of(boundaries_of(truth, far, 2))[1] < 0.55
    assert boundary_f1_of(boundaries_of(truth, np.zeros_like(truth), 2))[1] == 0


def test_the_edge_of_what_is_known_is_no_boundary():
    truth = np.full((40, 40), 1, np.uint8)
    truth[:, 20:] = 255
    everywhere = np.ones_like(truth)
    assert boundaries_of(truth, everywhere, 2).sum() == 0  # neither has a boundary where anything is known
    half = everywhere.copy()
    half[20:] = 0
    assert boundaries_of(truth, half, 2)[1].tolist() == [19, 0, 0, 0]


def test_of_no_chosen_class_there_is_no_mean():
    assert np.isnan(set_figures(scored(*maps(4)), [])["mean IoU"][0])


def test_intervals_lie_around_the_figures_and_classes_can_be_chosen():
    counted = scored(*maps(4, 12))
    value, low, high = set_figures(counted, ["a"])["mean IoU"]
    assert value == pytest.approx(iou_of(counted.confusion)[1])
    assert low < value < high


def test_a_row_a_class():
    counted = scored(*maps(5))
    table = per_class(counted)
    assert table.index.tolist() == list(CLASSES)
    assert table.loc["a", "pixels"] == counted.confusion[1].sum()
    np.testing.assert_allclose(table["F1"], f1_of(counted.confusion))
