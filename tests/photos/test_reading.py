import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from garments.types import Garments
from photos.drawing import COLOURS, draw
from photos.reading import PhotoError, read_photo
from samples.hostile import BAD, GOOD, make

PIXELS = np.random.default_rng(0).integers(0, 255, (60, 40, 3), dtype=np.uint8)
PHOTO = Image.fromarray(PIXELS)
UPRIGHT = {  # EXIF orientation -> the stored pixels turned upright
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, 1),
}


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp"])
@pytest.mark.parametrize("orientation, turn", UPRIGHT.items())
def test_photos_are_turned_upright(tmp_path, suffix, orientation, turn):
    path, exif = tmp_path / f"a.{suffix}", Image.Exif()
    exif[0x0112] = orientation
    PHOTO.save(path, exif=exif, **({"lossless": True} if suffix == "webp" else {}))
    stored = PIXELS if suffix != "jpg" else np.asarray(Image.open(path))
    photo, pixels = read_photo(path, tmp_path)
    assert np.array_equal(pixels, turn(stored)) and photo.id == path.name
    assert (photo.width, photo.height) == pixels.shape[1::-1]


def test_a_large_photo_on_its_side_is_turned_and_keeps_its_size(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (4001, 4000), "red").save(tmp_path / "a.jpg", exif=exif)
    photo, pixels = read_photo(tmp_path / "a.jpg", largest_side=1000)
    assert (photo.width, photo.height) == (4000, 4001) and pixels.shape == (1000, 1000, 3)


@pytest.mark.parametrize("name", GOOD)
def test_supported_files_are_read(tmp_path, name):
    path = make(name, tmp_path, PHOTO)
    photo, pixels = read_photo(path, tmp_path)
    assert (tmp_path / photo.id).samefile(path)
    assert pixels.shape == (photo.height, photo.width, 3) and sorted(pixels.shape[:2]) == [40, 60]
    assert pixels.dtype == np.uint8 and pixels.std() > 20


@pytest.mark.parametrize("name", ["16-bit grey", "16-bit RGB", "alpha", "PNG named .jpg", "PNG, animated", "BMP"])
def test_pixels_stored_without_loss_come_back(tmp_path, name):
    expected = np.asarray(PHOTO.convert("L" if "grey" in name else "RGB").convert("RGB"))
    assert np.array_equal(read_photo(make(name, tmp_path, PHOTO))[1], expected)


@pytest.mark.parametrize("name", ["GIF, animated", "WebP, animated", "TIFF of several pages", "MPO", "HEIC", "AVIF"])
def test_the_first_frame_is_read(tmp_path, name):
    smooth = PHOTO.resize((4, 6)).resize((40, 60), Image.Resampling.BILINEAR)
    error = np.abs(read_photo(make(name, tmp_path, smooth))[1].astype(int) - smooth)
    assert error.mean() < 8


@pytest.mark.parametrize("name", BAD)
def test_unusable_files_are_reported(tmp_path, name):
    try:
        path = make(name, tmp_path, PHOTO.resize((400, 600)))
    except OSError as error:
        pytest.skip(f"this user or system cannot make one: {error}")
    with pytest.raises(PhotoError) as raised:
        read_photo(path, tmp_path)
    assert raised.value.reason.startswith(BAD[name].reason) and raised.value.remedy
    assert "\n" not in raised.value.reason and str(tmp_path) not in raised.value.reason


def test_an_error_does_not_keep_the_pixels(tmp_path):
    with pytest.raises(PhotoError) as error:
        read_photo(make("truncated JPEG", tmp_path, PHOTO.resize((400, 600))))
    assert error.value.__context__ is None


@pytest.mark.parametrize(
    "problem", [PermissionError(13, ""), FileNotFoundError(2, ""), OSError(5, ""), OSError(24, "")]
)
def test_errors_of_the_system_are_reported(tmp_path, monkeypatch, problem):
    reasons = {13: "no permission", 2: "no longer there", 5: "Input/output error", 24: "too many files"}
    PHOTO.save(tmp_path / "a.png")

    def refuse(*_):
        raise problem

    monkeypatch.setattr("photos.decoding.io.FileIO", refuse)
    with pytest.raises(PhotoError, match=reasons[problem.errno]):
        read_photo(tmp_path / "a.png")


def test_too_little_memory_is_reported(tmp_path, monkeypatch):
    PHOTO.save(tmp_path / "a.png")

    def full(_):
        raise MemoryError

    monkeypatch.setattr("photos.decoding._rgb", full)
    with pytest.raises(PhotoError, match="memory"):
        read_photo(tmp_path / "a.png")


def test_a_file_of_tiny_pieces_is_refused(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8" + b"\xff" * 2_000_000)
    with pytest.raises(PhotoError, match="too long"):
        read_photo(tmp_path / "a.jpg")


def test_warnings_of_pillow_are_silenced(tmp_path):
    path = make("header of a JPEG alone", tmp_path, PHOTO)
    code = f"from photos.reading import *; from pathlib import Path; read_photo(Path({str(path)!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "PhotoError: damaged" in done.stderr and "Warning" not in done.stderr


def test_what_is_transparent_is_white_at_any_size(tmp_path):
    clear = Image.new("RGBA", (100, 100), (255, 0, 0, 0))
    clear.save(tmp_path / "a.png")
    for side in (100, 10):
        assert (read_photo(tmp_path / "a.png", largest_side=side)[1] == 255).all()


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1", "LA", "I;16", "I;16B", "I", "F"])
def test_every_mode_becomes_rgb(tmp_path, mode):
    deep = {"I;16": np.uint16, "I;16B": ">u2", "I": np.int32, "F": np.float32}
    image = PHOTO.convert("L" if mode in deep else mode)
    if mode in deep:
        image = Image.fromarray((np.asarray(image, float) * (1 / 255 if mode == "F" else 257)).astype(deep[mode]))
    path = tmp_path / ("a.tif" if mode in ("CMYK", *deep) else "a.png")
    image.save(path)
    for side in (60, 30):
        pixels = read_photo(path, tmp_path, side)[1]
        assert pixels.shape == (side, side * 2 // 3, 3) and pixels.std() > 10
    if mode in deep:
        assert np.abs(read_photo(path)[1][..., 0].astype(int) - np.asarray(PHOTO.convert("L"))).max() <= 1


def test_large_photos_are_shrunk_but_keep_their_size(tmp_path):
    Image.new("RGB", (4000, 3000), "red").save(tmp_path / "large.jpg")
    photo, pixels = read_photo(tmp_path / "large.jpg", tmp_path, largest_side=1000)
    assert (photo.width, photo.height) == (4000, 3000) and pixels.shape == (750, 1000, 3)


def test_drawing_puts_the_colour_of_the_part_on_the_box(tmp_path):
    Image.fromarray(PIXELS).save(tmp_path / "a.png")
    photo, pixels = read_photo(tmp_path / "a.png", tmp_path)
    pixels = np.tile(pixels, (10, 10, 1))  # large enough not to be enlarged
    garments = Garments(np.array([[5, 20, 35, 55]], np.float32), np.ones(1, np.float32), np.array(["lower"]))
    drawn = np.asarray(draw(photo, pixels, garments, ["jeans 0.9"]))
    assert drawn.shape == pixels.shape and tuple(drawn[550, 200]) == COLOURS["lower"]
    assert np.array_equal(drawn[:100], pixels[:100])
