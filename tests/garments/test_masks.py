import numpy as np

from garments.masks import box_of_mask


def test_box_of_mask_ignores_stray_pieces_and_sees_diagonal_neighbours():
    mask = np.zeros((50, 40), bool)
    mask[10:30, 5:15] = True
    mask[45, 38] = True
    assert list(box_of_mask(mask)) == [5, 10, 15, 30]
    mask[30:34, 15:19] = True  # touches at a corner only
    assert list(box_of_mask(mask)) == [5, 10, 19, 34]
