"""The colours of a garment, by name, from the pixels in its mask.

Names are of the XKCD colour survey (Munroe, 2010; CC0; matplotlib ships it). Colours are compared in OKLab (Ottosson: A
perceptual color space for image processing, 2020), L in 0..1, a and b within 0.4 of 0. What a name means in photos of
garments is learned: `python benchmarks/colours.py --fit` writes colour_names.json. A survey of patches on a screen does
not say it: van de Weijer et al.: Learning Color Names for Real-World Applications, IEEE TIP 2009.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from scipy import ndimage

SIDE = 96  # pixels of the longer side that are looked at
MOST = 3  # colours of a garment
MIN_SHARE = 0.08  # of the garment; a smaller colour is not named
HUE, LIGHTNESS = 0.06, 0.2  # within which colours are shades of one: of a / L and b / L, and of L
DARK = 0.2  # L under which hue is noise
OTHER = 0.3  # of the pixels; where fewer are not like skin, what is like skin is the garment
STEP = np.array([0.04, 0.02, 0.02])  # of L, a, b
TO_LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                   [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
TO_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                   [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip
_SRGB = np.arange(256) / 255
LINEAR = np.where(_SRGB <= 0.04045, _SRGB / 12.92, ((_SRGB + 0.055) / 1.055) ** 2.4)


@dataclass(frozen=True)
class Colours:
    """The colours of one garment, the main one first; at most MOST, none for a garment without pixels.

    Attributes:
        names: of `colour_names()`.
        shares: of the garment's pixels, 0..1; they add up to 1 or less.
    """

    names: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()


def garment_colours(pixels: np.ndarray, box_xyxy: np.ndarray, mask: np.ndarray | None = None) -> Colours:
    """The colours of a garment.

    Shades of one colour, as of folds and shadow, are one. Pixels like skin do not count where there is enough else.

    Args:
        pixels: (h, w, 3) uint8 RGB.
        box_xyxy: (4,) in pixels; it may reach outside of the photo.
        mask: (h, w) bool, the garment's pixels; None for all in the box.
    """
    found: dict[str, float] = {}
    for lab, share in zip(*shades(pixels, box_xyxy, mask), strict=True):
        name = name_colours(lab[None])[0]
        found[name] = found.get(name, 0) + float(share)
    best = sorted(found, key=lambda name: -found[name])[:MOST]
    kept = [name for name in best if found[name] >= MIN_SHARE] or best[:1]
    return Colours(tuple(kept), tuple(found[name] for name in kept))


def shades(pixels: np.ndarray, box_xyxy: np.ndarray, mask: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The different colours of a garment before they are named; arguments as of `garment_colours`.

    In OKLab dimmer light scales L, a and b alike, so a / L and b / L tell a shade from another hue. The most frequent
    colour takes all its shades, then the most frequent of the rest, and so on. Pixels like skin are left out
    where there is enough else.

    Returns:
        (k, 3) their medians in OKLab, and their (k,) shares of the rest, the largest first.
    """
    lab = _without_skin(oklab(_inner(*cut_garment(pixels, box_xyxy, mask))))
    groups = sorted(_groups(lab), key=np.sum, reverse=True)
    medians = np.array([np.median(lab[group], 0) for group in groups]).reshape(-1, 3)
    return medians, np.array([group.mean() for group in groups])


