import numpy as np

from photos.crops import GREY, cut, geometry, square_around


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
