"""Writes a Table as the TFRecords that the Model Garden reads."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from PIL import Image
from tqdm import tqdm

from detector.classes import class_numbers
from detector.composites import Labelled, paste
from garments.crowds import without_crowds
from garments.masks import decode, masks_of
from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import PARTS
from photos.label_maps import read_label_map
from photos.reading import PhotoError, encode, read_photo

if TYPE_CHECKING:
    import tensorflow as tf

NO_LABEL = 255
FULL_SIDE = 8000  # pixels; photos with a longer side are shrunk while decoding


class Record(NamedTuple):
    """What a record holds.

    Attributes:
        pixels: (H, W, 3) uint8.
        boxes_xyxy: (N, 4) in pixels.
        classes: (N,) class numbers.
        label_map: (H, W) uint8.
        masks: (N, H, W) bool, empty for a garment without an outline; None where masks are not learnt.
    """

    pixels: np.ndarray
    boxes_xyxy: np.ndarray
    classes: np.ndarray
    label_map: np.ndarray
    masks: np.ndarray | None = None


def write_records(
    table: Table,
    path: Path,
    size: tuple[int, int],
    categories: bool = False,
    composites: int = 0,
    seed: int = 0,
    masks: bool = False,
) -> int:
    """Write a TFRecord file with the boxed photos of a Table, shrunk to fit `size`.

    A photo that cannot be read is skipped; its name, the reason and the remedy go to stderr.

    Args:
        table: photos without a boxed garment of a known part are left out, as are crowds.
        path: the file to write; it appears only when it is complete.
        size: (height, width) the photos are shrunk to fit, keeping their shape.
        categories: write the categories of garments as their classes, see `classes.class_numbers`.
        composites: how many copy-paste photos to add for each photo that has a label map.
        seed: of the composites.
        masks: write the masks of garments too.

    Returns:
        The number of records written.
    """
    import tensorflow as tf

    path.parent.mkdir(parents=True, exist_ok=True)
    count, unfinished = 0, path.with_suffix(".part")
    photos = BoxedPhotos(table, size, categories, masks)
    with tf.io.TFRecordWriter(str(unfinished)) as writer:
        for record in photos.records(composites, np.random.default_rng(seed), path.stem):
            writer.write(example(count, record))
            count += 1
    unfinished.rename(path)
    return count


class BoxedPhotos:
    """The photos of a Table with a boxed garment of a known part, read as records."""

    def __init__(self, table: Table, size: tuple[int, int], categories: bool, masks: bool):
        """Args: as in `write_records`."""
        table = without_crowds(table)
        boxed = table.garments[table.garments["part"].isin(PARTS) & table.garments["x_min"].notna()]
        self.size, self.categories, self.masks = size, categories, masks
        self.skipped: set[str] = set()
        self.garments = dict(list(boxed.groupby("photo")))
        self.photos = table.photos[table.photos["photo"].isin(self.garments)]
        self.labelled = self.photos[self.photos["label_map"] != ""]

    def records(self, composites: int, rng: np.random.Generator, title: str) -> Iterator[Record]:
        """The record of each readable photo, followed by those of its composites, with a progress bar."""
        for photo in tqdm(list(self.photos.itertuples()), desc=title):
            if (record := self.read(photo)) is None:
                continue
            yield record
            base = self._labelled(photo, record)
            for _ in range(composites if photo.label_map else 0):
                both, boxes, classes, masks = paste(base, self._guest(rng), rng)
                yield Record(both.pixels, boxes, classes, both.label_map, masks if self.masks else None)

    def read(self, photo: Any) -> Record | None:
        """The record of a row of the photos; None, with a message on stderr, where its files cannot be read."""
        garments = self.garments[photo.photo]
        try:
            pixels, factor = shrink(Path(photo.path), self.size)
            label_map = shrunk_label_map(photo.label_map, pixels.shape[:2])
        except PhotoError as error:
            self._skip(photo, error)
            return None
        boxes = garments[BOX_COLUMNS].to_numpy(np.float32) * factor
        masks = shrunk_masks(garments, photo, pixels.shape[:2]) if self.masks else None
        return Record(pixels, boxes, class_numbers(garments, self.categories), label_map, masks)

    def _skip(self, photo: Any, error: PhotoError) -> None:
        """Report a photo once, and use it for no further composite."""
        if photo.photo not in self.skipped:
            self.skipped.add(photo.photo)
            self.labelled = self.labelled[self.labelled["photo"] != photo.photo]
            tqdm.write(f"{photo.path} is skipped: {error.reason}: {error.remedy}", file=sys.stderr)

    def _guest(self, rng: np.random.Generator) -> Labelled:
        """A random photo with a label map; there is one, as the photo it is pasted into has one."""
        while True:
            photo = next(self.labelled.sample(1, random_state=rng).itertuples())
            if (record := self.read(photo)) is not None:
                return self._labelled(photo, record)

    def _labelled(self, photo: Any, record: Record) -> Labelled:
        return Labelled(record.pixels, record.label_map, mask_classes(self.garments[photo.photo], self.categories))


def shrink(path: Path, size: tuple[int, int]) -> tuple[np.ndarray, float]:
    """An upright photo shrunk to fit (height, width), as (H, W, 3) uint8, and the scale factor (<= 1).

    Raises:
        PhotoError: the file cannot be used.
    """
    photo, pixels = read_photo(path, largest_side=FULL_SIDE)
    factor = min(1.0, size[0] / photo.height, size[1] / photo.width)
    fitted = max(1, round(photo.width * factor)), max(1, round(photo.height * factor))
    return np.asarray(Image.fromarray(pixels).resize(fitted, Image.Resampling.BILINEAR)), factor


def shrunk_label_map(path: str, shape: tuple[int, int]) -> np.ndarray:
    """The label map at `path` in a photo's shrunk (height, width); all NO_LABEL where the photo has none.

    Raises:
        PhotoError: the file cannot be used.
    """
    if not path:
        return np.full(shape, NO_LABEL, np.uint8)
    try:
        image = Image.fromarray(read_label_map(path))
    except (ValueError, OSError) as error:
        raise PhotoError(f"its label map {path} cannot be read ({error})", "get it again from its source") from error
    return np.asarray(image.resize(shape[::-1], Image.Resampling.NEAREST))


def shrunk_masks(garments: pd.DataFrame, photo: Any, shape: tuple[int, int]) -> np.ndarray:
    """(N, h, w) bool: the masks of a photo's garments in its shrunk size; empty where there is no outline."""
    rles = masks_of(garments, photo.height, photo.width)
    if rles is None:
        return np.zeros((len(garments), *shape), bool)
    resized = [Image.fromarray(decode(rle)).resize(shape[::-1], Image.Resampling.NEAREST) for rle in rles]
    return np.array([np.asarray(mask) for mask in resized])


