"""Items with several photos, and batches of the features of their garments as a tf.data.Dataset for `fit`."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from garments.crowds import without_crowds
from garments.splits import hold_out
from garments.types import Table
from retriever.data import Draws
from retriever.match.config import MatchConfig
from retriever.match.features import RoiFeatures
from retriever.match.store import Stored, store_features

if TYPE_CHECKING:
    import tensorflow as tf


@dataclass(frozen=True)
class Compared:
    """N garments that show an item of several photos.

    Attributes:
        features: of each.
        items: (N,) int, a number for each item.
        kinds: (N,) str, part and category, by which hard batches are drawn.
        photos: (N,) str.
    """

    features: Stored
    items: np.ndarray
    kinds: np.ndarray
    photos: np.ndarray


def chosen_items(table: Table, config: MatchConfig) -> tuple[Table, Table]:
    """(training, held out): garments of items with several photos, of at most as many items as the settings say.

    Raises:
        ValueError: there are too few such items to train on, or to choose the best epoch by.
    """
    training, held = hold_out(without_crowds(table), config.held_out)
    return _some(training, config.items, config.groups, config.seed), _some(held, config.judged, 2, config.seed)


def items_of_several_photos(table: Table) -> np.ndarray:
    """(I,) the names of the items that several photos show."""
    if "item" not in table.garments:
        return np.array([], object)
    known = table.garments[table.garments["item"].fillna("") != ""]
    photos = known.groupby("item")["photo"].nunique()
    return photos.index[photos > 1].to_numpy()


def _some(table: Table, most: int, fewest: int, seed: int) -> Table:
    names = items_of_several_photos(table)
    if len(names) < fewest:
        raise ValueError(
            f"expected {fewest} or more items with several photos, got {len(names)}: give more data with items, or "
            "train an embedder (--model embedder), which needs none"
        )
    few = np.random.default_rng(seed).permutation(names)[:most]
    kept = table.garments[table.garments["item"].isin(few)]
    return Table(table.photos, kept.reset_index(drop=True), table.problems)


def compared(table: Table, features: RoiFeatures, detector: str, folder: Path) -> Compared:
    """The garments of a Table with their features; photos that cannot be read are reported on stderr and skipped.

    Args:
        table: as `chosen_items` gives it.
        features: of the detector.
        detector: its fingerprint.
        folder: for the features.
    """
    problems: list[dict] = []
    stored = store_features(table, features, detector, folder, problems)
    for problem in problems:
        print("{file}: {reason}; {remedy}".format(**problem), file=sys.stderr)
    rows = table.garments.iloc[stored.rows]
    kinds = (rows["part"] + " " + rows["category"]).to_numpy(str)
    return Compared(stored, pd.factorize(rows["item"])[0], kinds, rows["photo"].to_numpy(str))


def training_data(garments: Compared, config: MatchConfig, first_step: int = 0) -> "tf.data.Dataset":
    """An endless tf.data.Dataset of ((B, side, side, C) features, (B, 1) item) as `fit` takes it.

    Half of the garments are mirrored.

    Args:
        garments: to draw from.
        config: the settings.
        first_step: the step to start at, for a resumed run.
    """
    import tensorflow as tf

    draws = Draws(garments, config)

    def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        step = first_step
        while True:
            indices, rng = draws(step), np.random.default_rng((config.seed, 4, step))
            rois = garments.features[indices]
            mirrored = rng.random(len(rois)) < 0.5
            rois[mirrored] = rois[mirrored, :, ::-1]
            yield rois, garments.items[indices, None].astype(np.int32)
            step += 1

    shape = garments.features[np.zeros(1, int)].shape[1:]
    signature = tf.TensorSpec((None, *shape), tf.float32), tf.TensorSpec((None, 1), tf.int32)
    return tf.data.Dataset.from_generator(batches, output_signature=signature).prefetch(2)
