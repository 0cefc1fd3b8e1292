"""A Table -> crops -> a tf.data.Dataset for `fit`."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classifier.config import ClassifierConfig
from classifier.models import MODELS
from engine.crops import Crops, Cutting
from engine.sampling import Sampler
from engine.store import Store, store_crops
from garments.crowds import without_crowds
from garments.landmarks import landmarks_of
from garments.types import Table
from garments.vocabulary import CATEGORIES, category_set

if TYPE_CHECKING:
    import tensorflow as tf


def cut_crops(table: Table, config: ClassifierConfig, folder: Path) -> Crops:
    """Cut out every garment of a Table but crowds; one without a box is assumed to fill its photo.

    Args:
        table: photos and garments.
        config: the settings: the views, and the categories of the classifier.
        folder: where crops are kept; those of the same data and settings are reused.

    Returns:
        Crops, photo by photo; photos that cannot be read are reported on stderr and skipped.
    """
    table = without_crowds(table)
    cutting = Cutting.of(config, label_maps=config.pixel_weight > 0)
    store = store_crops(table, cutting, folder)
    for problem in store.problems:
        print("{file}: {reason}; {remedy}".format(**problem), file=sys.stderr)
    garments = table.garments.iloc[store.rows].reset_index(drop=True)
    garments["dataset"] = garments["photo"].map(table.photos.set_index("photo")["dataset"])
    return Crops(
        cutting,
        store.images,
        store.label_maps,
        store.geometries[:, 4:],
        store.geometries[:, :4],
        _in_regions(landmarks_of(garments), store),
        allowed_categories(garments["category"], config.categories),
        garments,
    )


def allowed_categories(truths: Iterable[str], categories: tuple[str, ...] = CATEGORIES) -> np.ndarray:
    """(N, K) float32: 1 for each of K categories that a truth written 'a', 'a|b' or '' allows.

    A truth that allows any other category is a row of zeros.
    """
    sets = [allowed if allowed <= set(categories) else frozenset() for allowed in map(category_set, truths)]
    return np.array([[c in allowed for c in categories] for allowed in sets], np.float32).reshape(-1, len(categories))


def targets(name: str, crops: Crops, config: ClassifierConfig, classes: list[str] | tuple = ()) -> Callable:
    """The function that turns (index, view) into what `fit` takes: (inputs, targets, sample weights).

    Args:
        name: of MODELS.
        crops: the crops that the indices refer to.
        config: the settings.
        classes: the classes of the model, see `Task.classes`; only `pretrain` needs them.
    """
    truth_of = MODELS[name].task.truth(crops, config, list(classes))

    def of(index: "tf.Tensor", view: dict[str, "tf.Tensor"]) -> tuple[dict, dict, dict]:
        inputs = {key: view[key] for key in ("image", *(["place"] if config.box_input else []))}
        return inputs, *truth_of(index, view)

    return of


def training_data(
    crops: Crops, config: ClassifierConfig, targets: Callable, sampler: Sampler, first_epoch: int = 0
) -> "tf.data.Dataset":
    """An endless tf.data.Dataset of random views, in batches.

    Args:
        crops: the crops to draw from.
        config: the settings.
        targets: function of (index, view) -> (inputs, targets, sample weights) as `fit` takes them; one a model.
        sampler: draws the crops; its epochs should be those of `fit`.
        first_epoch: the epoch to start at, for a resumed run.

    Raises:
        ValueError: the crops were cut for other views.
    """
    import tensorflow as tf

    from engine.views import random_view

    tf.random.set_seed(config.seed)
    data = _views(crops, config, targets, lambda: sampler.endless(first_epoch), random_view)
    return data.batch(config.batch, drop_remainder=True).prefetch(4)


def evaluation_data(crops: Crops, config: ClassifierConfig, targets: Callable) -> "tf.data.Dataset":
    """A finite tf.data.Dataset of the plain views, in order, in batches; see `training_data`."""
    import tensorflow as tf

    from engine.views import plain_view

    data = _views(crops, config, targets, lambda: range(len(crops)), plain_view)
    data = data.apply(tf.data.experimental.assert_cardinality(len(crops)))  # or Keras warns as it ends
    return data.batch(config.batch).prefetch(4)


def _views(
    crops: Crops, config: ClassifierConfig, targets: Callable, indices: Callable[[], Iterable[int]], view: Callable
) -> "tf.data.Dataset":
    """Views of the crops at these indices with their targets, unbatched."""
    import tensorflow as tf

    from engine.views import Stored

    crops.cutting.check(config)
    data = Stored.of(crops).dataset(indices)
    return data.map(lambda crop: targets(crop["index"], view(crop, crops.cutting, config)), tf.data.AUTOTUNE)


def _in_regions(landmarks: np.ndarray, store: Store) -> np.ndarray:
    """(N, L, 3) float32: landmarks in pixels of the photo -> in lengths of the squares that were cut."""
    corners, ends = store.regions[:, None, :2], store.regions[:, None, 2:]
    return np.concatenate([(landmarks[..., :2] - corners) / (ends - corners), landmarks[..., 2:]], -1).astype(
        np.float32
    )
