"""A Table -> pictures of garments, one size, in memory, with what each is a picture of."""

import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from PIL import Image

from engine.crops import Cutting
from engine.sampling import Sampler
from engine.store import store_crops
from garments.crowds import without_crowds
from garments.masks import decode, from_segmentation
from garments.types import Table
from generator.config import GeneratorConfig
from photos.crops import cut
from photos.foreground import foreground_mask
from photos.reading import PhotoError

if TYPE_CHECKING:
    import tensorflow as tf

WHITE = 255


@dataclass(frozen=True)
class PictureCutting(Cutting):
    """How pictures are cut: beyond the photo its last pixels go on, and the background may be white.

    Attributes:
        background: of `GeneratorConfig`.
    """

    background: str = "kept"

    def picture(
        self,
        pixels: np.ndarray,
        scale: float,
        region_xyxy: np.ndarray,
        label_map: np.ndarray | None,
        garment: pd.Series,
    ) -> np.ndarray:
        """As `Cutting.picture`.

        Raises:
            PhotoError: the background is to be white, and there is no mask.
        """
        if self.background == "white":
            mask = mask_of(pixels, scale, label_map, garment)
            pixels = np.where(mask[..., None], pixels, np.uint8(WHITE))
        region = region_xyxy * scale
        before = np.ceil(np.maximum(0, -region[:2])).astype(int)
        after = np.ceil(np.maximum(0, region[2:] - pixels.shape[1::-1])).astype(int)
        around = [(before[1], after[1]), (before[0], after[0]), (0, 0)]
        how = {"constant_values": WHITE} if self.background == "white" else {"mode": "edge"}
        return cut(np.pad(pixels, around, **how), region + np.tile(before, 2), self.side)


def mask_of(pixels: np.ndarray, scale: float, label_map: np.ndarray | None, garment: pd.Series) -> np.ndarray:
    """(h, w) bool: the pixels of a garment, by its outline, else its label map, else the foreground of the photo.

    Args:
        pixels: (h, w, 3) uint8 of the photo.
        scale: these pixels to a pixel of the photo.
        label_map: of the photo, or None.
        garment: its row of the Table.

    Raises:
        PhotoError: none of these is at hand.
    """
    outline = garment.get("segmentation")
    if isinstance(outline, dict | list) and outline:
        size = outline["size"] if isinstance(outline, dict) else [round(side / scale) for side in pixels.shape[:2]]
        mask = decode(from_segmentation(outline, *size))
    elif label_map is not None and garment["mask_value"] >= 0:
        mask = label_map == garment["mask_value"]
    else:
        found = foreground_mask(pixels)
        if found is None:
            raise PhotoError("no garment stands out from its background", "leave it out, or keep the background")
        mask = found
    return np.asarray(Image.fromarray(mask).resize(pixels.shape[1::-1]))


@dataclass(frozen=True)
class Pictures:
    """N pictures of garments.

    Attributes:
        images: (N, size, size, 3) uint8 RGB.
        categories: (N,) int32, the class of each; zeros without a condition.
        classes: how many pictures there are of each of the K parts or categories; none without a condition.
        garments: their N rows of the Table.
    """

    images: np.ndarray
    categories: np.ndarray
    classes: dict[str, int]
    garments: pd.DataFrame

    def __len__(self) -> int:
        return len(self.images)


def classes_of(table: Table, config: GeneratorConfig) -> dict[str, int]:
    """The parts or categories with `config.fewest` garments or more, with their number; none without a condition.

    Raises:
        ValueError: no part or category has so many.
    """
    if config.condition == "none":
        return {}
    names = table.garments[config.condition]
    counts = names[names != ""].value_counts()
    if not (counts >= config.fewest).any():
        raise ValueError(f"no {config.condition} has {config.fewest} garments: lower fewest, or set condition=none")
    return {str(name): int(counts[name]) for name in sorted(counts.index[counts >= config.fewest])}


def cut_pictures(table: Table, config: GeneratorConfig, folder: Path, classes: dict[str, int]) -> Pictures:
    """Cut out every garment of a Table but crowds; one without a box is assumed to fill its photo.

    Args:
        table: photos and garments.
        config: the settings.
        folder: of the crop store; pictures of the same data and settings are cut once.
        classes: the parts or categories to keep, as `classes_of` gives them; empty without a condition.

    Returns:
        Pictures; photos that cannot be used are reported on stderr and left out.
    """
    table = without_crowds(table)
    cutting = PictureCutting(config.size, config.context, 0, config.background == "white", config.background)
    store = store_crops(table, cutting, folder)
    for problem in store.problems:
        print("{file}: {reason}; {remedy}".format(**problem), file=sys.stderr)
    garments = table.garments.iloc[store.rows].reset_index(drop=True)
    names = garments[config.condition] if classes else pd.Series("", garments.index)
    numbers = {name: n for n, name in enumerate(classes or [""])}
    known = np.flatnonzero(names.isin(numbers))
    categories = names.iloc[known].map(numbers).to_numpy(np.int32)
    images = [np.asarray(Image.open(io.BytesIO(store.images[int(n)]))) for n in known]
    shape = (-1, config.size, config.size, 3)
    return Pictures(np.array(images, np.uint8).reshape(shape), categories, classes, garments.iloc[known])


def training_data(pictures: Pictures, config: GeneratorConfig, steps: int, first_round: int = 0) -> "tf.data.Dataset":
    """An endless tf.data.Dataset of batches (pictures, categories) from a round on; each second one is mirrored.

    Args:
        pictures: to draw from.
        config: the settings.
        steps: of a round.
        first_round: to start at, for a resumed run.
    """
    import tensorflow as tf

    sampler = Sampler(np.tile(pictures.categories, 2), config.sampling, steps * config.batch, config.seed)
    images, categories, count = tf.constant(pictures.images), tf.constant(pictures.categories), len(pictures)

    def picture(index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        image = images[index % count]
        return tf.where(index < count, image, image[:, ::-1]), categories[index % count]

    order = tf.data.Dataset.from_generator(
        lambda: sampler.endless(first_round), output_signature=tf.TensorSpec((), tf.int64)
    )
    return order.map(picture).batch(config.batch, drop_remainder=True).prefetch(2)
