"""Copy-paste augmentation: a person is cut out by the label map and pasted into another photo.

Ghiasi et al.: Simple Copy-Paste is a Strong Data Augmentation Method for Instance Segmentation, CVPR 2021.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from garments.masks import box_of_mask

MIN_VISIBLE = 0.3  # a garment with a smaller share of its pixels visible is dropped


@dataclass(frozen=True)
class Labelled:
    """A photo with its pixel labels: pixels (H, W, 3), label_map (H, W) (uint8), classes {mask value: class number}."""

    pixels: np.ndarray
    label_map: np.ndarray
    classes: dict[int, int]


def paste(
    base: Labelled, other: Labelled, rng: np.random.Generator
) -> tuple[Labelled, np.ndarray, np.ndarray, np.ndarray]:
    """`base` with the person of `other` pasted in.

    Returns:
        The composite (its `classes` are those of both photos), (N, 4) xyxy boxes, (N,) class numbers and (N, H, W) bool
        masks. A garment of `base` that is partly hidden by the pasted person gets the box of its visible pixels.
    """
    person = _moved(other, base.label_map.shape, rng)
    over = person.label_map > 0
    pixels = np.where(over[..., None], person.pixels, base.pixels)
    behind = np.where(over, 0, base.label_map)
    garments = _visible(behind, base.label_map, base.classes)
    more = _visible(person.label_map, person.label_map, person.classes)
    boxes, classes, masks = (np.concatenate(pair) for pair in zip(garments, more, strict=True))
    label_map = np.where(over, person.label_map, base.label_map)
    both = Labelled(pixels, label_map, {**base.classes, **person.classes})
    return both, boxes, classes, masks


def _moved(photo: Labelled, shape: tuple[int, int], rng: np.random.Generator) -> Labelled:
    """The person of `photo`, maybe mirrored, at a random size and position on an empty photo of that shape."""
    rows, columns = np.nonzero(photo.label_map)
    window = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    pixels, labels = photo.pixels[window], photo.label_map[window]
    if rng.random() < 0.5:
        pixels, labels = pixels[:, ::-1], labels[:, ::-1]
    scale = rng.uniform(0.5, 1.1) * shape[0] / len(labels)
    size = max(1, round(labels.shape[1] * scale)), max(1, round(labels.shape[0] * scale))
    pixels = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR, reducing_gap=2))
    labels = np.asarray(Image.fromarray(labels).resize(size, Image.Resampling.NEAREST))
    x = round(rng.uniform(-0.3, 1.3) * (shape[1] - size[0]))
    y = round(rng.uniform(0.3, 1.2) * (shape[0] - size[1]))
    return Labelled(_placed(pixels, shape, x, y), _placed(labels, shape, x, y), photo.classes)


def _placed(array: np.ndarray, shape: tuple[int, int], x: int, y: int) -> np.ndarray:
    """A canvas of zeros (shape) with `array` at (x, y), clipped at the edges."""
    canvas = np.zeros((*shape, *array.shape[2:]), array.dtype)
    top, left = max(y, 0), max(x, 0)
    bottom, right = min(y + array.shape[0], shape[0]), min(x + array.shape[1], shape[1])
    if top < bottom and left < right:
        canvas[top:bottom, left:right] = array[top - y : bottom - y, left - x : right - x]
    return canvas


def _visible(visible: np.ndarray, whole: np.ndarray, classes: dict[int, int]) -> tuple[np.ndarray, ...]:
    """Boxes, class numbers and masks of the garments of a label map that are visible enough."""
    masks = {value: visible == value for value in classes}
    seen = [v for v, mask in masks.items() if mask.any() and mask.sum() >= MIN_VISIBLE * (whole == v).sum()]
    boxes = np.array([box_of_mask(masks[value]) for value in seen], np.float32).reshape(-1, 4)
    numbers = np.array([classes[value] for value in seen], np.int64)
    return boxes, numbers, np.array([masks[value] for value in seen], bool).reshape(-1, *visible.shape)
