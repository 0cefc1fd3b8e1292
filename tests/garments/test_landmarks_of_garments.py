import numpy as np
import pandas as pd
import pytest

from garments.landmarks import LANDMARKS, MIRRORED, as_eight, deepfashion2, landmarks_of


def test_mirroring_exchanges_left_and_right_alone():
    for name, other in zip(LANDMARKS, MIRRORED, strict=True):
        assert {name, LANDMARKS[other]} == {f"left {name.split()[1]}", f"right {name.split()[1]}"}


def test_the_table_of_deepfashion2_fits_its_294_points():
    table = deepfashion2()
    assert sum(count for count, _ in table.values()) == 294 and len(table) == 13
    for count, places in table.values():
        used = [n for name in LANDMARKS for n in places[name]]
        assert len(used) == len(set(used)) and all(0 <= n < count for n in used)
        for left, right in zip(LANDMARKS[::2], LANDMARKS[1::2], strict=True):
            assert len(places[left]) == len(places[right])


def test_points_of_deepfashion2_become_the_eight_where_all_of_them_are_labelled():
    points = np.zeros((25, 3), np.float32)
    points[[1, 5, 8, 9, 14, 21]] = [(40, 10, 2), (60, 10, 1), (10, 50, 2), (20, 52, 1), (35, 90, 2), (80, 52, 2)]
    found = as_eight(points, "short sleeve top")
    assert found.tolist() == [[40, 10, 2], [60, 10, 1], [15, 51, 1], [0] * 3, [0] * 3, [0] * 3, [35, 90, 2], [0] * 3]
    with pytest.raises(ValueError, match="expected 8 or 25, got 24"):
        as_eight(points[:24], "short sleeve top")


def test_landmarks_of_a_table_of_several_data_sets():
    eight = np.arange(24, dtype=np.float32).reshape(8, 3)
    eight[:, 2] = 2
    skirt = np.zeros((8, 3), np.float32)
    skirt[[0, 2, 4, 6]] = [(1, 2, 2), (9, 2, 2), (0, 8, 2), (10, 8, 1)]
    rows = [("Blouse", "upper", eight.ravel(), None), ("skirt", "lower", skirt.ravel(), None)]
    rows += [("skirt", "lower", eight.ravel(), "derived"), ("hat", "upper", None, None)]
    found = landmarks_of(pd.DataFrame(rows, columns=["label", "part", "landmarks", "landmark_source"]))
    assert found.shape == (4, 8, 3) and found.dtype == np.float32 and not found[3].any()
    assert np.array_equal(found[0, [0, 1, 2, 3, 6, 7]], eight[[0, 1, 2, 3, 6, 7]]) and not found[0, 4:6].any()
    assert found[1, 4:].tolist() == [[1, 2, 2], [9, 2, 2], [0, 8, 2], [10, 8, 1]] and not found[1, :4].any()
    assert np.array_equal(found[2, 4:], eight[4:])
    assert not landmarks_of(pd.DataFrame({"label": ["skirt"], "part": ["lower"]})).any()
