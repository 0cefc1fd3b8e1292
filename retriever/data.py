"""Crops of garments, grouped by item, drawn P x K, as a tf.data.Dataset of views for `fit`."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np
import pandas as pd

from engine.crops import Blobs, Cutting
from engine.store import store_crops
from garments.crowds import without_crowds
from garments.splits import held_out
from garments.types import Table
from retriever.config import EmbedderConfig
from retriever.views import ANY, PLAIN, WORN, Shown, random_view

if TYPE_CHECKING:
    import tensorflow as tf


@dataclass(frozen=True)
class Items:
    """N stored crops, and what they show.

    Attributes:
        cutting: how they were cut.
        images, outlines: JPEGs; PNGs of the label maps around them.
        boxes: (N, 4) float32 xyxy in lengths of the crop.
        garments: (N,) int, a number for each garment.
        items: (N,) int, a number for each item; garments without one are items of their own.
        kinds: (N,) str, part and category, by which hard batches are drawn.
        values: (N,) int, of the garment in its label map; -1 where it has none.
        worn: (N,) bool, whether the photo shows several garments, as someone wears them; others get its surroundings.
        held: (N,) bool, not to be trained on.
    """

    cutting: Cutting
    images: Blobs
    outlines: Blobs
    boxes: np.ndarray
    garments: np.ndarray
    items: np.ndarray
    kinds: np.ndarray
    values: np.ndarray
    worn: np.ndarray
    held: np.ndarray

    def __len__(self) -> int:
        return len(self.images)

    def keep(self, mask: np.ndarray) -> "Items":
        """The crops marked True."""
        names = ("boxes", "garments", "items", "kinds", "values", "worn", "held")
        arrays = {name: getattr(self, name)[mask] for name in names}
        return replace(self, images=self.images.keep(mask), outlines=self.outlines.keep(mask), **arrays)

    def __getitem__(self, index: int) -> Shown:
        """A crop, decoded."""
        image = _decoded(self.images[index], cv2.IMREAD_COLOR_RGB)
        outline = None
        if self.values[index] >= 0:
            labels = _decoded(self.outlines[index], cv2.IMREAD_GRAYSCALE)
            own = np.uint8(255) * (labels == self.values[index])
            outline = cv2.resize(own, image.shape[:2], interpolation=cv2.INTER_LINEAR)
        return Shown(image, outline, self.boxes[index])


def cut_items(table: Table, config: EmbedderConfig, folder: Path) -> Items:
    """Cut out every garment of a Table but crowds; one without a box is assumed to fill its photo.

    Args:
        table: photos and garments.
        config: the settings of the views.
        folder: where crops are kept; those of the same data and settings are reused.

    Returns:
        Items, photo by photo; photos that cannot be read are reported on stderr and skipped.
    """
    table = without_crowds(table)
    store = store_crops(table, Cutting.of(config, label_maps=True), folder)
    for problem in store.problems:
        print("{file}: {reason}; {remedy}".format(**problem), file=sys.stderr)
    rows, photos = table.garments.iloc[store.rows], table.photos.set_index("photo")
    own = "garment " + pd.Series(store.rows.astype(str), rows.index)
    items = rows["item"].fillna("").replace("", None).fillna(own) if "item" in rows else own
    held = held_out(table, config.held_out).set_axis(photos.index)
    assert store.label_maps is not None  # as they were asked for
    mapped = rows["photo"].map(photos["label_map"]) != ""
    return Items(
        Cutting.of(config, label_maps=True),
        store.images,
        store.label_maps,
        store.geometries[:, 4:],
        store.rows,
        pd.factorize(items)[0],
        (rows["part"] + " " + rows["category"]).to_numpy(str),
        np.where(mapped, rows["mask_value"].fillna(-1), -1).astype(int),
        rows["photo"].duplicated(keep=False).to_numpy(),
        rows["photo"].map(held).to_numpy(bool),
    )


class Drawable(Protocol):
    """What `Draws` needs of N garments: as in `Items`."""

    @property
    def items(self) -> np.ndarray:
        """(N,) int."""

    @property
    def kinds(self) -> np.ndarray:
        """(N,) str."""


class DrawSettings(Protocol):
    """What `Draws` needs of an `EmbedderConfig`."""

    @property
    def groups(self) -> int:
        """P."""

    @property
    def views(self) -> int:
        """K."""

    @property
    def hard(self) -> float:
        """Share of the items that are of one kind."""

    @property
    def siblings(self) -> float:
        """Share of the draws of an item that show different photos."""

    @property
    def seed(self) -> int:
        """Of all draws."""


class Draws:
    """Batches of P items with K views each, a share of the items of one kind; the same for the same seed and step."""

    def __init__(self, items: Drawable, config: DrawSettings):
        self._config = config
        self._members = [np.flatnonzero(items.items == n) for n in np.unique(items.items)]
        self._kinds = items.kinds[[members[0] for members in self._members]]
        _, inverse, counts = np.unique(self._kinds, return_inverse=True, return_counts=True)
        self._chance = 1 / np.sqrt(counts[inverse])
        self._chance /= self._chance.sum()
        if len(self._members) < config.groups:
            raise ValueError(f"{len(self._members)} items are fewer than groups={config.groups}: give more photos")

    def __call__(self, step: int) -> np.ndarray:
        """(P x K,) indices of crops, the views of an item side by side."""
        rng = np.random.default_rng((self._config.seed, 1, step))
        chosen = self._items(step, rng)
        return np.concatenate([self._views(self._members[item], rng) for item in chosen])

    def _items(self, step: int, rng: np.random.Generator) -> np.ndarray:
        """(P,) items: some of the kind of one that is drawn, the rest in the order of a shuffle of all."""
        count, hard = self._config.groups, round(self._config.hard * self._config.groups)
        kind = self._kinds[rng.choice(len(self._members), p=self._chance)]
        alike = rng.permutation(np.flatnonzero(self._kinds == kind))[:hard]
        others = self._shuffled(step * count, 2 * count)
        return np.concatenate([alike, others[~np.isin(others, alike)]])[:count]

    def _shuffled(self, start: int, count: int) -> np.ndarray:
        """Different items from an endless row of shuffles of all."""
        total = len(self._members)
        rounds = range(start // total, (start + count) // total + 1)
        row = [np.random.default_rng((self._config.seed, 0, r)).permutation(total) for r in rounds]
        drawn = np.concatenate(row)[start - rounds.start * total :][:count]
        return drawn[np.sort(np.unique(drawn, return_index=True)[1])]

    def _views(self, members: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(K,) crops of an item: different photos of it, or one again and again."""
        views = self._config.views
        if len(members) == 1 or rng.random() >= self._config.siblings:
            return np.repeat(rng.choice(members), views)
        return np.resize(rng.permutation(members), views)


