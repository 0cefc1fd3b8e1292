import numpy as np
import pytest
from PIL import Image

from garments.draw import COLOURS, draw
from garments.photos import PhotoError, find_files, read_photo
from garments.types import Garments

PIXELS = np.random.default_rng(0).integers(0, 255, (60, 40, 3), dtype=np.uint8)
UPRIGHT = {1: 0, 3: 2, 6: 3, 8: 1}  # EXIF orientation -> quarter turns that undo it


@pytest.mark.parametrize("orientation, turns", UPRIGHT.items())
def test_photos_are_turned_upright(tmp_path, orientation, turns):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.rot90(PIXELS, -turns)).save(tmp_path / "a.png", exif=exif)
    photo, pixels = read_photo(tmp_path / "a.png", tmp_path)
    assert (photo.width, photo.height) == (40, 60) and photo.id == "a.png"
    assert np.array_equal(pixels, np.rot90(np.rot90(PIXELS, -turns), turns))


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1", "LA", "I;16"])
def test_every_mode_becomes_rgb(tmp_path, mode):
    image = Image.fromarray(PIXELS[..., 0].astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(PIXELS)
    image = image if mode == "I;16" else image.convert(mode)
    path = tmp_path / ("a.tif" if mode in ("CMYK", "I;16") else "a.png")
    image.save(path)
    assert read_photo(path, tmp_path)[1].shape == (60, 40, 3)


def test_large_photos_are_shrunk_but_keep_their_size(tmp_path):
    Image.new("RGB", (4000, 3000), "red").save(tmp_path / "large.jpg")
    photo, pixels = read_photo(tmp_path / "large.jpg", tmp_path, largest_side=1000)
    assert (photo.width, photo.height) == (4000, 3000) and pixels.shape == (750, 1000, 3)


@pytest.mark.parametrize(
    "content, reason", [(b"", "not an image"), (b"hello", "not an image"), ("truncated", "damaged"), ("tiny", "pixels")]
)
def test_what_cannot_be_used_is_said_in_words(tmp_path, content, reason):
    path = tmp_path / "bad.jpg"
    if content == "tiny":
        Image.new("RGB", (1, 1)).save(path)
    elif content == "truncated":
        Image.fromarray(PIXELS).resize((400, 600)).save(path)
        path.write_bytes(path.read_bytes()[:3000])
    else:
        path.write_bytes(content)
    with pytest.raises(PhotoError, match=reason) as error:
        read_photo(path, tmp_path)
    assert error.value.remedy


def test_files_are_found_in_sub_folders_but_not_hidden_or_left_out(tmp_path):
    for name in ("b.jpg", "a/c.jpg", ".hidden/d.jpg", ".e.jpg", "Thumbs.db", "out/f.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [p.relative_to(tmp_path).as_posix() for p in find_files(tmp_path, leave_out=tmp_path / "out")]
    assert found == ["a/c.jpg", "b.jpg"]


def test_drawing_puts_the_colour_of_the_part_on_the_box(tmp_path):
    Image.fromarray(PIXELS).save(tmp_path / "a.png")
    photo, pixels = read_photo(tmp_path / "a.png", tmp_path)
    garments = Garments(np.array([[5, 20, 35, 55]], np.float32), np.ones(1, np.float32), np.array(["lower"]))
    drawn = np.asarray(draw(photo, pixels, garments, ["jeans 0.9"]))
    assert drawn.shape == pixels.shape and tuple(drawn[55, 20]) == COLOURS["lower"]
    assert np.array_equal(drawn[:10], pixels[:10])
