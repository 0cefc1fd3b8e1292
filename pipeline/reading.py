"""Files and images in the pipeline, each with its pixels or the error why it cannot be used."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from garments.types import Photo
from photos.reading import PhotoError, read_bytes, read_image, read_photo
from pipeline.bucket import Bucket

CORES = int((os.environ.get("OMP_NUM_THREADS") or "0").partition(",")[0]) or os.cpu_count() or 1  # of this process
THREADS = max(2, CORES)
READING_AHEAD = 8 * THREADS  # photos
GROUP = 64  # photos that share batches of crops, and the largest batch of photos
Source = str | Path | bytes | Image.Image | np.ndarray


class Read(NamedTuple):
    """A photo with its pixels, (h, w, 3) uint8 RGB at any scale; or, with `error`, a file that cannot be used."""

    name: str
    photo: Photo | None
    pixels: np.ndarray | None
    error: PhotoError | None = None

    def opened(self) -> tuple[Photo, np.ndarray]:
        """The photo and its pixels.

        Raises:
            PhotoError: the file cannot be used.
        """
        if self.photo is None or self.pixels is None:
            raise self.error or ValueError(f"{self.name}: its pixels were dropped")
        return self.photo, self.pixels


def read_file(name: str, folder: Path | Bucket) -> Read:
    """Read a file of a folder or an object store."""
    if isinstance(folder, Bucket):
        return _read(name, lambda: read_bytes(folder.content(name), name))
    return _read(name, partial(read_photo, folder / name, folder))


def read_content(content: bytes, name: str) -> Read:
    """Read the content of a file of this name."""
    return _read(name, partial(read_bytes, content, name))


def read_source(source: Source | None, number: int = 0) -> Read:
    """Read an input of the API.

    Args:
        source: a path; the bytes of a file; a PIL image; or (H, W, 3) uint8 RGB pixels.
        number: for the name of a source without a path: 'photo-0'.

    Raises:
        TypeError, ValueError: it is none of these.
    """
    match source:
        case str() | Path():
            read = _read(str(source), partial(read_photo, Path(source)))
            return read._replace(photo=replace(read.photo, id=read.name)) if read.photo else read
        case bytes():
            return read_content(source, f"photo-{number}")
        case Image.Image():
            return _read(f"photo-{number}", partial(read_image, source, f"photo-{number}"))
        case np.ndarray():
            return _read(f"photo-{number}", partial(read_image, _image_of(source), f"photo-{number}"))
    raise TypeError(f"expected a path, bytes, a PIL image or an array, or a list of them, got {type(source).__name__}")


def in_batches(group: Iterable[Read], size: int) -> Iterator[tuple[list[Read], bool]]:
    """(batch, whether it is the last) of a group: each has `size` usable photos, the last at most `size`."""
    items = iter(group)
    batch: list[Read] = []
    item = next(items, None)
    while item is not None:
        batch.append(item)
        item = next(items, None)
        if item is None or sum(read.error is None for read in batch) == size:
            yield batch, item is None
            batch = []


def _read(name: str, read: Callable[[], tuple[Photo, np.ndarray]]) -> Read:
    try:
        return Read(name, *read())
    except PhotoError as error:
        return Read(name, None, None, PhotoError(error.reason, error.remedy, name))


def _image_of(pixels: np.ndarray) -> Image.Image:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ValueError(f"expected an array (H, W, 3) of uint8 in RGB, got {pixels.shape} of {pixels.dtype}")
    return Image.fromarray(pixels)
