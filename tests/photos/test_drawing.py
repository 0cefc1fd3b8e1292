from pathlib import Path

import numpy as np

from garments.masks import encode
from garments.types import Garments, Photo
from photos.drawing import COLOURS, LEGIBLE, MASK_OPACITY, draw, tinted


def drawn(parts: list[str], boxes: list) -> np.ndarray:
    garments = Garments(np.array(boxes, float), np.ones(len(parts), np.float32), np.array(parts, object))
    pixels = np.full((300, 200, 3), 128, np.uint8)
    return np.asarray(draw(Photo(Path("a.jpg"), "a.jpg", 400, 600), pixels, garments, ["blouse 0.50"] * len(parts)))


def area(picture: np.ndarray, part: str) -> int:
    return (picture == COLOURS[part]).all(-1).sum()


def test_labels_of_boxes_at_one_place_are_all_visible():
    both = drawn(["upper", "full"], [[40, 60, 300, 500]] * 2)
    assert area(both, "upper") > 500 and area(both, "full") > 500


def test_the_label_of_a_box_at_the_edge_lies_within_the_picture():
    assert area(drawn(["lower"], [[380, 590, 399, 599]]), "lower") > 400


def test_a_mask_tints_its_pixels_alone():
    mask = np.zeros((600, 400), bool)
    mask[100:300, 40:200] = True
    garments = Garments(
        np.array([[40, 100, 200, 300]], np.float32),
        np.ones(1),
        np.array(["upper"]),
        masks=np.array([encode(mask)], object),
    )
    picture = tinted(np.full((300, 200, 3), 100, np.uint8), garments)
    shade = np.round(100 + MASK_OPACITY * (np.array(COLOURS["upper"]) - 100))
    assert (picture == shade).all(-1).sum() == 100 * 80
    assert (picture[50:150, 20:100] == shade).all()
    assert (picture == 100).all(-1).sum() == 300 * 200 - 100 * 80


def test_labels_leave_a_tiny_photo_to_be_seen():
    garments = Garments(np.array([[10, 20, 50, 70]], np.float32), np.ones(1, np.float32), np.array(["full"], object))
    picture = np.asarray(
        draw(Photo(Path("a.jpg"), "a.jpg", 60, 80), np.zeros((80, 60, 3), np.uint8), garments, ["dress 0.88"])
    )
    assert picture.shape == (LEGIBLE, LEGIBLE * 60 // 80, 3)
    assert (picture == 0).all(-1).mean() > 0.8
    rows, columns = np.nonzero((picture == COLOURS["full"]).all(-1))
    assert abs(columns.max() - 50 * LEGIBLE / 80) <= 2 and abs(rows.max() - 70 * LEGIBLE / 80) <= 2
