import numpy as np
import pandas as pd
import pytest

from garments.masks import box_of_mask, decode, encode, extent, from_segmentation, masks_of

HEIGHT, WIDTH = 50, 40


def rectangle(x1, y1, x2, y2):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[y1:y2, x1:x2] = True
    return mask


def test_box_of_mask_ignores_stray_pieces_and_sees_diagonal_neighbours():
    mask = rectangle(5, 10, 15, 30)
    mask[45, 38] = True
    assert list(box_of_mask(mask)) == [5, 10, 15, 30]
    mask[30:34, 15:19] = True  # touches at a corner only
    assert list(box_of_mask(mask)) == [5, 10, 19, 34]


def test_a_mask_is_the_same_after_encoding_and_decoding():
    mask = np.random.default_rng(0).random((HEIGHT, WIDTH)) > 0.5
    assert np.array_equal(decode(encode(mask)), mask)
    assert encode(mask)["size"] == [HEIGHT, WIDTH]


def test_the_extent_of_a_mask_is_its_box():
    assert list(extent(encode(rectangle(5, 10, 15, 30)))) == [5, 10, 15, 30]


@pytest.mark.parametrize(
    "segmentation",
    [
        [[5, 10, 15, 10, 15, 30, 5, 30]],
        [[5, 10, 10, 10, 10, 30, 5, 30], [10, 10, 15, 10, 15, 30, 10, 30]],
        {"size": [HEIGHT, WIDTH], "counts": [5 * HEIGHT + 10, *[20, HEIGHT - 20] * 9, 20, HEIGHT * 26 - 30]},
        encode(rectangle(5, 10, 15, 30)),
        {**encode(rectangle(5, 10, 15, 30)), "counts": encode(rectangle(5, 10, 15, 30))["counts"].encode()},
    ],
    ids=["polygon", "two polygons", "run lengths", "compressed", "bytes"],
)
def test_every_way_coco_writes_a_mask_is_the_same_mask(segmentation):
    assert np.array_equal(decode(from_segmentation(segmentation, HEIGHT, WIDTH)), rectangle(5, 10, 15, 30))


@pytest.mark.parametrize(
    "segmentation, message",
    [
        ([[1, 1, 2, 2]], "three points or more, got 4 numbers"),
        ([[1, 1, 2, 2, 3, 3, 4]], "got 7 numbers"),
        ({"size": [9, 9], "counts": [81]}, r"expected size \[50, 40\], got \[9, 9\]"),
        ({"size": [HEIGHT, WIDTH], "counts": [81, 9]}, "expected 2000 pixels in all, got 90"),
        ({"counts": [81]}, "expected polygons, or a dict of size and counts"),
        ([], "expected polygons"),
    ],
)
def test_what_is_no_mask_is_refused(segmentation, message):
    with pytest.raises(ValueError, match=message):
        from_segmentation(segmentation, HEIGHT, WIDTH)


def test_masks_of_a_photo_stand_beside_its_garments():
    garments = pd.DataFrame({"segmentation": [None, [[5, 10, 15, 10, 15, 30, 5, 30]], np.nan]})
    masks = masks_of(garments, HEIGHT, WIDTH)
    assert [int(decode(rle).sum()) for rle in masks] == [0, 200, 0]


def test_there_are_no_masks_where_no_garment_has_one():
    assert masks_of(pd.DataFrame({"photo": ["a"]}), HEIGHT, WIDTH) is None
    assert masks_of(pd.DataFrame({"segmentation": [None]}), HEIGHT, WIDTH) is None
