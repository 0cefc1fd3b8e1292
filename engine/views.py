"""The view of a stored crop that a network gets, in TensorFlow graph operations: plain, or varied for training."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import tensorflow as tf

from engine.colours import random_colours
from engine.crops import UNKNOWN, Crops, Cutting, ViewSettings
from engine.truncation import truncated, without_rows
from garments.landmarks import MIRRORED, NOT_LABELLED
from photos.crops import GREY

MAP_STRIDE = 16  # pixels of a view to a label of its map
SMALL = 48  # pixels


@dataclass(frozen=True)
class Stored:
    """Crops for use in a graph: their pixels come from disk one by one, all else is tensors.

    Attributes:
        crops: the crops.
        boxes, places, landmarks: as in Crops.
    """

    crops: Crops
    boxes: tf.Tensor
    places: tf.Tensor
    landmarks: tf.Tensor

    @classmethod
    def of(cls, crops: Crops) -> "Stored":
        """The tensors of these crops."""
        return cls(crops, *(tf.constant(array) for array in (crops.boxes, crops.places, crops.landmarks)))

    def dataset(self, indices: Callable[[], Iterable[int]]) -> tf.data.Dataset:
        """The crops at the indices that `indices()` gives.

        Returns:
            A tf.data.Dataset of index, image, label_map (encoded, '' where none was cut), box, place, landmarks.
        """
        crops = self.crops

        def encoded() -> Iterator[tuple[int, bytes, bytes]]:
            for index in indices():
                yield index, crops.images[index], crops.label_maps[index] if crops.label_maps else b""

        signature = tf.TensorSpec((), tf.int32), tf.TensorSpec((), tf.string), tf.TensorSpec((), tf.string)
        data = tf.data.Dataset.from_generator(encoded, output_signature=signature)
        return data.map(self._with_tensors)

    def _with_tensors(self, index: tf.Tensor, image: tf.Tensor, label_map: tf.Tensor) -> dict[str, tf.Tensor]:
        box, place, landmarks = self.boxes[index], self.places[index], self.landmarks[index]
        return dict(index=index, image=image, label_map=label_map, box=box, place=place, landmarks=landmarks)


def plain_view(crop: dict[str, tf.Tensor], cutting: Cutting, settings: ViewSettings) -> dict[str, tf.Tensor]:
    """The view of a crop as the pipeline cuts it.

    Args:
        crop: as `Stored.dataset` gives it.
        cutting: how it was cut; it must suit the settings (`Cutting.check`).
        settings: of the view.

    Returns:
        image: (size, size, 3) float32 in 0..255.
        place: (8,) float32, the box in the photo (centre x, y, width, height) and in the view (xyxy).
        box: (4,) float32, the true box in the view (xyxy); in a plain view the same as the end of `place`.
        pixels: (size / 16, size / 16) float32 labels, 255 where unknown.
        landmarks: (8, 3) float32, x and y in lengths of the view, and visibility: 0 for those outside.
    """
    margin = cutting.margin / cutting.side
    return _view(crop, crop["box"], tf.constant([margin, margin, 1 - margin, 1 - margin]), cutting, settings)


def random_view(crop: dict[str, tf.Tensor], cutting: Cutting, settings: ViewSettings) -> dict[str, tf.Tensor]:
    """As `plain_view`, with random box edges, shift, zoom, mirroring and colours; some are truncated."""
    crop = truncated(crop, settings.truncation) if settings.truncation else crop
    jitter = settings.jitter / cutting.context
    box = crop["box"] + tf.random.uniform([4], -1, 1) * jitter
    zoom = tf.exp(tf.random.uniform([], -1, 1) * settings.jitter * 2)
    shift = tf.tile(tf.random.uniform([2], -1, 1) * jitter, [2])
    square = _square(box, settings.context * zoom)
    square = _within_square(square if settings.hide_surroundings else square + shift, settings.crop)
    view = _view(crop, box, square, cutting, settings)
    if settings.downscale:
        blurred = tf.random.uniform([]) < settings.downscale
        view["image"] = tf.cond(blurred, lambda: downscaled(view["image"]), lambda: view["image"])
    view["image"] = random_colours(view["image"] / 255.0) * 255.0
    mirrored = _mirror(view)
    flip = tf.random.uniform([]) < 0.5
    return {name: tf.where(flip, mirrored[name], view[name]) for name in view}


def _within_square(square: tf.Tensor, minimum: float) -> tf.Tensor:
    """A random square inside another, with `minimum` to 1 of its side."""
    side = square[2] - square[0]
    inner = side * tf.random.uniform([], minimum, 1)
    corner = square[:2] + tf.random.uniform([2]) * (side - inner)
    return tf.concat([corner, corner + inner], 0)


def downscaled(image: tf.Tensor) -> tf.Tensor:
    """An image (size, size, 3) with the detail of one of a random size, down to SMALL pixels."""
    size = image.shape[0]
    small = tf.random.uniform([], min(SMALL, size - 1), size, tf.int32)
    return tf.image.resize(tf.image.resize(image, [small, small], "area"), [size, size], "bilinear")


def _view(crop: dict, box: tf.Tensor, square: tf.Tensor, cutting: Cutting, settings: ViewSettings) -> dict:
    """The view of a square of the crop, for a network whose garment is given as `box`."""
    size = settings.size
    image = tf.io.decode_jpeg(crop["image"], channels=3, dct_method="INTEGER_ACCURATE")
    image = tf.cast(image, tf.float32)
    image = without_rows(image, crop["frame"], GREY) if "frame" in crop else image
    image = _cut(image, cutting.side, square, size, "bilinear", GREY)
    seen, true = (_within(b, square) for b in (box, crop["box"]))
    if settings.hide_surroundings:
        image = tf.where(_inside(seen, size)[..., None], image, float(GREY))
    place = tf.concat([_moved_place(crop["place"], crop["box"], box), seen], 0)
    points = _points_within(crop["landmarks"], square)
    labels = _labels(crop, cutting, square, size // MAP_STRIDE)
    return {"image": image, "place": place, "box": true, "pixels": labels, "landmarks": points}


def _labels(crop: dict, cutting: Cutting, square: tf.Tensor, size: int) -> tf.Tensor:
    """(size, size) float32, the label in the middle of each cell; all unknown where no maps were cut."""
    if not cutting.label_maps:
        return tf.fill([size, size], float(UNKNOWN))
    labels = tf.cast(tf.io.decode_png(crop["label_map"], channels=1), tf.float32)
    labels = without_rows(labels, crop["frame"], UNKNOWN) if "frame" in crop else labels
    return _cut(labels, cutting.map_side, square, size, "nearest", UNKNOWN)[..., 0]


def _square(box: tf.Tensor, context: float | tf.Tensor) -> tf.Tensor:
    """The square around the box whose side is `context` times the box's longer side."""
    centre = (box[:2] + box[2:]) / 2
    half = tf.reduce_max(box[2:] - box[:2]) * context / 2
    return tf.concat([centre - half, centre + half], 0)


def _cut(image: tf.Tensor, side: int, square: tf.Tensor, size: int, method: str, outside: float) -> tf.Tensor:
    """The square of an image of (side, side) at (size, size); xyxy in lengths of the image.

    TensorFlow counts from the centre of the first pixel to that of the last.
    """
    half_pixel = (square[2] - square[0]) / size / 2
    x1, y1, x2, y2 = tf.unstack(square)
    centres = tf.stack([y1 + half_pixel, x1 + half_pixel, y2 - half_pixel, x2 - half_pixel])
    ends = (centres * side - 0.5) / max(1, side - 1)
    return tf.image.crop_and_resize(image[None], ends[None], [0], [size, size], method, outside)[0]


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
