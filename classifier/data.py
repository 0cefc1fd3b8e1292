"""A Table -> crops -> a tf.data.Dataset for `fit`."""

import sys
from dataclasses import dataclass

import numpy as np

from classifier.balance import Sampler
from classifier.config import ClassifierConfig
from garments.crops import cut, geometry, square_around
from garments.label_maps import read_label_map
from garments.landmarks import LANDMARKS, landmarks_of
from garments.photos import encode, read_photos
from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import CATEGORIES, category_set

STORED_SIDE = 288  # pixels of a stored crop
STORED_CONTEXT = 1.8  # lengths of the garment's longer side; views are cut out of it
MAP_STRIDE = 4  # stored pixels to a stored label


@dataclass(frozen=True)
class Crops:
    """N garments cut out with their surroundings.

    Attributes:
        images: N JPEGs of STORED_SIDE, a square STORED_CONTEXT times the garment's longer side.
        label_maps: N PNGs of STORED_SIDE / MAP_STRIDE with the label of every pixel, 255 where unknown.
        boxes: (N, 4) float32, the garment's xyxy box in lengths of its stored square.
        places: (N, 4) float32, the box as centre x, y, width, height in lengths of the photo.
        landmarks: (N, 8, 3) float32, x and y in lengths of the stored square, and visibility.
        allowed: (N, K) float32, 1 for the categories that count as right; a row of zeros where none is known.
        labels: (N,) the data set's own labels.
        weights: (N,) float32, the trust in the label.
        garments: the rows of the Table the crops were cut from.
    """

    images: np.ndarray
    label_maps: np.ndarray
    boxes: np.ndarray
    places: np.ndarray
    landmarks: np.ndarray
    allowed: np.ndarray
    labels: np.ndarray
    weights: np.ndarray
    garments: object

    def __len__(self) -> int:
        return len(self.images)

    def keep(self, mask: np.ndarray) -> "Crops":
        """The crops marked True."""
        return Crops(*(getattr(self, name)[mask] for name in self.__dataclass_fields__))

    def with_category(self) -> "Crops":
        """The crops whose category is known, at least as one of several."""
        return self.keep(self.allowed.any(1))


def cut_crops(table: Table, categories: tuple[str, ...] = CATEGORIES) -> Crops:
    """Cut out every garment of a Table; one without a box is taken to fill its photo.

    Args:
        table: photos and garments.
        categories: K names, what a classifier is to tell apart.

    Returns:
        Crops, photo by photo; photos that cannot be read are told on stderr and left out.
    """
    rows, images, maps, boxes, places, points, problems = [], [], [], [], [], [], []
    known_points = dict(zip(table.garments.index, landmarks_of(table.garments), strict=True))
    of_photo = dict(list(table.garments.groupby("photo")))
    photos = table.photos[table.photos["photo"].isin(of_photo)]
    for [(row, photo, pixels)] in filter(None, read_photos(photos, problems, 1)):
        scale = pixels.shape[1] / photo.width
        label_map = read_label_map(row.label_map) if row.label_map else None
        for index, garment in of_photo[row.photo].iterrows():
            box = garment[BOX_COLUMNS].to_numpy(float)
            box = np.array([0, 0, photo.width, photo.height], float) if np.isnan(box).any() else box
            region = square_around(box, STORED_CONTEXT)
            rows.append(index)
            images.append(encode(cut(pixels, region * scale, STORED_SIDE), "JPEG", quality=90))
            maps.append(_stored_map(label_map, region))
            geometry_of = geometry(box, region, (photo.width, photo.height))
            places.append(geometry_of[:4])
            boxes.append(geometry_of[4:])
            points.append(_in_region(known_points[index], region))
    for problem in problems:
        print("{file}: {reason}; {remedy}".format(**problem), file=sys.stderr)
    garments = table.garments.loc[rows].reset_index(drop=True)
    return Crops(
        np.array(images, object),
        np.array(maps, object),
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(places, np.float32).reshape(-1, 4),
        np.array(points, np.float32).reshape(-1, len(LANDMARKS), 3),
        allowed_categories(garments["category"], categories),
        garments["label"].to_numpy(object),
        garments["trust"].to_numpy(np.float32),
        garments,
    )


def allowed_categories(truths, categories: tuple[str, ...] = CATEGORIES) -> np.ndarray:
    """(N, K) float32: 1 for each of K categories that a truth written 'a', 'a|b' or '' allows.

    A truth that may be a category beyond these is a row of zeros.
    """
    sets = [allowed if allowed <= set(categories) else frozenset() for allowed in map(category_set, truths)]
    return np.array([[c in allowed for c in categories] for allowed in sets], np.float32).reshape(-1, len(categories))


def training_data(crops: Crops, config: ClassifierConfig, targets, sampler: Sampler, first_epoch: int = 0):
    """An endless tf.data.Dataset of random views, in batches.

    Args:
        crops: to draw from.
        config: the settings.
        targets: function of (index, view) -> (inputs, targets, sample weights) as `fit` takes them; one a model.
        sampler: what to draw; an epoch of `fit` should be an epoch of its own.
        first_epoch: where to go on, for a run that is resumed.
    """
    import tensorflow as tf

    from classifier.views import Stored, random_view

    stored = Stored.of(crops)
    tf.random.set_seed(config.seed)
    signature = tf.TensorSpec((), tf.int32)
    data = tf.data.Dataset.from_generator(lambda: sampler.endless(first_epoch), output_signature=signature)
    data = data.map(lambda i: targets(i, random_view(stored, i, config)), tf.data.AUTOTUNE)
    return data.batch(config.batch, drop_remainder=True).prefetch(4)


def evaluation_data(crops: Crops, config: ClassifierConfig, targets):
    """A finite tf.data.Dataset of the plain views, in order, in batches; see `training_data`."""
    import tensorflow as tf

    from classifier.views import Stored, plain_view

    stored = Stored.of(crops)
    data = tf.data.Dataset.range(len(crops), output_type=tf.int32)
    data = data.map(lambda i: targets(i, plain_view(stored, i, config)), tf.data.AUTOTUNE)
    return data.batch(config.batch).prefetch(4)


def _in_region(landmarks: np.ndarray, region: np.ndarray) -> np.ndarray:
    """Landmarks in pixels of the photo, in lengths of the region."""
    return np.concatenate([(landmarks[:, :2] - region[:2]) / (region[2] - region[0]), landmarks[:, 2:]], 1)


def _stored_map(label_map: np.ndarray | None, region: np.ndarray) -> bytes:
    side = STORED_SIDE // MAP_STRIDE
    labels = np.full((side, side), 255, np.uint8) if label_map is None else cut(label_map, region, side)
    return encode(labels, "PNG")
