"""Colours of classes, PNGs of class numbers that show them, and photos with their classes drawn over them."""

import colorsys
from collections.abc import Sequence

import numpy as np
from PIL import Image

from segmenter.classes import BACKGROUND, ORDER

OPACITY = 0.55
TURN = 0.618034  # of the hue, from class to class: neighbours differ most
NEUTRAL = {"skin": (232, 190, 160), "hair": (110, 70, 45)}


def palette(classes: Sequence[str]) -> np.ndarray:
    """(K, 3) uint8: a colour for each class, the same whatever other classes there are; black for the background."""
    numbers = [ORDER.index(name) if name in ORDER else n for n, name in enumerate(classes)]
    return np.array([_colour(name, number) for name, number in zip(classes, numbers, strict=True)], np.uint8)


def _colour(name: str, number: int) -> tuple[int, int, int]:
    if name == BACKGROUND:
        return 0, 0, 0
    if name in NEUTRAL:
        return NEUTRAL[name]
    red, green, blue = colorsys.hsv_to_rgb(number * TURN % 1, 0.6 + 0.4 * (number % 2), 1 - 0.3 * (number % 3 == 0))
    return round(255 * red), round(255 * green), round(255 * blue)


def as_image(numbers: np.ndarray, classes: Sequence[str]) -> Image.Image:
    """An image of palette colours whose pixels are the class numbers (h, w)."""
    image = Image.fromarray(numbers, "P")
    image.putpalette(palette(classes).ravel().tolist())
    return image


def overlay(pixels: np.ndarray, numbers: np.ndarray, classes: Sequence[str]) -> np.ndarray:
    """(h, w, 3) uint8: a photo with its classes in their colours, half-transparent; the background stays."""
    colours = palette(classes)[numbers]
    mixed = ((1 - OPACITY) * pixels + OPACITY * colours).round().astype(np.uint8)
    return np.where((numbers > 0)[..., None], mixed, pixels)
