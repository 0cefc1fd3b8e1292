"""Unusual and broken files that a folder of photos may hold: GOOD ones are readable, BAD ones have a known error."""

import io
import os
import socket
import stat
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, PngImagePlugin

Maker = Callable[[Path, Image.Image], object]


@dataclass(frozen=True)
class Case:
    """A test file.

    Attributes:
        name: file name with a placeholder for a number, {n}.
        make: writes the file at a path, from a photo.
        reason: how the PhotoError starts; None if the photo can be read.
    """

    name: str
    make: Maker
    reason: str | None = None


def image_bytes(image: Image.Image, file_format: str, **options: Any) -> bytes:
    """The bytes of an image file."""
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def saved(file_format: str, mode: str = "RGB", **options: Any) -> Maker:
    """Saves the photo in a format and mode."""
    return lambda path, photo: path.write_bytes(image_bytes(photo.convert(mode), file_format, **options))


def content(make: Callable[[Image.Image], bytes]) -> Maker:
    """Writes bytes made from the photo."""
    return lambda path, photo: path.write_bytes(make(photo))


def frames(file_format: str) -> Maker:
    """Three frames or pages: the photo, then its negative, twice."""

    def make(photo: Image.Image) -> bytes:
        negative = Image.eval(photo, lambda value: 255 - value)
        return image_bytes(photo, file_format, save_all=True, append_images=[negative, negative.copy()])

    return content(make)


def turned(orientation: int) -> Maker:
    """The photo with an EXIF orientation."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved("JPEG", exif=exif)


def png_chunk(name: bytes, data: bytes) -> bytes:
    """A chunk of a PNG file."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