def mask_classes(garments: pd.DataFrame, categories: bool) -> dict[int, int]:
    """{value in the label map: class number} of a photo's garments."""
    pairs = zip(garments["mask_value"], class_numbers(garments, categories), strict=True)
    return {int(value): int(number) for value, number in pairs if value >= 0}


def example(number: int, record: Record) -> bytes:
    """A serialised tf.train.Example as the Model Garden reads it: boxes in 0..1, the source id a number."""
    import tensorflow as tf

    height, width = record.pixels.shape[:2]
    x_min, y_min, x_max, y_max = (record.boxes_xyxy / [width, height, width, height]).clip(0, 1).T
    features = {
        "image/encoded": [encode(record.pixels, "JPEG", quality=92)],
        "image/source_id": [str(number).encode()],
        "image/height": [height],
        "image/width": [width],
        "image/object/bbox/xmin": x_min,
        "image/object/bbox/xmax": x_max,
        "image/object/bbox/ymin": y_min,
        "image/object/bbox/ymax": y_max,
        "image/object/class/label": record.classes,
        "image/segmentation/class/encoded": [encode(record.label_map, "PNG")],
    }
    if record.masks is not None:
        features["image/object/mask"] = [encode(mask.astype(np.uint8), "PNG") for mask in record.masks]
    return tf.train.Example(
        features=tf.train.Features(feature={key: _feature(values) for key, values in features.items()})
    ).SerializeToString(deterministic=True)


def _feature(values: Sequence[Any] | np.ndarray) -> "tf.train.Feature":
    import tensorflow as tf

    if isinstance(values, list) and isinstance(values[0], bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
    if np.issubdtype(np.asarray(values).dtype, np.integer):
        return tf.train.Feature(int64_list=tf.train.Int64List(value=values))
    return tf.train.Feature(float_list=tf.train.FloatList(value=values))