def training_data(items: Items, config: EmbedderConfig, first_step: int = 0) -> "tf.data.Dataset":
    """An endless tf.data.Dataset of ({image, place}, (B, 2) garment and item) as `fit` takes it.

    Args:
        items: to draw from.
        config: the settings.
        first_step: the step to start at, for a resumed run.
    """
    draws = Draws(items, config)
    grounds = np.flatnonzero(items.worn) if items.worn.any() else np.arange(len(items))

    def batches() -> Iterator:
        step = first_step
        while True:
            yield _batch(items, draws(step), grounds, config, (config.seed, 2, step))
            step += 1

    return _dataset(batches, config)


def judging_data(items: Items, config: EmbedderConfig) -> tuple[np.ndarray, np.ndarray]:
    """(images, boxes) of fixed views of N items, first all before plain grounds, then all as worn: (2 N, ...)."""
    order = np.arange(len(items))
    grounds = np.flatnonzero(items.worn) if items.worn.any() else order
    views = []
    for kind in (PLAIN, WORN):
        for index in order:
            rng = np.random.default_rng((config.seed, 3, int(index), kind == WORN))
            views.append(random_view(items[int(index)], items[int(rng.choice(grounds))], config, rng, kind))
    images, boxes = zip(*views, strict=True)
    return np.stack(images), np.stack(boxes)


def _batch(
    items: Items, indices: np.ndarray, grounds: np.ndarray, config: EmbedderConfig, seed: tuple
) -> tuple[dict, np.ndarray]:
    """Random views of crops: of each item the first before a plain ground or none, the second as worn, then any."""
    images, places = [], np.zeros((len(indices), 8), np.float32)
    for n, index in enumerate(indices):
        rng = np.random.default_rng((*seed, n))
        kind = (PLAIN, WORN, ANY)[min(n % config.views, 2)]
        image, places[n, 4:] = random_view(items[int(index)], items[int(rng.choice(grounds))], config, rng, kind)
        images.append(image)
    truth = np.stack([items.garments[indices], items.items[indices]], 1)
    return {"image": np.stack(images).astype(np.float32), "place": places}, truth.astype(np.int32)


def _decoded(content: bytes, mode: int) -> np.ndarray:
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), mode)
    assert pixels is not None  # as the store wrote it
    return pixels


def _dataset(batches: Callable[[], Iterator], config: EmbedderConfig) -> "tf.data.Dataset":
    import tensorflow as tf

    inputs = {
        "image": tf.TensorSpec((config.batch, config.size, config.size, 3), tf.float32),
        "place": tf.TensorSpec((config.batch, 8), tf.float32),
    }
    signature = (inputs, tf.TensorSpec((config.batch, 2), tf.int32))
    return tf.data.Dataset.from_generator(batches, output_signature=signature).prefetch(2)
