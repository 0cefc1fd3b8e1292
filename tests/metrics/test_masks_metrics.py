import numpy as np
import pytest
from scipy import ndimage

from garments.masks import encode
from garments.types import Table
from metrics.detection import MASKS, detection_figures
from metrics.detection_intervals import named_figures
from metrics.masks import boundary, boundary_figures, mask_pairs, with_masks

PHOTOS = [dict(photo=name, path=name, width=60, height=80) for name in ("a", "b")]


def square(x1, y1, x2, y2):
    mask = np.zeros((80, 60), bool)
    mask[y1:y2, x1:x2] = True
    return mask


def garment(photo, mask, box=(10, 10, 50, 70), part="upper", score=1.0):
    named = dict(zip(("x_min", "y_min", "x_max", "y_max"), box, strict=True))
    return dict(photo=photo, part=part, score=score, segmentation=encode(mask), **named)


WHOLE, HALF = square(10, 10, 50, 70), square(10, 10, 30, 70)
TRUTH = Table.of(PHOTOS, [garment("a", WHOLE), garment("b", WHOLE)], [])


def test_boxes_may_be_right_where_masks_are_wrong():
    found = Table.of(PHOTOS, [garment("a", WHOLE, score=0.9), garment("b", HALF, score=0.8)], [])
    assert detection_figures(TRUTH, found)["upper"]["AP50"] == 1
    masks = detection_figures(TRUTH, found, MASKS)["upper"]
    assert masks["AP50"] == pytest.approx(1) and masks["AP75"] == pytest.approx(0.5, abs=0.01)  # IoU of the half: 0.5


def test_mask_figures_are_named_and_have_intervals():
    figures = named_figures(detection_figures(TRUTH, TRUTH, MASKS), TRUTH, TRUTH, MASKS)
    assert figures["mask AP"] == (1, 1, 1) and figures["mask AP50 upper"] == (1, 1, 1)


def test_polygons_are_compared_with_run_lengths():
    polygon = [[10, 10, 50, 10, 50, 70, 10, 70]]
    drawn = Table.of(PHOTOS, [{**garment("a", WHOLE), "segmentation": polygon}, garment("b", WHOLE)], [])
    assert detection_figures(drawn, TRUTH, MASKS)["upper"]["AP"] == pytest.approx(1)
    assert mask_pairs(drawn, TRUTH)["mask IoU"].tolist() == [1, 1]


def test_the_fit_of_masks_is_measured_where_boxes_are_right():
    missed = garment("b", WHOLE, (0, 0, 9, 9))
    found = Table.of(PHOTOS, [garment("a", HALF), missed], [])
    pairs = mask_pairs(TRUTH, found)
    assert pairs["photo"].tolist() == ["a"] and pairs["mask IoU"].tolist() == [0.5]
    common = 2 * 60 + 2 * 2 * 18  # the left side, and of the top and bottom what is left of 20 pixels
    assert pairs["boundary IoU"].tolist() == [pytest.approx(common / (384 + 304 - common))]


def test_a_boundary_is_two_percent_of_the_diagonal_wide():
    ring = boundary(WHOLE)  # the diagonal is 100 pixels
    assert np.array_equal(ring, WHOLE & ~ndimage.binary_erosion(WHOLE, np.ones((3, 3)), iterations=2))
    assert ring.sum() == 40 * 60 - 36 * 56
    full = np.ones((80, 60), bool)
    assert boundary(full).sum() == 80 * 60 - 76 * 56  # the edge of the photo counts


def test_means_and_intervals_by_part():
    found = Table.of(PHOTOS, [garment("a", WHOLE), garment("b", HALF)], [])
    figures = boundary_figures(mask_pairs(TRUTH, found))
    assert figures["mask IoU"] == (0.75, 0.5, 1.0) == figures["mask IoU upper"]
    assert np.isnan(figures["mask IoU lower"]).all()


def test_no_pair_gives_no_figure():
    nothing = Table.of(PHOTOS, [], []).keep(TRUTH.photos["photo"] == "")
    assert np.isnan(boundary_figures(mask_pairs(TRUTH, nothing))["mask IoU"][0])
    assert not with_masks(TRUTH, Table.of(PHOTOS, [], [])) and with_masks(TRUTH, TRUTH)
