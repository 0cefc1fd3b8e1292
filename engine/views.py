"""The view of a stored crop that a network gets, in TensorFlow graph operations: plain, or varied for training."""

from dataclasses import dataclass
from typing import Protocol

import tensorflow as tf

from engine.colours import random_colours
from engine.crops import STORED_CONTEXT, STORED_SIDE, Crops
from garments.landmarks import MIRRORED, NOT_LABELLED
from photos.crops import GREY

MAP_STRIDE = 16  # pixels of a view to a label of its map


class ViewSettings(Protocol):
    """The settings that a view needs, as of `classifier.config.ClassifierConfig`."""

    size: int
    context: float
    hide_surroundings: bool
    jitter: float


@dataclass(frozen=True)
class Stored:
    """Crops as tensors, for use in a graph."""

    images: tf.Tensor
    label_maps: tf.Tensor
    boxes: tf.Tensor
    places: tf.Tensor
    landmarks: tf.Tensor

    @classmethod
    def of(cls, crops: Crops) -> "Stored":
        """The tensors of these crops."""
        images, maps = (tf.constant(list(encoded), tf.string) for encoded in (crops.images, crops.label_maps))
        return cls(images, maps, *(tf.constant(a) for a in (crops.boxes, crops.places, crops.landmarks)))


def plain_view(stored: Stored, index: tf.Tensor, config: ViewSettings) -> dict[str, tf.Tensor]:
    """The view of crop `index` as the pipeline cuts it.

    Returns:
        image: (size, size, 3) float32 in 0..255.
        place: (8,) float32, the box in the photo (centre x, y, width, height) and in the view (xyxy).
        box: (4,) float32, the true box in the view (xyxy); in a plain view the same as the end of `place`.
        pixels: (size / 16, size / 16) float32 labels, 255 where unknown.
        landmarks: (8, 3) float32, x and y in lengths of the view, and visibility: 0 for those outside.
    """
    box = stored.boxes[index]
    return _view(stored, index, box, _square(box, config.context / STORED_CONTEXT), config)


def random_view(stored: Stored, index: tf.Tensor, config: ViewSettings) -> dict[str, tf.Tensor]:
    """As `plain_view`, with the box's edges moved, the square shifted and zoomed, mirrored, in other colours."""
    side = 1 / STORED_CONTEXT
    box = stored.boxes[index] + tf.random.uniform([4], -1, 1) * config.jitter * side
    zoom = tf.exp(tf.random.uniform([], -1, 1) * config.jitter * 2)
    shift = tf.tile(tf.random.uniform([2], -1, 1) * config.jitter * side, [2])
    square = _square(box, config.context / STORED_CONTEXT * zoom)
    view = _view(stored, index, box, square if config.hide_surroundings else square + shift, config)
    view["image"] = random_colours(view["image"] / 255.0) * 255.0
    mirrored = _mirror(view)
    flip = tf.random.uniform([]) < 0.5
    return {name: tf.where(flip, mirrored[name], view[name]) for name in view}


def _view(stored: Stored, index, box: tf.Tensor, square: tf.Tensor, config: ViewSettings) -> dict[str, tf.Tensor]:
    seen_side = STORED_SIDE * config.context / STORED_CONTEXT  # pixels of a stored crop that make a view
    halve = 2 if seen_side >= 2 * config.size else 1
    image = tf.cast(tf.io.decode_jpeg(stored.images[index], channels=3, ratio=halve), tf.float32)
    image = _cut(image, square, config.size, "bilinear", GREY)
    labels = tf.cast(tf.io.decode_png(stored.label_maps[index], channels=1), tf.float32)
    labels = _cut(labels, square, config.size // MAP_STRIDE, "nearest", 255)[..., 0]
    seen, true = (_within(b, square) for b in (box, stored.boxes[index]))
    if config.hide_surroundings:
        image = tf.where(_inside(seen, config.size)[..., None], image, float(GREY))
    place = tf.concat([_moved_place(stored.places[index], stored.boxes[index], box), seen], 0)
    points = _points_within(stored.landmarks[index], square)
    return {"image": image, "place": place, "box": true, "pixels": labels, "landmarks": points}


def _square(box: tf.Tensor, context: float | tf.Tensor) -> tf.Tensor:
    """A square around the box; `context` 1 / STORED_CONTEXT is the side of the box itself."""
    centre = (box[:2] + box[2:]) / 2
    half = tf.reduce_max(box[2:] - box[:2]) * STORED_CONTEXT * context / 2
    return tf.concat([centre - half, centre + half], 0)


def _cut(image: tf.Tensor, square: tf.Tensor, size: int, method: str, outside: float) -> tf.Tensor:
    """The square of the image at (size, size)."""
    x1, y1, x2, y2 = tf.unstack(square)
    return tf.image.crop_and_resize(image[None], [[y1, x1, y2, x2]], [0], [size, size], method, outside)[0]


def _within(box: tf.Tensor, square: tf.Tensor) -> tf.Tensor:
    return (box - tf.tile(square[:2], [2])) / (square[2] - square[0])


def _points_within(landmarks: tf.Tensor, square: tf.Tensor) -> tf.Tensor:
    """(8, 3) landmarks in lengths of the square; those outside of it are not labelled."""
    xy = (landmarks[:, :2] - square[:2]) / (square[2] - square[0])
    within = tf.reduce_all((xy >= 0) & (xy <= 1), -1)
    return tf.concat([xy, tf.where(within, landmarks[:, 2], NOT_LABELLED)[:, None]], -1)


def _inside(box: tf.Tensor, size: int) -> tf.Tensor:
    """(size, size) bool: pixels whose centre lies in the box."""
    centres = (tf.range(size, dtype=tf.float32) + 0.5) / size
    across = (centres >= box[0]) & (centres <= box[2])
    down = (centres >= box[1]) & (centres <= box[3])
    return down[:, None] & across[None, :]


def _moved_place(place: tf.Tensor, true: tf.Tensor, box: tf.Tensor) -> tf.Tensor:
    """Centre and size in the photo of a box that was moved from its true place in the stored square."""
    extent = true[2:] - true[:2]
    scale = place[2:] / extent  # photo lengths to a length of the stored square
    centre = place[:2] + ((box[:2] + box[2:]) - (true[:2] + true[2:])) / 2 * scale
    return tf.concat([centre, (box[2:] - box[:2]) * scale], 0)


def _mirror(view: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    x, y, width, height, x1, y1, x2, y2 = tf.unstack(view["place"])
    left, top, right, bottom = tf.unstack(view["box"])
    points = tf.gather(view["landmarks"], MIRRORED)
    return {
        "image": view["image"][:, ::-1],
        "place": tf.stack([1 - x, y, width, height, 1 - x2, y1, 1 - x1, y2]),
        "box": tf.stack([1 - right, top, 1 - left, bottom]),
        "pixels": view["pixels"][:, ::-1],
        "landmarks": tf.concat([1 - points[:, :1], points[:, 1:]], -1),
    }
