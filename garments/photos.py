"""Finding and decoding the photos of a folder, safely: a file that cannot be used is a PhotoError in plain words."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageOps, UnidentifiedImageError
from tqdm import tqdm

from garments.types import Photo

SYSTEM_FILES = {"thumbs.db", "desktop.ini", "icon\r"}
LARGEST_SIDE = 1600  # pixels kept in memory; JPEGs are decoded at a reduced size where that saves work
SMALLEST_SIDE = 8


class PhotoError(Exception):
    """A file that cannot be used as a photo: why, and what the user can do."""

    def __init__(self, reason: str, remedy: str):
        super().__init__(reason)
        self.reason, self.remedy = reason, remedy


def find_files(folder: Path, leave_out: Path | None = None) -> Iterator[Path]:
    """The files of a folder and its sub-folders, sorted; hidden and system files and `leave_out` are passed over."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name.lower() in SYSTEM_FILES or path == leave_out:
            continue
        if path.is_dir():
            if not path.is_symlink():
                yield from find_files(path, leave_out)
        else:
            yield path


def read_photo(path: Path, folder: Path | None = None, largest_side: int = LARGEST_SIDE) -> tuple[Photo, np.ndarray]:
    """Decode a photo upright.

    Args:
        path: the file.
        folder: the photo's id is its path relative to this folder; by default the name of the file.
        largest_side: pixels are shrunk to this longest side; boxes still count in the photo's own pixels.

    Returns:
        The Photo with its full upright size, and (h, w, 3) uint8 RGB pixels.

    Raises:
        PhotoError: the file cannot be used.
    """
    try:
        with Image.open(path) as image:
            size = _upright_size(image)
            if min(size) < SMALLEST_SIDE:
                raise PhotoError(
                    f"only {size[0]} x {size[1]} pixels", f"give at least {SMALLEST_SIDE} x {SMALLEST_SIDE}"
                )
            if image.format == "JPEG":
                image.draft("RGB", (largest_side, largest_side))
            image.load()
            pixels = _rgb(ImageOps.exif_transpose(image))
    except UnidentifiedImageError as error:
        raise PhotoError("not an image that Pillow can read", "convert it to JPEG or PNG, or remove it") from error
    except Image.DecompressionBombError as error:
        raise PhotoError("more pixels than is safe to decode", "shrink the photo") from error
    except PermissionError as error:
        raise PhotoError("no permission to read it", "allow reading the file") from error
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise PhotoError(f"damaged: {error}", "get the photo again from where it came") from error
    scale = min(1.0, largest_side / max(pixels.size))
    if scale < 1:
        pixels = pixels.resize([max(1, round(side * scale)) for side in pixels.size], Image.Resampling.BOX)
    name = path.relative_to(folder).as_posix() if folder else path.name
    return Photo(path, name, *size), np.asarray(pixels)


def encode(pixels: np.ndarray, kind: str, **options) -> bytes:
    """The pixels as the bytes of an image file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


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


def _upright_size(image: Image.Image) -> tuple[int, int]:
    """(width, height) after EXIF rotation, without decoding."""
    turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    return image.size[::-1] if turned else image.size


def _rgb(image: Image.Image) -> Image.Image:
    """RGB; what is transparent becomes white, 16-bit grey is scaled to 8."""
    if image.mode.startswith("I;16") or image.mode == "I":
        return Image.fromarray((np.asarray(image, np.float32) / 257).clip(0, 255).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")
