"""A photo with its garments drawn on it."""

from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from garments.boxes import window
from garments.types import Garments, Photo

COLOURS = {"upper": (214, 64, 69), "lower": (36, 114, 196), "full": (22, 140, 90)}
MASK_OPACITY = 0.3
LEGIBLE = 480  # pixels of the longer side; a smaller photo is enlarged, as labels would hide it


def draw(photo: Photo, pixels: np.ndarray, garments: Garments, captions: list[str]) -> Image.Image:
    """The photo at the scale of `pixels` or LEGIBLE, with masks, boxes in part colours, captions, visible landmarks.

    Args:
        photo: the photo, in whose pixels the boxes are.
        pixels: (h, w, 3) uint8.
        garments: N of them.
        captions: N texts.
    """
    image = Image.fromarray(tinted(legible(pixels), garments))
    pen = ImageDraw.Draw(image)
    scale = image.width / photo.width
    unit = max(1, round(max(image.size) / 280))
    font = ImageFont.load_default(size=max(10, 5 * unit))
    for points, part in zip(garments.visible_landmarks(), garments.parts, strict=True):
        for x, y in points * scale:
            spot = (x - 2 * unit, y - 2 * unit, x + 2 * unit, y + 2 * unit)
            pen.ellipse(spot, fill="white", outline=COLOURS[part], width=unit)
    boxes = garments.boxes_xyxy * scale
    for box, part in reversed(list(zip(boxes, garments.parts, strict=True))):
        pen.rectangle(tuple(box), outline=COLOURS[part], width=unit)
    labels: list[np.ndarray] = []
    height = sum(font.getmetrics()) if isinstance(font, ImageFont.FreeTypeFont) else 10  # without FreeType, 10 pixels
    for box, part, text in zip(boxes, garments.parts, captions, strict=True):
        extent = np.array([pen.textlength(text, font) + 2 * unit, height])
        labels.append(label := _place(extent, box, labels, image.size))
        pen.rectangle(tuple(label), fill=COLOURS[part])
        pen.text((label[0] + unit, label[1]), text, fill="white", font=font)
    return image


def legible(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8: the pixels (h, w, 3), enlarged to LEGIBLE if they are fewer."""
    factor = LEGIBLE / max(pixels.shape[:2])
    size = [max(1, round(side * factor)) for side in pixels.shape[1::-1]]
    return pixels if factor <= 1 else np.asarray(Image.fromarray(pixels).resize(size))


def tinted(pixels: np.ndarray, garments: Garments) -> np.ndarray:
    """(h, w, 3) uint8: the pixels with the masks of the garments, if any, drawn half-transparent in part colours."""
    if garments.masks is None:
        return pixels
    result = pixels.copy()
    for mask, part in zip(at_scale(garments.masks, pixels), garments.parts, strict=True):
        colour = MASK_OPACITY * np.array(COLOURS[part])
        result[mask] = ((1 - MASK_OPACITY) * result[mask] + colour).round()
    return result


def at_scale(masks: np.ndarray, pixels: np.ndarray) -> Iterator[np.ndarray]:
    """(h, w) bool: each of the masks of a photo at the scale of its pixels (h, w, 3)."""
    from garments.masks import decode  # drawing boxes alone needs no pycocotools

    for rle in masks:
        mask = decode(rle)
        same = mask.shape == pixels.shape[:2]
        yield mask if same else np.asarray(Image.fromarray(mask).resize(pixels.shape[1::-1], Image.Resampling.NEAREST))


def cutouts(photo: Photo, pixels: np.ndarray, garments: Garments) -> Iterator[Image.Image]:
    """Each garment alone, as RGBA pixels of its box at the scale of `pixels`, transparent outside of its mask.

    Args:
        photo: the photo, in whose pixels the boxes are.
        pixels: (h, w, 3) uint8.
        garments: with masks.
    """
    scale = pixels.shape[1] / photo.width
    masks = garments.masks if garments.masks is not None else np.zeros(0, object)
    for mask, box in zip(at_scale(masks, pixels), garments.boxes_xyxy * scale, strict=True):
        inside = window(box, *pixels.shape[:2])
        yield Image.fromarray(np.dstack([pixels[inside], np.uint8(255) * mask[inside]]))


def _place(extent: np.ndarray, box: np.ndarray, labels: list[np.ndarray], size: tuple[int, int]) -> np.ndarray:
    """(4,) the place of a label of (width, height): in the upper left corner of its box, below labels already there."""
    corner = np.clip(box[:2], 0, np.maximum(0, np.array(size) - extent))
    for other in sorted(labels, key=lambda label: label[1]):
        if (corner < other[2:]).all() and (corner + extent > other[:2]).all():
            corner[1] = other[3]
    return np.concatenate([corner, corner + extent])
