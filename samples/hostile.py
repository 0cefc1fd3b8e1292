"""Files of every kind that can lie in a folder of photos: what can be read, and what must be told in words."""

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
class Kind:
    """A kind of file.

    Attributes:
        name: with a place for its number, {n}.
        make: writes the file at a path, from a photo.
        reason: how the PhotoError begins; None if the photo can be read.
    """

    name: str
    make: Maker
    reason: str | None = None


def image_bytes(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The bytes of an image file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def saved(kind: str, mode: str = "RGB", **options: Any) -> Maker:
    """Saves the photo in a format and mode."""
    return lambda path, photo: path.write_bytes(image_bytes(photo.convert(mode), kind, **options))


def content(make: Callable[[Image.Image], bytes]) -> Maker:
    """Writes bytes made from the photo."""
    return lambda path, photo: path.write_bytes(make(photo))


def frames(kind: str) -> Maker:
    """Three frames or pages: the photo, then its negative, twice."""

    def make(photo: Image.Image) -> bytes:
        negative = Image.eval(photo, lambda value: 255 - value)
        return image_bytes(photo, kind, save_all=True, append_images=[negative, negative.copy()])

    return content(make)


def turned(orientation: int) -> Maker:
    """The photo with an EXIF orientation, which turns it."""
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
    """A progressive JPEG whose last scan comes again and again."""
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
    """A socket; its address may be no longer than 107 bytes, so a link to the folder stands for the folder."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)


def without_permission(path: Path, photo: Image.Image) -> None:
    """Nobody may read it (root still may)."""
    saved("JPEG")(path, photo)
    path.chmod(0)


def nested(path: Path, photo: Image.Image) -> None:
    """A photo three hundred folders deep beside the path named."""
    deep = path.parent.joinpath(path.stem, *["deeper"] * 300)
    deep.mkdir(parents=True)
    saved("JPEG")(deep / path.name, photo)


JPEG = saved("JPEG", quality=90)
GOOD = {
    "PNG named .jpg": Kind("{n}.jpg", saved("PNG")),
    "JPEG without extension": Kind("{n}", JPEG),
    "CMYK": Kind("{n}.jpg", saved("JPEG", "CMYK")),
    "CMYK TIFF": Kind("{n}.tif", saved("TIFF", "CMYK")),
    "16-bit grey": Kind("{n}.png", content(deep_grey)),
    "16-bit RGB": Kind("{n}.png", content(deep_png)),
    "palette": Kind("{n}.png", saved("PNG", "P")),
    "alpha": Kind("{n}.png", saved("PNG", "RGBA")),
    "grey with alpha": Kind("{n}.png", saved("PNG", "LA")),
    "greyscale": Kind("{n}.jpg", saved("JPEG", "L")),
    "1-bit": Kind("{n}.png", saved("PNG", "1")),
    "BMP": Kind("{n}.bmp", saved("BMP")),
    "GIF, animated": Kind("{n}.gif", frames("GIF")),
    "PNG, animated": Kind("{n}.png", frames("PNG")),
    "WebP, animated": Kind("{n}.webp", frames("WEBP")),
    "TIFF of several pages": Kind("{n}.tiff", frames("TIFF")),
    "MPO": Kind("{n}.jpg", frames("MPO")),
    "progressive JPEG": Kind("{n}.jpg", saved("JPEG", progressive=True)),
    "WebP": Kind("{n}.webp", saved("WEBP", quality=95)),
    "AVIF": Kind("{n}.avif", saved("AVIF", quality=90)),
    "HEIC": Kind("{n}.heic", content(heic)),
    "broken EXIF": Kind("{n}.jpg", saved("JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12\xff\xff")),
    "broken ICC profile": Kind("{n}.jpg", saved("JPEG", icc_profile=b"no profile" * 9)),
    "broken ICC profile in a PNG": Kind("{n}.png", saved("PNG", icc_profile=b"no profile" * 9)),
    **{f"EXIF orientation {number}": Kind("{n}.jpg", turned(number)) for number in range(1, 9)},
    "newline in the name": Kind("{n} a\nb.jpg", JPEG),
    "carriage return in the name": Kind("{n} a\rb.jpg", JPEG),
    "quotes and commas in the name": Kind("{n} \"a\", 'b',.jpg", JPEG),
    "<script> in the name": Kind("{n} <script>alert(1)<!-- &amp;.jpg", JPEG),
    "255 characters in the name": Kind("{n:0>251}.jpg", JPEG),
    "name like a formula": Kind("=HYPERLINK({n}).jpg", JPEG),
    "name that starts with a minus": Kind("-{n}.jpg", JPEG),
    "name with blanks at both ends": Kind(" {n}.jpg ", JPEG),
    "name with letters of many scripts": Kind("{n} 衣服 á 👗 \u202egpj.jpg", JPEG),
    "three hundred folders deep": Kind("{n}.jpg", nested),
}
BAD = {
    "truncated JPEG": Kind("{n}.jpg", content(lambda p: (b := image_bytes(p, "JPEG"))[: len(b) // 2]), "damaged"),
    "truncated PNG": Kind("{n}.png", content(lambda p: (b := image_bytes(p, "PNG"))[: len(b) // 2]), "damaged"),
    "header of a JPEG alone": Kind("{n}.jpg", content(lambda p: image_bytes(p, "JPEG")[:30]), ""),
    "zero bytes": Kind("{n}.jpg", content(lambda _: b""), "the file is empty"),
    "text named .jpg": Kind("{n}.jpg", content(lambda _: b"not a photo\n"), "not an image"),
    "text": Kind("{n}.txt", content(lambda _: b"notes\n"), "not an image"),
    "table": Kind("{n}.csv", content(lambda _: b"a,b\n1,2\n"), "not an image"),
    "document": Kind("{n}.pdf", content(lambda _: b"%PDF-1.4\n"), "not an image but a document"),
    "video": Kind("{n}.mp4", content(lambda _: b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"), "not an image but a video"),
    "camera's raw file": Kind("{n}.nef", saved("TIFF"), "a camera's raw file"),
    "PostScript": Kind("{n}.eps", saved("EPS"), "not an image but a document"),
    "random bytes": Kind("{n}.jpg", content(lambda p: p.tobytes()[:4000]), "not an image"),
    "decompression bomb": Kind("{n}.png", content(lambda _: png_of_nothing(30_000, 30_000)), "more pixels than"),
    "smaller bomb": Kind("{n}.png", content(lambda _: png_of_nothing(15_000, 9_000)), "more pixels than"),
    "bomb in the text of a PNG": Kind("{n}.png", content(text_bomb), "its metadata unpacks"),
    "JPEG of 500 scans": Kind("{n}.jpg", content(many_scans), "made so that decoding takes too long"),
    "40,000 x 10 pixels": Kind("{n}.png", content(lambda _: png_of_nothing(40_000, 10)), "a strip of 40000 x 10"),
    "1 x 1 pixel": Kind("{n}.png", content(lambda _: png_of_nothing(1, 1)), "only 1 x 1 pixels"),
    "LAB": Kind(
        "{n}.tif", content(lambda _: image_bytes(Image.new("LAB", (40, 60)), "TIFF")), "its colours are stored as LAB"
    ),
    "pipe": Kind("{n}.jpg", lambda path, _: os.mkfifo(path), "a pipe"),
    "socket": Kind("{n}.jpg", at_socket, "a socket"),
    "device": Kind("{n}.jpg", lambda path, _: os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5)), "a device"),
    "link to nothing": Kind("{n}.jpg", lambda path, _: path.symlink_to("nowhere.jpg"), "a link to a file that is not"),
    "link to itself": Kind("{n}.jpg", lambda path, _: path.symlink_to(path.name), "a link that leads back"),
    "name that is not UTF-8": Kind("{n} caf\udce9.jpg", JPEG, "its name is not valid UTF-8"),
    "no permission": Kind("{n}.jpg", without_permission, "no permission"),
    "bad one with a name like a formula": Kind("=cmd|{n}.jpg", content(lambda _: b"no"), "not an image"),
    "bad one with a newline in its name": Kind("{n}\n,\"<b>'.jpg", content(lambda _: b"no"), "not an image"),
}
NEEDS = {  # what not every system has
    "pipe": (os, "mkfifo"),
    "socket": (socket, "AF_UNIX"),
    "device": (os, "mknod"),
    "no permission": (os, "geteuid"),
}


def make(kind: str, folder: Path, photo: Image.Image, number: int = 0) -> Path:
    """Make a file of a kind of GOOD or BAD in a folder, from an RGB photo; gives its path.

    Raises:
        OSError: this machine or user cannot make such a file.
    """
    found = (GOOD | BAD)[kind]
    if kind in NEEDS and not hasattr(*NEEDS[kind]):
        raise OSError(f"this system has no {NEEDS[kind][1]}")
    if kind == "no permission" and os.geteuid() == 0:
        raise PermissionError("root may read any file")
    path = folder / found.name.format(n=number)
    found.make(path, photo)
    return next(folder.glob(f"{path.stem}/**/{path.name}")) if found.make is nested else path
