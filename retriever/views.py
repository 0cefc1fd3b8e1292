"""Strong random views of a garment: as it hangs before a plain ground, and as it is worn in some photo.

Two views of one crop teach an embedder what stays the same when a garment is photographed again: warped, cut off,
before another ground, in other light, partly hidden. Colour changes little, as it tells garments apart.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from photos.crops import GREY
from retriever.config import EmbedderConfig

PLAIN, WORN, ANY = "plain", "worn", "any"  # what is put around a garment
KNOTS = 4  # of the displacement field, across and down
ROTATION, STRETCH, SHEAR = 12.0, 0.15, 0.08  # degrees; shares of the side
BOX_SLACK = 0.04  # of the box's longer side; pixels of the outline further out belong to another garment
SMALL = 48  # pixels, of a view that loses detail
SKIN = np.array([[236, 188, 160], [198, 134, 100], [120, 76, 54], [80, 52, 40]], np.float32)


@dataclass(frozen=True)
class Shown:
    """A garment with its surroundings.

    Attributes:
        image: (S, S, 3) uint8 RGB.
        outline: (S, S) uint8, 255 on the garment; None where it is not known.
        box: (4,) xyxy in lengths of the image.
    """

    image: np.ndarray
    outline: np.ndarray | None
    box: np.ndarray


def plain_view(shown: Shown, margin: float, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The view that the exported embedder gets: (size, size, 3) uint8, and the box in it, (4,) xyxy.

    Args:
        shown: the stored crop.
        margin: what is around the view, in lengths of the crop.
        size: of the view.
    """
    edge = round(margin * len(shown.image))
    image = shown.image[edge : len(shown.image) - edge, edge : len(shown.image) - edge]
    image = image if len(image) == size else cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)
    return image, ((shown.box - margin) / (1 - 2 * margin)).astype(np.float32)


def random_view(
    shown: Shown, other: Shown, config: EmbedderConfig, rng: np.random.Generator, ground: str = ANY
) -> tuple[np.ndarray, np.ndarray]:
    """(size, size, 3) uint8 view, and the box of the garment in it, (4,) float32 xyxy.

    Args:
        shown: the garment.
        other: another garment, whose surroundings may become its own.
        config: the settings.
        rng: of all draws.
        ground: what may be put around the garment, where its outline is known: PLAIN, WORN, or ANY of them.
    """
    size = config.size
    to_crop = _random_map(shown.box, config, rng) * len(shown.image)
    image = cv2.remap(shown.image, *_split(to_crop), cv2.INTER_LINEAR, borderValue=(GREY,) * 3).astype(np.float32)
    seen = cv2.remap(_drawn(shown.box, len(shown.image)), *_split(to_crop), cv2.INTER_LINEAR)
    image = _lit(image, config.colour, rng)
    if shown.outline is not None and rng.random() < config.replaced:
        outline = cv2.remap(shown.outline, *_split(to_crop), cv2.INTER_LINEAR)
        outline = cv2.GaussianBlur(cv2.erode(outline, np.ones((3, 3))), (3, 3), 0)
        outline = np.minimum(outline, cv2.dilate(seen, np.ones((2 * round(BOX_SLACK * size) + 1,) * 2)))
        if (outline > 127).mean() > 0.02:
            share = outline[..., None] / np.float32(255)
            image = share * image + (1 - share) * _ground(ground, other, config, rng)
    if rng.random() < config.occluded:
        _occlude(image, rng)
    if rng.random() < config.downscale:
        image = _blurred(image, rng)
    image = (image + rng.normal(0, rng.uniform(0, 4), image.shape[:2])[..., None]).clip(0, 255).astype(np.uint8)
    box = _extent(seen)
    box = box + rng.uniform(-1, 1, 4) * config.jitter * (box[2:] - box[:2]).max()
    if rng.random() < 0.5:
        image, box = image[:, ::-1], np.array([1 - box[2], box[1], 1 - box[0], box[3]])
    return np.ascontiguousarray(image), box.astype(np.float32)


