"""A Table -> crops -> a tf.data.Dataset for `fit`."""

import sys

import numpy as np

from classifier.config import ClassifierConfig
from engine.crops import MAP_STRIDE, STORED_CONTEXT, STORED_SIDE, Crops
from engine.sampling import Sampler
from garments.landmarks import LANDMARKS, landmarks_of
from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import CATEGORIES, category_set
from photos.crops import cut, geometry, square_around
from photos.label_maps import read_label_map
from photos.reading import encode, read_photos


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

    from engine.views import Stored, random_view

    stored = Stored.of(crops)
    tf.random.set_seed(config.seed)
    signature = tf.TensorSpec((), tf.int32)
    data = tf.data.Dataset.from_generator(lambda: sampler.endless(first_epoch), output_signature=signature)
    data = data.map(lambda i: targets(i, random_view(stored, i, config)), tf.data.AUTOTUNE)
    return data.batch(config.batch, drop_remainder=True).prefetch(4)


def evaluation_data(crops: Crops, config: ClassifierConfig, targets):
    """A finite tf.data.Dataset of the plain views, in order, in batches; see `training_data`."""
    import tensorflow as tf

    from engine.views import Stored, plain_view

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
