import numpy as np
import pandas as pd
import pytest

from garments.boxes import iou
from garments.types import BOX_COLUMNS, Table
from metrics.box_audit import MOST_OVERLAP, misplaced_boxes, moved_boxes
from samples.planted import clusters


def table(boxes: list) -> Table:
    rows = [dict(photo="a", **dict(zip(BOX_COLUMNS, box, strict=True))) for box in boxes]
    return Table.of([dict(photo="a", path="a.jpg", width=200, height=300)], rows, [])


def test_moved_boxes_keep_their_size_stay_inside_and_leave_every_garment():
    truth = table([[20, 30, 60, 120], [120, 150, 180, 250], [np.nan] * 4])
    for seed in range(20):
        moved = moved_boxes(truth, seed)
        before, after = (frame.loc[moved.index, BOX_COLUMNS].to_numpy(float) for frame in (truth.garments, moved))
        assert np.allclose(after[:, 2:] - after[:, :2], before[:, 2:] - before[:, :2])
        assert after.min() >= 0 and (after[:, [0, 2]] <= 200).all() and (after[:, [1, 3]] <= 300).all()
        assert iou(after, truth.garments[BOX_COLUMNS].to_numpy(float)[:2]).max() <= MOST_OVERLAP
        assert set(moved.index) == {0, 1}


def test_a_box_that_fills_its_photo_has_no_room_beside_it():
    assert moved_boxes(table([[0, 0, 200, 300]])).empty and moved_boxes(table([])).empty


def test_planted_boxes_beside_their_garments_come_first():
    features, label = clusters(kinds=2, each=100, apart=6)
    boxes, moved = features[label == "kind 0"].copy(), features[label == "kind 1"]
    boxes[:5] = moved[:5]
    found = misplaced_boxes(boxes, moved[5:], np.arange(100), np.arange(5, 100))
    first = found.sort_values("score", ascending=False)["row"].head(5)
    assert set(first) == set(range(5)) and found["score"].between(0, 1).all()


@pytest.mark.parametrize("count", [0, 49])
def test_few_boxes_are_not_judged(count):
    features = np.zeros((count, 4), np.float32)
    found = misplaced_boxes(features, features, np.arange(count), np.arange(count))
    assert isinstance(found, pd.DataFrame) and found.empty
