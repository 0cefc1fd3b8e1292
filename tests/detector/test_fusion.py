import numpy as np

from detector.fusion import fuse, mirrored
from garments.types import Garments


def found(*rows):
    boxes = np.array([row[:4] for row in rows], np.float32).reshape(-1, 4)
    return Garments(boxes, np.array([r[4] for r in rows], np.float32), np.array([r[5] for r in rows], object))


def test_two_equal_looks_change_nothing():
    look = found((0, 0, 10, 30, 0.9, "upper"), (0, 20, 10, 60, 0.4, "lower"))
    both = fuse([look, look])
    assert np.allclose(both.boxes_xyxy, look.boxes_xyxy) and np.allclose(both.scores, look.scores)
    assert list(both.parts) == ["upper", "lower"]


def test_what_one_look_missed_loses_half_its_score_and_its_place():
    both = fuse([found((0, 0, 10, 30, 0.8, "upper"), (50, 0, 60, 9, 0.6, "full")), found((50, 0, 60, 9, 0.6, "full"))])
    assert list(both.parts) == ["full", "upper"] and np.allclose(both.scores, [0.6, 0.4])


def test_boxes_are_averaged_by_score_within_a_part_only():
    both = fuse([found((0, 0, 10, 30, 0.9, "upper")), found((0, 0, 10, 34, 0.3, "upper"), (0, 0, 10, 30, 0.2, "full"))])
    assert np.allclose(both.boxes_xyxy[0], [0, 0, 10, 31]) and np.allclose(both.scores, [0.6, 0.1])
    assert fuse([Garments.empty(), Garments.empty()]).boxes_xyxy.shape == (0, 4)


def test_the_mirror_image_of_a_box_stays_in_the_photo_and_turns_back():
    look = found((2, 3, 10, 30, 0.9, "upper"))
    assert np.allclose(mirrored(look, 40).boxes_xyxy, [[30, 3, 38, 30]])
    assert np.allclose(mirrored(mirrored(look, 40), 40).boxes_xyxy, look.boxes_xyxy)
