"""A Table -> the TFRecords that the Model Garden reads."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from tqdm import tqdm

from detector.classes import class_numbers
from detector.composites import Labelled, paste
from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import PARTS
from photos.label_maps import read_label_map
from photos.reading import encode

NO_LABEL = 255


def write_records(
    table: Table, path: Path, size: tuple[int, int], categories: bool = False, composites: int = 0, seed: int = 0
) -> int:
    """Write a TFRecord file with the boxed photos of a Table, shrunk to fit `size`.

    Args:
        table: photos without a boxed garment of a known part are left out.
        path: the file to write; it appears only when it is complete.
        size: (height, width) the photos are shrunk to fit, keeping their shape.
        categories: write the categories of garments as their classes, see `classes.class_numbers`.
        composites: how many copy-paste photos to add for each photo that has a label map.
        seed: of the composites.

    Returns:
        The number of records written.
    """
    import tensorflow as tf

    path.parent.mkdir(parents=True, exist_ok=True)
    boxed = table.garments[table.garments["part"].isin(PARTS) & table.garments["x_min"].notna()]
    of_photo = dict(list(boxed.groupby("photo")))
    photos = table.photos[table.photos["photo"].isin(of_photo)]
    labelled = photos[photos["label_map"] != ""]
    rng = np.random.default_rng(seed)
    count, unfinished = 0, path.with_suffix(".part")
    with tf.io.TFRecordWriter(str(unfinished)) as writer:
        for photo in tqdm(list(photos.itertuples()), desc=path.stem):
            garments = of_photo[photo.photo]
            pixels, shrunk = shrink(photo.path, size)
            boxes = garments[BOX_COLUMNS].to_numpy(np.float32) * shrunk
            classes = class_numbers(garments, categories)
            label_map = shrunk_label_map(photo.label_map, pixels.shape[:2])
            writer.write(example(count, pixels, boxes, classes, label_map))
            count += 1
            for _ in range(composites if photo.label_map else 0):
                other = next(labelled.sample(1, random_state=rng).itertuples())
                base = Labelled(pixels, label_map, mask_classes(garments, categories))
                guest = _labelled(other, of_photo[other.photo], size, categories)
                both, boxes_both, classes_both = paste(base, guest, rng)
                writer.write(example(count, both.pixels, boxes_both, classes_both, both.label_map))
                count += 1
    unfinished.rename(path)
    return count


def shrink(path: str, size: tuple[int, int]) -> tuple[np.ndarray, float]:
    """An upright photo shrunk to fit (height, width), as (H, W, 3) uint8, and the factor it was shrunk by (<= 1)."""
    with Image.open(path) as image:
        image = ImageOps.exif_transpose(image).convert("RGB")
    factor = min(1.0, size[0] / image.height, size[1] / image.width)
    fitted = max(1, round(image.width * factor)), max(1, round(image.height * factor))
    return np.asarray(image.resize(fitted, Image.Resampling.BILINEAR)), factor


def shrunk_label_map(path: str, shape: tuple[int, int]) -> np.ndarray:
    """The label map at `path` in a photo's shrunk (height, width); all NO_LABEL where the photo has none."""
    if not path:
        return np.full(shape, NO_LABEL, np.uint8)
    image = Image.fromarray(read_label_map(path))
    return np.asarray(image.resize(shape[::-1], Image.Resampling.NEAREST))


def mask_classes(garments, categories: bool) -> dict[int, int]:
    """{value in the label map: class number} of a photo's garments."""
    pairs = zip(garments["mask_value"], class_numbers(garments, categories), strict=True)
    return {int(value): int(number) for value, number in pairs if value >= 0}


def _labelled(photo, garments, size, categories) -> Labelled:
    pixels, _ = shrink(photo.path, size)
    return Labelled(pixels, shrunk_label_map(photo.label_map, pixels.shape[:2]), mask_classes(garments, categories))


def example(
    number: int, pixels: np.ndarray, boxes_xyxy: np.ndarray, classes: np.ndarray, label_map: np.ndarray
) -> bytes:
    """A serialised tf.train.Example as the Model Garden reads it: boxes in 0..1, the source id a number."""
    import tensorflow as tf

    height, width = pixels.shape[:2]
    x_min, y_min, x_max, y_max = (boxes_xyxy / [width, height, width, height]).clip(0, 1).T
    features = {
        "image/encoded": [encode(pixels, "JPEG", quality=92)],
        "image/source_id": [str(number).encode()],
        "image/height": [height],
        "image/width": [width],
        "image/object/bbox/xmin": x_min,
        "image/object/bbox/xmax": x_max,
        "image/object/bbox/ymin": y_min,
        "image/object/bbox/ymax": y_max,
        "image/object/class/label": classes,
        "image/segmentation/class/encoded": [encode(label_map, "PNG")],
    }
    return tf.train.Example(
        features=tf.train.Features(feature={key: _feature(values) for key, values in features.items()})
    ).SerializeToString()


def _feature(values):
    import tensorflow as tf

    if isinstance(values, list) and isinstance(values[0], bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
    if np.issubdtype(np.asarray(values).dtype, np.integer):
        return tf.train.Feature(int64_list=tf.train.Int64List(value=values))
    return tf.train.Feature(float_list=tf.train.FloatList(value=values))
