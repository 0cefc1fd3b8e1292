"""Decoding one file with Pillow, upright, as RGB, at a bounded cost in time and memory."""

import io
import logging
import warnings
from pathlib import Path

import numpy as np
from PIL import Image

from photos.files import PhotoError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")  # MPO, which phones write, comes as JPEG
HEIF = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}  # brands in the first bytes of a file
RAW = {".cr2", ".cr3", ".nef", ".arw", ".dng", ".orf", ".rw2", ".raf", ".pef", ".srw"}
MIN_SIDE = 8  # pixels
MAX_ASPECT_RATIO = 50
MAX_PIXELS = 64_000_000  # held at once; a JPEG may have more, as it is decoded at a reduced size
MAX_READS = 1_000_000  # of a file; one made of tiny pieces takes more
MAX_SCANS = 30  # of a progressive JPEG; ten are usual
ORIENTATION = 0x0112  # EXIF's tag
UPRIGHT = {  # orientation -> what turns the photo upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
TOO_SLOW = "made so that decoding takes too long", "save it again as JPEG or PNG"

# Pillow's warnings about odd files are silenced; once, as threads share these settings
warnings.filterwarnings("ignore", module=r"PIL\.")
logging.getLogger("PIL").setLevel(logging.CRITICAL)


def decode(source: Path | bytes, largest_side: int, suffix: str = "") -> tuple[tuple[int, int], Image.Image]:
    """Decode a regular file.

    Args:
        source: the file, or its content.
        largest_side: pixels are shrunk to this longest side.
        suffix: the end of its name, where `source` is its content.

    Returns:
        The full upright (width, height), and the upright RGB image, shrunk.

    Raises:
        PhotoError: the photo is too small, too large or too slow.
        Exception: nearly any, as Pillow raises them on damaged files.
    """
    with _File(io.BytesIO(source) if isinstance(source, bytes) else io.FileIO(source)) as file:
        image = _open(file)
        size = image.size
        check_shape(size)
        if image.format == "TIFF" and (suffix if isinstance(source, bytes) else source.suffix).lower() in RAW:
            raise PhotoError("a camera's raw file, of which only a preview opens", "export it as JPEG")
        is_jpeg = image.format in ("JPEG", "MPO")
        if is_jpeg:
            image.draft(None, _fitted(size, largest_side))
        _check_cost(image, size, file)
        image.load()
        size = size if is_jpeg else image.size  # a TIFF turns itself as it is loaded
        return upright(image, size, largest_side)


def upright(image: Image.Image, size: tuple[int, int], largest_side: int) -> tuple[tuple[int, int], Image.Image]:
    """The full upright (width, height), and the upright RGB image, shrunk to the longest side, of a loaded image.

    Args:
        image: of any mode, perhaps already shrunk.
        size: its full (width, height).
        largest_side: pixels are shrunk to this longest side.
    """
    orientation = _orientation(image)
    image = _rgb(_shrunk(_averageable(image), _fitted(size, largest_side)))
    if orientation in UPRIGHT:
        image = image.transpose(UPRIGHT[orientation])
    return (size[::-1] if orientation >= 5 else size), image


class _File(io.BufferedReader):
    """A file that gives up after MAX_READS reads."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > MAX_READS:
            raise PhotoError(*TOO_SLOW)
        return super().read(size)


def _open(file: _File) -> Image.Image:
    head = file.peek(12)
    if head[4:8] == b"ftyp" and head[8:12] in HEIF:
        from pillow_heif import register_heif_opener

        register_heif_opener()
        return Image.open(file, formats=("AVIF", "HEIF"))
    return Image.open(file, formats=FORMATS)


def check_shape(size: tuple[int, int]) -> None:
    """Raise a PhotoError for a (width, height) with too few pixels to show a garment, or of a strip."""
    width, height = size
    if min(size) < MIN_SIDE:
        raise PhotoError(f"only {width} x {height} pixels", f"give at least {MIN_SIDE} x {MIN_SIDE}")
    if max(size) > MAX_ASPECT_RATIO * min(size):
        raise PhotoError(f"a strip of {width} x {height} pixels", "cut out the part that shows garments")


def _check_cost(image: Image.Image, size: tuple[int, int], file: _File) -> None:
    """Raise an error for an image that takes too much memory or time, before it is decoded."""
    is_progressive = "progressive" in image.info  # all coefficients are held, whatever size it is decoded at
    width, height = size if is_progressive else image.size
    if width * height > MAX_PIXELS:
        raise Image.DecompressionBombError
    if is_progressive and _scans(file) > MAX_SCANS:
        raise PhotoError(*TOO_SLOW)


def _scans(file: _File) -> int:
    file.seek(0)
    return file.read().count(b"\xff\xda")


def _fitted(size: tuple[int, int], largest_side: int) -> tuple[int, int]:
    scale = min(1.0, largest_side / max(size))
    width, height = (max(1, round(side * scale)) for side in size)
    return width, height


def _orientation(image: Image.Image) -> int:
    """EXIF's orientation, 1..8; 1 where the EXIF is missing or broken."""
    try:
        orientation = image.getexif().get(ORIENTATION, 1)
        return orientation if orientation in UPRIGHT else 1
    except Exception:  # Pillow raises almost anything on broken EXIF
        return 1


def _averageable(image: Image.Image) -> Image.Image:
    """The image in a mode whose pixels can be averaged: no palette, no colour that means transparent."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) // 257).astype(np.uint8))
    if image.mode == "LAB":
        raise PhotoError("its colours are stored as LAB", "save it again as RGB")
    if image.mode in ("1", "P", "PA") or "transparency" in image.info:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image


def _shrunk(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image if size == image.size else image.resize(size, Image.Resampling.BOX)


def _rgb(image: Image.Image) -> Image.Image:
    """RGB; transparent pixels become white, the maximum of floats is 1 or 255, that of long integers 65535."""
    if image.mode in ("F", "I"):
        values = np.nan_to_num(np.asarray(image, np.float32))
        maximum = 65535 if image.mode == "I" else 1 if values.max() <= 1 else 255
        image = Image.fromarray((values * (255 / maximum)).clip(0, 255).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image if image.mode == "RGB" else image.convert("RGB")


def upright_size(path: Path) -> tuple[tuple[int, int], int]:
    """((width, height) of a photo after it is turned upright, EXIF's orientation 1..8), without decoding it.

    Raises:
        PhotoError: it has too few pixels, or is a strip.
        Exception: nearly any, as Pillow raises them on damaged files.
    """
    with _File(io.FileIO(path)) as file:
        image = _open(file)
        check_shape(image.size)
        orientation = _orientation(image)
        is_turned = image.format == "TIFF"  # as it is opened
        return (image.size[::-1] if orientation >= 5 and not is_turned else image.size), orientation
