"""The pictures of a run: each photo with its garments drawn, its thumbnail on the page, and its garments cut out."""

import errno
import hashlib
import io
import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from garments.types import Garments, Photo
from photos.drawing import cutouts, draw
from photos.reading import encode, small_jpeg
from pipeline.files import prune, remove, remove_folder, write_whole
from segmenter.colours import as_image, overlay

PICTURE_SIDE = 1200
THUMBNAIL_SIDE = 560
SEGMENTS = "segments"
JPEG = {".jpg", ".jpeg"}
OTHERS = {".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif"}
NO_PLACE = {errno.ENAMETOOLONG, errno.EISDIR, errno.ENOTDIR, errno.EEXIST}


class Pictures:
    """Writes and removes the pictures of an output folder; thread-safe."""

    def __init__(self, out: Path, drawn: bool, cut: bool = False):
        """Args: out: the output folder; drawn, cut: whether to write pictures/ and cutouts/ besides the thumbnails."""
        self.out, self._drawn, self._cut = out, drawn, cut

    def save(self, photo: Photo, pixels: np.ndarray, garments: Garments, words: list[str]) -> None:
        """Write the pictures of a photo; `words` are the labels of its garments."""
        small = small_jpeg(pixels, THUMBNAIL_SIDE, quality=82)
        write_whole(self.out, self.out / thumbnail_name(photo.id), small)
        if self._cut:
            self._save_cutouts(photo, pixels, garments)
        if not self._drawn:
            return
        image = draw(photo, pixels, garments, words)
        image.thumbnail((PICTURE_SIDE, PICTURE_SIDE), Image.Resampling.BILINEAR)
        data = encode(np.asarray(image), "JPEG", quality=88)
        self._write_either(self.out / picture_name(photo.id), self.out / spare_name(photo.id), data)

    def _save_cutouts(self, photo: Photo, pixels: np.ndarray, garments: Garments) -> None:
        usual, spare = self._cutouts_of(photo.id)
        remove_folder(usual)
        for number, image in enumerate(cutouts(photo, pixels, garments)):
            data = encode(np.asarray(image), "PNG", compress_level=1)
            self._write_either(usual / f"{number}.png", spare / f"{number}.png", data)

    def save_classes(self, photo: Photo, pixels: np.ndarray, numbers: np.ndarray, classes: Sequence[str]) -> str:
        """Write the class of every pixel, and the photo with its classes drawn; returns the path of that in `out`.

        Args:
            photo: the photo.
            pixels: (h, w, 3) uint8, at any scale.
            numbers: (h, w) uint8, their classes.
            classes: the names of the numbers.
        """
        whole = as_image(numbers, classes).resize((photo.width, photo.height), Image.Resampling.NEAREST)
        content = io.BytesIO()
        whole.save(content, "PNG")
        shown = Image.fromarray(overlay(pixels, numbers, classes))
        shown.thumbnail((PICTURE_SIDE, PICTURE_SIDE), Image.Resampling.BILINEAR)
        drawn = encode(np.asarray(shown), "JPEG", quality=85)
        map_, map_spare, picture, spare = (self.out / path for path in _segments(photo.id))
        self._write_either(map_, map_spare, content.getvalue())
        named = self.out / SEGMENTS / "labels.csv"
        if not named.exists():
            lines = ["number,label", *(f"{number},{name}" for number, name in enumerate(classes)), ""]
            write_whole(self.out, named, "\n".join(lines).encode())
        return self._write_either(picture, spare, drawn).relative_to(self.out).as_posix()

    def _write_either(self, path: Path, spare: Path, data: bytes) -> Path:
        """Write a file; to the spare path where the file system has no place for the first. Returns its path."""
        try:
            write_whole(self.out, path, data)
            return path
        except OSError as error:
            if error.errno not in NO_PLACE:
                raise
            write_whole(self.out, spare, data)
            return spare

    def remove(self, name: str) -> None:
        """Remove the pictures of a file, if any."""
        for path in self._of(name):
            remove(path)
        for folder in self._cutouts_of(name):
            remove_folder(folder)

    def prune(self, name: str) -> None:
        """Remove the folders of a file's pictures that are empty; not while pictures are saved."""
        for path in [*self._of(name), *self._cutouts_of(name)]:
            prune(path, self.out)

    def _of(self, name: str) -> list[Path]:
        names = thumbnail_name(name), picture_name(name), spare_name(name), *_segments(name)
        return [self.out / path for path in names]

    def _cutouts_of(self, name: str) -> tuple[Path, Path]:
        """The folder of a photo's cut-outs, and the one to use where the file system cannot store its name."""
        return self.out / "cutouts" / name, self.out / "cutouts" / _key(name)


def thumbnail_name(name: str) -> str:
    """The path of a file's thumbnail in the output folder."""
    key = _key(name)
    return f"page/thumbnails/{key[:2]}/{key[2:]}.jpg"


def picture_name(name: str) -> str:
    """The path of a file's drawn photo: JPEGs keep their name, others get '.jpg' appended; always unique."""
    path = PurePosixPath(name)
    inner = PurePosixPath(path.stem).suffix.lower()
    if path.suffix.lower() in JPEG and inner not in OTHERS:
        return f"pictures/{name}"
    if path.suffix.lower() in OTHERS:
        return f"pictures/{name}.jpg"
    return f"pictures/{path.parent / path.name[:60]}~{_key(name)[:10]}.jpg"


def spare_name(name: str) -> str:
    """The path of the drawn photo if the file system cannot store its usual name."""
    return f"pictures/{_key(name)}.jpg"


def _segments(name: str) -> list[str]:
    """The paths of a file's label map and of the drawn one, each before the one to use where it cannot be stored."""
    maps, overlays, key = f"{SEGMENTS}/maps", f"{SEGMENTS}/overlays", _key(name)
    return [f"{maps}/{name}.png", f"{maps}/{key}.png", f"{overlays}/{name}.jpg", f"{overlays}/{key}.jpg"]


def _key(name: str) -> str:
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:20]