@lru_cache
def png_of_nothing(width: int, height: int, extra: bytes = b"") -> bytes:
    """A small file of many black pixels, one bit each."""
    packer, lines = zlib.compressobj(9), bytearray()
    for _ in range(height):
        lines += packer.compress(bytes((width + 7) // 8 + 1))
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    data = png_chunk(b"IDAT", bytes(lines) + packer.flush())
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + extra + data + png_chunk(b"IEND", b"")


def many_scans(photo: Image.Image) -> bytes:
    """A progressive JPEG whose last scan is repeated 500 times."""
    whole = image_bytes(photo, "JPEG", progressive=True)
    last = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + 500 * last + whole[-2:]


def text_bomb(photo: Image.Image) -> bytes:
    """A PNG with a text of 64 MB in 64 kB."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "a" * 2**26, zip=True)
    return image_bytes(photo, "PNG", pnginfo=text)


def deep_png(photo: Image.Image) -> bytes:
    """16 bits a channel."""
    return cv2.imencode(".png", np.asarray(photo)[..., ::-1].astype(np.uint16) * 257)[1].tobytes()


def deep_grey(photo: Image.Image) -> bytes:
    """16 bits of grey."""
    return image_bytes(Image.fromarray(np.asarray(photo.convert("L")).astype(np.uint16) * 257), "PNG")


def heic(photo: Image.Image) -> bytes:
    """As phones write it."""
    from pillow_heif import from_pillow

    buffer = io.BytesIO()
    from_pillow(photo).save(buffer, quality=90)
    return buffer.getvalue()


def at_socket(path: Path, _: Image.Image) -> None:
    """A socket; its address is limited to 107 bytes, so it goes through a link to the folder."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)


def without_permission(path: Path, photo: Image.Image) -> None:
    """A file without read permission (root can still read it)."""
    saved("JPEG")(path, photo)
    path.chmod(0)


def nested(path: Path, photo: Image.Image) -> None:
    """A photo three hundred folders below the parent of the path."""
    deep = path.parent.joinpath(path.stem, *["deeper"] * 300)
    deep.mkdir(parents=True)
    saved("JPEG")(deep / path.name, photo)


JPEG = saved("JPEG", quality=90)
GOOD = {
    "PNG named .jpg": Case("{n}.jpg", saved("PNG")),
    "JPEG without extension": Case("{n}", JPEG),
    "CMYK": Case("{n}.jpg", saved("JPEG", "CMYK")),
    "CMYK TIFF": Case("{n}.tif", saved("TIFF", "CMYK")),
    "16-bit grey": Case("{n}.png", content(deep_grey)),
    "16-bit RGB": Case("{n}.png", content(deep_png)),
    "palette": Case("{n}.png", saved("PNG", "P")),
    "alpha": Case("{n}.png", saved("PNG", "RGBA")),
    "grey with alpha": Case("{n}.png", saved("PNG", "LA")),
    "greyscale": Case("{n}.jpg", saved("JPEG", "L")),
    "1-bit": Case("{n}.png", saved("PNG", "1")),
    "BMP": Case("{n}.bmp", saved("BMP")),
    "GIF, animated": Case("{n}.gif", frames("GIF")),
    "PNG, animated": Case("{n}.png", frames("PNG")),
    "WebP, animated": Case("{n}.webp", frames("WEBP")),
    "TIFF of several pages": Case("{n}.tiff", frames("TIFF")),
    "MPO": Case("{n}.jpg", frames("MPO")),
    "progressive JPEG": Case("{n}.jpg", saved("JPEG", progressive=True)),
    "WebP": Case("{n}.webp", saved("WEBP", quality=95)),
    "AVIF": Case("{n}.avif", saved("AVIF", quality=90)),
    "HEIC": Case("{n}.heic", content(heic)),
    "broken EXIF": Case("{n}.jpg", saved("JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12\xff\xff")),
    "broken ICC profile": Case("{n}.jpg", saved("JPEG", icc_profile=b"no profile" * 9)),
    "broken ICC profile in a PNG": Case("{n}.png", saved("PNG", icc_profile=b"no profile" * 9)),
    **{f"EXIF orientation {number}": Case("{n}.jpg", turned(number)) for number in range(1, 9)},
    "newline in the name": Case("{n} a\nb.jpg", JPEG),
    "carriage return in the name": Case("{n} a\rb.jpg", JPEG),
    "quotes and commas in the name": Case("{n} \"a\", 'b',.jpg", JPEG),
    "<script> in the name": Case("{n} <script>alert(1)<!-- &amp;.jpg", JPEG),
    "255 characters in the name": Case("{n:0>251}.jpg", JPEG),
    "name like a formula": Case("=HYPERLINK({n}).jpg", JPEG),
    "name that starts with a minus": Case("-{n}.jpg", JPEG),
    "name with blanks at both ends": Case(" {n}.jpg ", JPEG),
    "name with letters of many scripts": Case("{n} 衣服 á 👗 \u202egpj.jpg", JPEG),
    "three hundred folders deep": Case("{n}.jpg", nested),
}
BAD = {
    "truncated JPEG": Case("{n}.jpg", content(lambda p: (b := image_bytes(p, "JPEG"))[: len(b) // 2]), "damaged"),
    "truncated PNG": Case("{n}.png", content(lambda p: (b := image_bytes(p, "PNG"))[: len(b) // 2]), "damaged"),
    "header of a JPEG alone": Case("{n}.jpg", content(lambda p: image_bytes(p, "JPEG")[:30]), ""),
    "zero bytes": Case("{n}.jpg", content(lambda _: b""), "the file is empty"),
    "text named .jpg": Case("{n}.jpg", content(lambda _: b"not a photo\n"), "not an image"),
    "text": Case("{n}.txt", content(lambda _: b"notes\n"), "not an image"),
    "table": Case("{n}.csv", content(lambda _: b"a,b\n1,2\n"), "not an image"),
    "document": Case("{n}.pdf", content(lambda _: b"%PDF-1.4\n"), "not an image but a document"),
    "video": Case("{n}.mp4", content(lambda _: b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"), "not an image but a video"),
    "camera's raw file": Case("{n}.nef", saved("TIFF"), "a camera's raw file"),
    "PostScript": Case("{n}.eps", saved("EPS"), "not an image but a document"),
    "random bytes": Case("{n}.jpg", content(lambda p: p.tobytes()[:4000]), "not an image"),
    "decompression bomb": Case("{n}.png", content(lambda _: png_of_nothing(30_000, 30_000)), "more pixels than"),
    "smaller bomb": Case("{n}.png", content(lambda _: png_of_nothing(15_000, 9_000)), "more pixels than"),
    "bomb in the text of a PNG": Case("{n}.png", content(text_bomb), "its metadata unpacks"),
    "JPEG of 500 scans": Case("{n}.jpg", content(many_scans), "made so that decoding takes too long"),
    "40,000 x 10 pixels": Case("{n}.png", content(lambda _: png_of_nothing(40_000, 10)), "a strip of 40000 x 10"),
    "1 x 1 pixel": Case("{n}.png", content(lambda _: png_of_nothing(1, 1)), "only 1 x 1 pixels"),
    "LAB": Case(
        "{n}.tif", content(lambda _: image_bytes(Image.new("LAB", (40, 60)), "TIFF")), "its colours are stored as LAB"
    ),
    "pipe": Case("{n}.jpg", lambda path, _: os.mkfifo(path), "a pipe"),
    "socket": Case("{n}.jpg", at_socket, "a socket"),
    "device": Case("{n}.jpg", lambda path, _: os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5)), "a device"),
    "link to nothing": Case("{n}.jpg", lambda path, _: path.symlink_to("nowhere.jpg"), "a link to a file that is not"),
    "link to itself": Case("{n}.jpg", lambda path, _: path.symlink_to(path.name), "a link that leads back"),
    "name that is not UTF-8": Case("{n} caf\udce9.jpg", JPEG, "its name is not valid UTF-8"),
    "no permission": Case("{n}.jpg", without_permission, "no permission"),
    "bad one with a name like a formula": Case("=cmd|{n}.jpg", content(lambda _: b"no"), "not an image"),
    "bad one with a newline in its name": Case("{n}\n,\"<b>'.jpg", content(lambda _: b"no"), "not an image"),
}
NEEDS = {  # not available on every system
    "pipe": (os, "mkfifo"),
    "socket": (socket, "AF_UNIX"),
    "device": (os, "mknod"),
    "no permission": (os, "geteuid"),
}


def make(name: str, folder: Path, photo: Image.Image, number: int = 0) -> Path:
    """Make a file of GOOD or BAD in a folder, from an RGB photo; returns its path.

    Raises:
        OSError: this machine or user cannot make such a file.
    """
    case = (GOOD | BAD)[name]
    if name in NEEDS and not hasattr(*NEEDS[name]):
        raise OSError(f"this system has no {NEEDS[name][1]}")
    if name == "no permission" and os.geteuid() == 0:
        raise PermissionError("root may read any file")
    path = folder / case.name.format(n=number)
    case.make(path, photo)
    return next(folder.glob(f"{path.stem}/**/{path.name}")) if case.make is nested else path
