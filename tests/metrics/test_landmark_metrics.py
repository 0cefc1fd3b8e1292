import numpy as np
import pandas as pd
import pytest

from garments.landmarks import LANDMARKS, OF_PART, mirrored
from garments.types import Table
from garments.vocabulary import PARTS
from metrics.keypoint_ap import keypoint_figures
from metrics.landmark_baseline import at_mean_places, mean_places
from metrics.landmark_metrics import BASELINE, GROUPS, LESS, MEAN, landmark_figures
from metrics.landmark_pairs import on_true_boxes, pair_landmarks
from samples.made_up_landmarks import BOX, HIDDEN, SEEN, moved, points, street, table


def figures_of(truth, predicted, places):
    pairs = pair_landmarks(truth, predicted)
    return pairs, landmark_figures(pairs, pair_landmarks(truth, at_mean_places(predicted, places)))


def test_the_error_of_a_known_shift_counts_in_lengths_of_the_true_box():
    true = points("upper", BOX, np.full((8, 2), 0.5))
    true[1, 2] = HIDDEN
    true[2] = 0
    given = true + [4, 0, 0] * (true[:, 2:] > 0)  # 4 of 40 pixels
    given[6, :2] = true[6, :2] + [0, 4]  # 4 of 80 pixels
    given[7, :2] = true[7, :2] + [12, 32]  # 0.3 and 0.4
    truth = table((0, "upper", BOX, true))
    errors = pair_landmarks(truth, table((0, "upper", BOX, given))).errors()[0]
    assert errors == pytest.approx([0.1, np.nan, np.nan, 0.1, np.nan, np.nan, 0.05, 0.5], nan_ok=True)
    _, figures = figures_of(truth, table((0, "upper", BOX, given)), mean_places(truth))
    assert figures["all", "NE"][0] == pytest.approx((0.1 + 0.1 + 0.05 + 0.5) / 4)
    assert figures["left hem", "NE"][0] == pytest.approx(0.05) and np.isnan(figures["left sleeve", "NE"][0])
    assert figures["all", "PDL 35/512"][0] == 0.25 and figures["all", "PDL 10/224"][0] == 0
    assert figures["all", BASELINE + "NE"][0] == pytest.approx(0, abs=1e-6)
    assert set(figures) == {(group, figure) for group in GROUPS for _, figure in figures}


def test_the_mean_of_landmarks_weighs_each_landmark_the_same():
    both = points("lower", BOX, np.full((8, 2), 0.5))
    one = both * np.isin(np.arange(8), [6])[:, None]
    shifted = [marks + [[4, 0, 0]] * (np.arange(8) == 6)[:, None] for marks in (both, one)]
    truth = table((0, "lower", BOX, both), (1, "lower", BOX, one))
    _, figures = figures_of(
        truth, table(*((n, "lower", BOX, s) for n, s in enumerate(shifted))), np.full((3, 8, 2), 0.5)
    )
    assert figures["all", "NE"][0] == pytest.approx(0.2 / 5) and figures[MEAN, "NE"][0] == pytest.approx(0.1 / 4)


def test_detected_boxes_are_matched_by_part_and_the_missed_are_not_detected():
    marks = {part: points(part, BOX, np.full((8, 2), 0.5)) for part in PARTS}
    truth = table((0, "upper", BOX, marks["upper"]), (0, "lower", BOX, marks["lower"]), (1, "full", BOX, marks["full"]))
    near, far = (10, 20, 50, 90), (10, 20, 20, 30)
    predicted = table(
        (0, "lower", near, marks["lower"] + [0, 8, 0], 0.9),
        (0, "lower", BOX, marks["lower"], 0.5),  # a duplicate
        (0, "full", BOX, marks["full"], 0.8),  # another part
        (1, "full", far, marks["full"], 0.7),  # too small
    )
    assert not on_true_boxes(truth, predicted)
    pairs, figures = figures_of(truth, predicted, mean_places(truth))
    assert np.isfinite(pairs.found_xyxy).all(1).tolist() == [False, True, False]
    assert pairs.found_xyxy[1].tolist() == list(near)
    assert figures["all", "found"][0] == pytest.approx(4 / 18) and figures["lower", "found"][0] == 1
    assert figures["all", "NE"][0] == pytest.approx(0.1)
    assert figures["all", BASELINE + "NE"][0] == pytest.approx(5 / 80)  # the middle of the box that was found
    assert figures["all", BASELINE + "PDL 35/512"][0] == pytest.approx(4 / 18)
    assert figures["all", "visibility recall"][0] == pytest.approx(4 / 18)
    assert figures["all", "visibility precision"][0] == 1