def cut_garment(
    pixels: np.ndarray, box_xyxy: np.ndarray, mask: np.ndarray | None = None, side: int = SIDE
) -> tuple[np.ndarray, np.ndarray]:
    """The part of a photo in a box, thinned to `side` pixels, with the garment's mask.

    Args:
        pixels: (h, w, 3) uint8 RGB.
        box_xyxy: (4,) in pixels; it may reach outside of the photo.
        mask: (h, w) bool; None for all in the box.
        side: of the longer side of the result; a smaller garment keeps its size.

    Returns:
        (h', w', 3) uint8 and (h', w') bool; both are empty for a box outside of the photo.

    Raises:
        ValueError: the mask has another size than the photo.
    """
    if mask is not None and mask.shape != pixels.shape[:2]:
        raise ValueError(f"mask: expected shape {pixels.shape[:2]}, got {mask.shape}")
    low = np.floor(box_xyxy[:2]).astype(int).clip(0, pixels.shape[1::-1])
    high = np.ceil(box_xyxy[2:]).astype(int).clip(0, pixels.shape[1::-1])
    step = max(1, -(-int((high - low).max()) // side))
    part = np.s_[low[1] : high[1] : step, low[0] : high[0] : step]
    return pixels[part], np.ones(pixels[part].shape[:2], bool) if mask is None else mask[part].astype(bool)


def _inner(cut: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """(n, 3) uint8: the pixels of the mask, without its rim where enough is left."""
    inner = ndimage.binary_erosion(mask, border_value=1)
    return cut[inner if inner.sum() > mask.sum() / 2 else mask]


def oklab(rgb: np.ndarray) -> np.ndarray:
    """(..., 3) float: OKLab of (..., 3) uint8 sRGB."""
    return np.cbrt(LINEAR[rgb] @ TO_LMS.T) @ TO_LAB.T


def is_skin(lab: np.ndarray) -> np.ndarray:
    """(n,) bool: which of (n, 3) OKLab colours skin usually has, as labelled in ccp; pale brown cloth may too."""
    lightness, a, b = lab.T
    chroma, hue = np.hypot(a, b), np.degrees(np.arctan2(b, a))
    return (lightness > 0.45) & (lightness < 0.93) & (chroma > 0.035) & (chroma < 0.14) & (hue > 25) & (hue < 67)


def colour_names() -> tuple[str, ...]:
    """The names that a colour can have."""
    return _naming()[0]


def name_colours(lab: np.ndarray) -> list[str]:
    """The most probable name of each of (n, 3) OKLab colours."""
    names, weights = _naming()
    return [names[n] for n in (naming_features(lab) @ weights.T).argmax(1)]


def naming_features(lab: np.ndarray) -> np.ndarray:
    """(n, 10): L, a, b of (n, 3) OKLab colours, scaled, their products, and 1; a name's score is linear in them."""
    x = np.concatenate([lab * [1, 5, 5], np.ones((len(lab), 1))], 1)
    first, second = np.triu_indices(4)
    return x[:, first] * x[:, second]


@cache
def _naming() -> tuple[tuple[str, ...], np.ndarray]:
    """The names, and the (names, 10) weights of their scores."""
    model = json.loads(Path(__file__).with_name("colour_names.json").read_text(encoding="utf-8"))
    return tuple(model), np.array(list(model.values()))


def _without_skin(lab: np.ndarray) -> np.ndarray:
    other = lab[~is_skin(lab)]
    return other if len(other) >= max(1, OTHER * len(lab)) else lab


def _groups(lab: np.ndarray) -> list[np.ndarray]:
    """Masks (n,) of the different colours among (n, 3) OKLab pixels; the last few pixels are in none."""
    _, bin_of, count = np.unique(np.round(lab / STEP), axis=0, return_inverse=True, return_counts=True)
    mean = np.stack([np.bincount(bin_of, channel, len(count)) for channel in lab.T], 1) / count[:, None]
    tone = np.concatenate([mean[:, 1:] / np.maximum(mean[:, :1], DARK) / HUE, mean[:, :1] / LIGHTNESS], 1)
    free, groups = np.ones(len(count), bool), []
    while count[free].sum() > MIN_SHARE / 2 * len(lab):
        away = tone - tone[np.where(free, count, 0).argmax()]
        near = free & (np.hypot(away[:, 0], away[:, 1]) <= 1) & (abs(away[:, 2]) <= 1)
        groups.append(near[bin_of])
        free &= ~near
    return groups
