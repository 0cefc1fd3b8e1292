import numpy as np

from garments.boxes import area, clip, inside, iou

BOXES = np.array([[0, 0, 10, 40], [0, 0, 10, 20], [50, 5, 90, 15]], float)


def test_iou_is_one_with_itself_and_half_for_the_upper_half():
    overlaps = iou(BOXES, BOXES)
    assert np.allclose(np.diag(overlaps), 1) and np.allclose(overlaps, overlaps.T)
    assert overlaps[0, 1] == 0.5 and overlaps[0, 2] == 0
    assert iou(np.zeros((0, 4)), BOXES).shape == (0, 3)
    assert np.array_equal(area(BOXES), [400, 200, 400])


def test_inside_is_the_share_of_the_first_box():
    assert np.array_equal(inside(BOXES, BOXES), [[1, 0.5, 0], [1, 1, 0], [0, 0, 1]])


def test_clip_stays_in_the_photo():
    assert np.array_equal(clip(np.array([[-5, 3, 200, 400]], float), 100, 300), [[0, 3, 100, 300]])
