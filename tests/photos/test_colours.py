"""Named colours of drawn garments: shadow, skin, position, and garments with little to see."""

import json

import numpy as np
import pytest
from scipy import ndimage

from photos import colours
from photos.colours import Colours, garment_colours, oklab

SKIN = (224, 172, 140)
KNOWN = {
    "black": (25, 25, 27), "white": (245, 245, 246), "grey": (128, 128, 130), "red": (200, 30, 40),
    "navy blue": (35, 42, 85), "blue": (50, 90, 190), "green": (40, 140, 60), "yellow": (240, 215, 40),
    "orange": (240, 120, 30), "purple": (110, 50, 140), "pink": (235, 100, 150), "brown": (95, 60, 40),
    "beige": (215, 195, 165), "light blue": (165, 205, 240),
}  # fmt: skip


def drawn(colour, height=90, width=60, ground=(255, 255, 255)):
    """A garment of one colour in the middle: its photo, box and mask."""
    mask = np.zeros((height, width), bool)
    mask[height // 6 : -height // 6, width // 5 : -width // 5] = True
    pixels = np.where(mask[..., None], np.array(colour), np.array(ground)).astype(np.uint8)
    y, x = np.nonzero(mask)
    return pixels, np.array([x.min(), y.min(), x.max() + 1, y.max() + 1], float), mask


def shaded(pixels, seed=0, least=0.75):
    """The same under light that falls off, with folds and noise."""
    rng = np.random.default_rng(seed)
    folds = ndimage.gaussian_filter(rng.normal(0, 1, pixels.shape[:2]), 4)
    light = np.linspace(1, least, pixels.shape[1]) * (1 - 0.1 * folds / np.abs(folds).max())
    return (pixels * light[..., None] + rng.normal(0, 3, pixels.shape)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_colour_has_its_name(name):
    found = garment_colours(*drawn(KNOWN[name]))
    assert found == Colours((name,), (1.0,))


@pytest.mark.parametrize("name", ["red", "navy blue", "green", "black", "yellow"])
def test_shades_of_one_colour_are_that_colour(name):
    pixels, box, mask = drawn(KNOWN[name])
    found = garment_colours(shaded(pixels), box, mask)
    assert found.names[0] == name and found.shares[0] > 0.85


def test_two_colours_have_their_shares():
    pixels, box, mask = drawn(KNOWN["red"])
    middle = int(box[1] + (box[3] - box[1]) * 0.7)
    pixels[middle:][mask[middle:]] = KNOWN["blue"]
    found = garment_colours(pixels, box, mask)
    assert found.names == ("red", "blue")
    assert found.shares == pytest.approx((0.7, 0.3), abs=0.03)


def test_black_and_white_stripes_are_not_grey():
    pixels, box, mask = drawn(KNOWN["black"])
    pixels[(np.arange(90) // 6 % 2 == 0)[:, None] & mask] = 245
    assert set(garment_colours(pixels, box, mask).names) == {"black", "white"}


def test_at_most_three_colours_by_falling_share():
    pixels, box, mask = drawn(KNOWN["red"])
    names = ["red", "blue", "green", "yellow", "black"]
    for number, rows in enumerate(np.array_split(np.arange(15, 75), 5)):
        pixels[rows] = np.where(mask[rows][..., None], KNOWN[names[number]], pixels[rows])
    found = garment_colours(pixels, box, mask)
    assert len(found.names) == 3 and list(found.shares) == sorted(found.shares, reverse=True)
    assert sum(found.shares) <= 1


def test_what_the_mask_leaves_out_does_not_count():
    on_white, on_green = (garment_colours(*drawn(KNOWN["red"], ground=g)) for g in ((255,) * 3, (0, 200, 0)))
    assert on_white == on_green == Colours(("red",), (1.0,))


def test_a_mask_may_be_left_out():
    pixels, box, _ = drawn(KNOWN["blue"])
    assert garment_colours(pixels, box).names == ("blue",)


def test_moving_and_mirroring_change_nothing():
    pixels, box, mask = drawn(KNOWN["green"])
    pixels = shaded(pixels)
    moved = np.zeros((150, 140, 3), np.uint8)
    moved[40:130, 30:90] = pixels
    inside = np.zeros(moved.shape[:2], bool)
    inside[40:130, 30:90] = mask
    here = garment_colours(pixels, box, mask)
    assert garment_colours(moved, box + np.array([30, 40, 30, 40]), inside) == here
    mirrored = garment_colours(pixels[:, ::-1], np.array([60 - box[2], box[1], 60 - box[0], box[3]]), mask[:, ::-1])
    assert mirrored == here


def test_skin_does_not_count_beside_something_else():
    pixels, box, mask = drawn(KNOWN["blue"])
    pixels[15:45][mask[15:45]] = SKIN
    assert garment_colours(pixels, box, mask) == Colours(("blue",), (1.0,))


def test_a_garment_of_the_colour_of_skin_is_one():
    [name] = garment_colours(*drawn(SKIN)).names
    assert name in {"beige", "peach", "tan", "pink", "light pink", "orange", "brown"}


def test_one_pixel_has_a_colour():
    pixels, _, _ = drawn(KNOWN["red"])
    assert garment_colours(pixels, np.array([30, 40, 31, 41])) == Colours(("red",), (1.0,))


@pytest.mark.parametrize("box", [[-50, -50, -10, -10], [200, 10, 220, 30], [20, 20, 20, 20]])
def test_a_box_without_pixels_has_no_colour(box):
    assert garment_colours(drawn(KNOWN["red"])[0], np.array(box, float)) == Colours()


def test_a_box_that_reaches_outside_is_cut_off():
    pixels, box, mask = drawn(KNOWN["red"])
    assert garment_colours(pixels, np.array([-500, -500, 900, 900.0]), mask) == garment_colours(pixels, box, mask)


def test_an_empty_mask_has_no_colour():
    pixels, box, mask = drawn(KNOWN["red"])
    assert garment_colours(pixels, box, np.zeros_like(mask)) == Colours()


@pytest.mark.parametrize("level, name", [(0, "black"), (128, "grey"), (255, "white")])
def test_a_photo_of_one_grey_has_one_name(level, name):
    assert garment_colours(np.full((40, 30, 3), level, np.uint8), np.array([0, 0, 30, 40])) == Colours((name,), (1.0,))


def test_a_mask_of_another_size_is_refused():
    pixels, box, mask = drawn(KNOWN["red"])
    with pytest.raises(ValueError, match=r"mask: expected shape \(90, 60\), got \(60, 90\)"):
        garment_colours(pixels, box, mask.T)


def test_oklab_is_that_of_its_author():
    found = oklab(np.array([[255, 255, 255], [255, 0, 0], [0, 0, 255]], np.uint8))
    assert found == pytest.approx(np.array([[1, 0, 0], [0.628, 0.225, 0.126], [0.452, -0.032, -0.312]]), abs=1e-3)


def test_names_are_of_the_xkcd_survey():
    from matplotlib.colors import XKCD_COLORS

    assert {f"xkcd:{name}" for name in colours.colour_names()} <= set(XKCD_COLORS)
    assert 20 <= len(colours.colour_names()) <= 40


def test_the_model_of_names_is_a_small_text_file():
    file = colours.Path(colours.__file__).with_name("colour_names.json")
    assert {len(weights) for weights in json.loads(file.read_text()).values()} == {10}
    assert file.stat().st_size < 8000
