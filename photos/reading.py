"""Reading photos: a file that cannot be used raises a PhotoError with a reason and a remedy."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image, UnidentifiedImageError
from tqdm import tqdm

from garments.types import Photo
from photos.decoding import RAW, check_shape, decode, upright
from photos.files import EMPTY, PhotoError, check_file, find_files, photo_error, photo_name

__all__ = [
    "LARGEST_SIDE", "PhotoError", "encode", "explain", "find_files", "photo_name",
    "read_bytes", "read_image", "read_photo", "read_photos", "small_jpeg",
]  # fmt: skip

LARGEST_SIDE = 1600  # pixels kept in memory
VIDEO = {".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".3gp", ".mpg", ".mpeg", ".wmv"}
DOCUMENT = {".pdf", ".ps", ".eps", ".svg", ".ai", ".psd", ".doc", ".docx", ".ppt", ".pptx"}


def read_photo(path: Path, folder: Path | None = None, largest_side: int = LARGEST_SIDE) -> tuple[Photo, np.ndarray]:
    """Decode a photo upright; of several frames or pages, the first.

    Args:
        path: the file.
        folder: the photo's id is its path relative to this folder; by default the name of the file.
        largest_side: pixels are shrunk to this longest side; boxes stay in the photo's own pixels.

    Returns:
        The Photo with its full upright size, and (h, w, 3) uint8 RGB pixels.

    Raises:
        PhotoError: the file cannot be used.
    """
    name = photo_name(path, folder)

    def decoded() -> tuple[tuple[int, int], Image.Image]:
        name.encode()
        check_file(path)
        return decode(path, largest_side)

    return _photo(decoded, name, path)


def read_bytes(content: bytes, name: str, largest_side: int = LARGEST_SIDE) -> tuple[Photo, np.ndarray]:
    """As `read_photo`, for the content of a file; `name` becomes the photo's id.

    Raises:
        PhotoError: it cannot be used.
    """

    def decoded() -> tuple[tuple[int, int], Image.Image]:
        if not content:
            raise PhotoError(*EMPTY)
        return decode(content, largest_side, Path(name).suffix)

    return _photo(decoded, name)


def read_image(image: Image.Image, name: str, largest_side: int = LARGEST_SIDE) -> tuple[Photo, np.ndarray]:
    """As `read_photo`, for an image of Pillow, turned upright by its EXIF; `name` becomes the photo's id.

    Raises:
        PhotoError: it cannot be used.
    """

    def decoded() -> tuple[tuple[int, int], Image.Image]:
        check_shape(image.size)
        image.load()
        return upright(image, image.size, largest_side)

    return _photo(decoded, name)


def _photo(
    decoded: Callable[[], tuple[tuple[int, int], Image.Image]], name: str, path: Path = Path()
) -> tuple[Photo, np.ndarray]:
    """The photo and its pixels; any error is raised as a PhotoError."""
    try:
        size, image = decoded()
        return Photo(path, name, *size), np.asarray(image)
    except Exception as error:  # Pillow raises almost anything on damaged files
        problem = explain(error, path if path.name else Path(name))
    raise problem  # a new error, outside of the handler: the first one keeps all pixels in memory


def explain(error: Exception, path: Path) -> PhotoError:
    """Any error of reading a photo as a new PhotoError."""
    match error:
        case PhotoError():
            return PhotoError(error.reason, error.remedy)
        case UnicodeEncodeError():
            return PhotoError("its name is not valid UTF-8", "rename it")
        case UnidentifiedImageError():
            return _unsupported(path.suffix.lower())
        case Image.DecompressionBombError():
            return PhotoError("more pixels than is safe to decode", "save it as JPEG, or shrink it")
        case MemoryError():
            return PhotoError("not enough memory to decode it", "shrink the photo, or close other programs")
        case OSError() if error.errno:
            return photo_error(error, path)
    message = " ".join(str(error).split())[:100] or type(error).__name__
    if "Decompressed data too large" in message or "text chunks" in message:
        return PhotoError("its metadata unpacks to more than is safe", "save it again without metadata")
    return PhotoError(f"damaged: {message}", "get the photo again from its source")


def _unsupported(suffix: str) -> PhotoError:
    """The error of a file that is no image in a supported format."""
    if suffix in RAW:
        return PhotoError("a camera's raw file", "export it as JPEG")
    if suffix in VIDEO:
        return PhotoError("not an image but a video", "save a frame of it as JPEG")
    if suffix in DOCUMENT:
        return PhotoError("not an image but a document", "export it as JPEG")
    return PhotoError("not an image in a supported format", "convert it to JPEG or PNG, or remove it")


def encode(pixels: np.ndarray, image_format: str, **options: Any) -> bytes:
    """The pixels as the bytes of an image file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, image_format, **options)
    return buffer.getvalue()


def small_jpeg(pixels: np.ndarray, side: int, quality: int) -> bytes:
    """The pixels as a JPEG, shrunk to this longest side."""
    small = Image.fromarray(pixels)
    small.thumbnail((side, side), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return encode(np.asarray(small), "JPEG", quality=quality)


def read_photos(photos: pd.DataFrame, problems: list[dict], batch: int = 8) -> Iterator[list[tuple]]:
    """Batches of (row, Photo, pixels) for the photos of a Table, with a progress bar.

    Args:
        photos: rows with `photo` and `path`.
        problems: photos that cannot be read are appended here, as rows of a Table's problems.
        batch: photos at a time.
    """
    with tqdm(total=len(photos), unit="photo", disable=None) as progress:
        for start in range(0, len(photos), batch):
            read = []
            for row in photos.iloc[start : start + batch].itertuples():
                try:
                    read.append((row, *read_photo(Path(row.path))))
                except PhotoError as error:
                    problems.append({"file": row.photo, "reason": error.reason, "remedy": error.remedy})
                progress.update()
            yield read
