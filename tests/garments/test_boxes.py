import numpy as np

from garments.boxes import area, clip, inside, iou
from garments.crops import GREY, cut, geometry, square_around
from garments.label_maps import box_of_mask

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


def test_square_keeps_the_centre_and_scales_with_context():
    square = square_around(np.array([10, 0, 20, 40]), 1.5)
    assert np.array_equal(square, [-15, -10, 45, 50])


def test_cut_is_the_photo_inside_and_grey_outside():
    pixels = np.random.default_rng(0).integers(0, 255, (40, 30, 3), dtype=np.uint8)
    assert np.array_equal(cut(pixels, np.array([5, 10, 25, 30]), 20), pixels[10:30, 5:25])
    beyond = cut(pixels, np.array([20, 30, 40, 50]), 20)
    assert np.array_equal(beyond[:10, :10], pixels[30:, 20:]) and (beyond[10:] == GREY).all()
    hidden = cut(pixels, np.array([5, 10, 25, 30]), 20, inside_xyxy=np.array([10, 10, 15, 30]))
    assert (hidden[:, :5] == GREY).all() and np.array_equal(hidden[:, 5:10], pixels[10:30, 10:15])


def test_cut_of_a_label_map_takes_its_values_and_255_outside():
    labels = np.arange(16, dtype=np.uint8).reshape(4, 4)
    assert set(np.unique(cut(labels, np.array([-2, -2, 6, 6]), 16))) == set(range(16)) | {255}


def test_geometry_is_in_lengths_of_photo_and_region():
    box, region = np.array([10, 20, 30, 80]), np.array([0, 0, 100, 100])
    assert np.allclose(geometry(box, region, (200, 100)), [0.1, 0.5, 0.1, 0.6, 0.1, 0.2, 0.3, 0.8])


def test_box_of_mask_ignores_stray_pieces_and_sees_diagonal_neighbours():
    mask = np.zeros((50, 40), bool)
    mask[10:30, 5:15] = True
    mask[45, 38] = True
    assert list(box_of_mask(mask)) == [5, 10, 15, 30]
    mask[30:34, 15:19] = True  # touches at a corner only
    assert list(box_of_mask(mask)) == [5, 10, 19, 34]