def test_mean_places_come_from_visible_training_landmarks_of_each_part():
    low, high = points("upper", BOX, np.full((8, 2), 0.2)), points("upper", (0, 0, 10, 10), np.full((8, 2), 0.6))
    hidden = points("upper", BOX, np.full((8, 2), 5.0), HIDDEN)
    places = mean_places(table((0, "upper", BOX, low), (0, "upper", (0, 0, 10, 10), high), (1, "upper", BOX, hidden)))
    assert places[0, OF_PART["upper"], :] == pytest.approx(np.full((6, 2), 0.4))
    assert (places[1:] == 0.5).all() and (places[0, 4:6] == 0.5).all()
    constant = at_mean_places(table((0, "upper", (0, 0, 20, 50), low)), places)
    assert np.reshape(constant.garments["landmarks"][0], (8, 3))[0] == pytest.approx([8, 20, SEEN])


def test_the_difference_to_mean_places_is_paired():
    truth, training = street(0), street(1)
    _, figures = figures_of(truth, moved(truth, 0.03), mean_places(training))
    value, low, high = figures["all", LESS + "NE"]
    assert (
        value == pytest.approx(figures["all", "NE"][0] - figures["all", BASELINE + "NE"][0]) and low < value < high < 0
    )
    for figure in ("NE", "PDL 35/512", BASELINE + "NE", "visibility recall"):
        assert figures["all", figure][1] <= figures["all", figure][0] <= figures["all", figure][2]
    _, itself = figures_of(truth, at_mean_places(truth, mean_places(training)), mean_places(training))
    assert itself["all", LESS + "NE"] == (0, 0, 0)


def test_visibility_is_evaluated_on_labelled_landmarks_and_the_unlabelled_are_counted_apart():
    true, given = (points("lower", BOX, np.full((8, 2), 0.5)) for _ in range(2))
    true[[4, 5, 6, 7], 2] = SEEN, SEEN, HIDDEN, 0
    given[[4, 5, 6, 7], 2] = SEEN, HIDDEN, SEEN, SEEN
    truth = table((0, "lower", BOX, true))
    _, figures = figures_of(truth, table((0, "lower", BOX, given)), mean_places(truth))
    assert figures["all", "visibility precision"][0] == 0.5 and figures["all", "visibility recall"][0] == 0.5
    assert figures["all", "visible"][0] == pytest.approx(2 / 3) and figures["all", "unlabelled seen"][0] == 1
    assert figures["right waistline", "visibility recall"][0] == 0 and np.isnan(figures["left collar", "visible"][0])


def test_mirrored_photos_give_the_same_figures():
    truth, training = street(0), street(1)
    predicted = moved(truth, 0.05)

    def mirror(of):
        flipped = of.garments.assign(x_min=200 - of.garments["x_max"], x_max=200 - of.garments["x_min"])
        marks = [mirrored(np.reshape(m, (8, 3)), 200).ravel() for m in of.garments["landmarks"]]
        return Table(of.photos, flipped.assign(landmarks=marks), of.problems)

    _, figures = figures_of(truth, predicted, mean_places(training))
    _, other = figures_of(mirror(truth), mirror(predicted), mean_places(mirror(training)))
    for name, value in figures.items():
        group = swapped(name[0]) if name[0] in LANDMARKS else name[0]
        assert other[group, name[1]] == pytest.approx(value, abs=1e-5, nan_ok=True), name
    ap = keypoint_figures(truth, predicted)["all"]["AP"]
    assert keypoint_figures(mirror(truth), mirror(predicted))["all"]["AP"] == pytest.approx(ap)


def swapped(landmark):
    side, _, what = landmark.partition(" ")
    return f"{'right' if side == 'left' else 'left'} {what}"


def test_degenerate_input_is_an_error():
    truth = street(0, photos=6)
    unlabelled = Table(truth.photos, truth.garments.assign(landmarks=[np.zeros(24)] * 6), truth.problems)
    for broken in (unlabelled, Table.of(truth.photos, [], [])):
        with pytest.raises(ValueError, match="visible landmarks, got none"):
            pair_landmarks(broken, truth)
        with pytest.raises(ValueError, match="visible landmarks, got none"):
            mean_places(broken)
    with pytest.raises(ValueError, match="1 garments have a landmark that is not a number"):
        spoilt = [np.full(24, np.nan), *truth.garments["landmarks"][1:]]
        pair_landmarks(truth, Table(truth.photos, truth.garments.assign(landmarks=spoilt), truth.problems))
    with pytest.raises(ValueError, match="a column 'landmarks'"):
        pair_landmarks(truth, Table(truth.photos, truth.garments.drop(columns="landmarks"), truth.problems))


def test_unusual_garments_do_not_crash():
    truth = street(0, photos=6)
    pixel = points("full", (3, 3, 4, 4), np.full((8, 2), 0.5))
    rows = table((0, "full", (3, 3, 4, 4), pixel), (0, "", BOX, pixel), (1, "upper", (np.nan,) * 4, pixel)).garments
    truth = Table(truth.photos, pd.concat([truth.garments, rows], ignore_index=True), truth.problems)
    pairs, figures = figures_of(truth, truth, mean_places(truth))
    assert len(pairs.garments) == 7 and figures["all", "NE"][0] == 0
    assert keypoint_figures(truth, truth)["all"]["AP"] == pytest.approx(1)