def _random_map(box: np.ndarray, config: EmbedderConfig, rng: np.random.Generator) -> np.ndarray:
    """(size, size, 2) float32: for each pixel of a view its place in the crop, in lengths of the crop."""
    size, centre, side = config.size, (box[:2] + box[2:]) / 2, (box[2:] - box[:2]).max() * config.context
    angle, scale = np.deg2rad(rng.uniform(-ROTATION, ROTATION)), rng.uniform(config.crop, 1.12)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    stretch = np.diag(np.exp(rng.uniform(-STRETCH, STRETCH, 2)))
    shear = np.eye(2) + rng.uniform(-SHEAR, SHEAR, (2, 2)) * (1 - np.eye(2))
    matrix = turn @ stretch @ shear * scale * side
    shift = rng.uniform(-1, 1, 2) * side * (max(0.0, 1 - scale) / 2 + 0.03)
    axis = (np.arange(size, dtype=np.float32) + 0.5) / size - 0.5
    grid = np.stack(np.meshgrid(axis, axis), -1)
    knots = rng.normal(0, config.warp, (KNOTS, KNOTS, 2)).astype(np.float32)
    grid = grid + cv2.resize(knots, (size, size), interpolation=cv2.INTER_CUBIC)
    return (grid @ matrix.T + centre + shift).astype(np.float32)


def _split(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two maps of cv2.remap, which counts from the centre of the first pixel."""
    return places[..., 0] - 0.5, places[..., 1] - 0.5


def _drawn(box: np.ndarray, side: int) -> np.ndarray:
    """(side, side) uint8: 255 inside a box in lengths of the side."""
    x1, y1, x2, y2 = (box * side).round().astype(int)
    canvas = np.zeros((side, side), np.uint8)
    canvas[max(0, y1) : max(0, y2), max(0, x1) : max(0, x2)] = 255
    return canvas


def _extent(mask: np.ndarray) -> np.ndarray:
    """(4,) the box around what is marked, in lengths of the mask; all of it where nothing is."""
    y, x = np.nonzero(mask > 127)
    return np.array([x.min(), y.min(), x.max() + 1, y.max() + 1]) / len(mask) if len(x) else np.array([0.0, 0, 1, 1])


def _lit(image: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """The image in other light: brightness, contrast, white balance, saturation, and soft shadows."""
    low, high = 1 - 0.2 * strength, 1 + 0.2 * strength
    shade = cv2.resize(
        rng.uniform(low, high, (3, 3)).astype(np.float32), image.shape[:2], interpolation=cv2.INTER_CUBIC
    )
    balance = rng.uniform(1 - 0.06 * strength, 1 + 0.06 * strength, 3) * rng.uniform(low, high)
    image = image * shade[..., None] * balance.astype(np.float32)
    image = (image - 128) * np.float32(rng.uniform(low, high)) + 128
    grey = image.mean(-1, keepdims=True)
    return (grey + (image - grey) * np.float32(rng.uniform(low, high))).clip(0, 255)


def _ground(kind: str, other: Shown, config: EmbedderConfig, rng: np.random.Generator) -> np.ndarray:
    """(size, size, 3) float32: a plain ground, or the surroundings of another garment."""
    size = config.size
    if kind == PLAIN or (kind == ANY and rng.random() < 0.5):
        light, colour = rng.uniform(225, 255), rng.uniform(0, 255, 3)
        tone = np.full(3, light) if rng.random() < 0.7 else colour
        slope = 1 + rng.uniform(-0.06, 0.06, (2, 2)).astype(np.float32)
        return cv2.resize(slope, (size, size))[..., None] * tone.astype(np.float32)
    places = _random_map(other.box, config, rng) * len(other.image)
    return cv2.remap(other.image, *_split(places), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT).astype(np.float32)


def _occlude(image: np.ndarray, rng: np.random.Generator) -> None:
    """Draw one or two bars, of the colour of skin, or of any: arms, hair, a bag."""
    size = len(image)
    for _ in range(rng.integers(1, 3)):
        colour = SKIN[rng.integers(len(SKIN))] * rng.uniform(0.8, 1.1) if rng.random() < 0.5 else rng.uniform(0, 255, 3)
        start, end = (rng.uniform(-0.1, 1.1, (2, 2)) * size).astype(int).tolist()
        cv2.line(image, start, end, colour.tolist(), max(1, int(size * rng.uniform(0.04, 0.13))))


def _blurred(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The image with the detail of a smaller one, down to SMALL pixels."""
    size = len(image)
    small = int(rng.integers(min(SMALL, size - 1), size))
    shrunk = cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA)
    return cv2.resize(shrunk, (size, size), interpolation=cv2.INTER_LINEAR)
