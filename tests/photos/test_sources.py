"""Photos that come as bytes or as an image, not as a file."""

import io
import pickle

import numpy as np
import pytest
from PIL import Image

from photos.reading import PhotoError, encode, read_bytes, read_image, read_photo

PIXELS = np.random.default_rng(0).integers(0, 255, (40, 30, 3), dtype=np.uint8)


def test_bytes_are_read_as_the_file_they_are_of(tmp_path):
    (tmp_path / "a.png").write_bytes(content := encode(PIXELS, "PNG"))
    photo, pixels = read_bytes(content, "given")
    assert np.array_equal(pixels, read_photo(tmp_path / "a.png")[1])
    assert (photo.id, photo.width, photo.height) == ("given", 30, 40)


def test_large_photos_are_shrunk_and_keep_their_size():
    for read, source in ((read_bytes, encode(PIXELS, "PNG")), (read_image, Image.fromarray(PIXELS))):
        photo, pixels = read(source, "given", largest_side=20)
        assert (photo.width, photo.height) == (30, 40)
        assert pixels.shape == (20, 15, 3)


def test_an_image_is_turned_upright_and_made_rgb():
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (30, 20), 7).save(buffer := io.BytesIO(), "PNG", exif=exif)
    photo, pixels = read_image(Image.open(buffer), "given")
    assert (photo.width, photo.height) == (20, 30)
    assert pixels.shape == (30, 20, 3) and (pixels == 7).all()


def test_what_is_transparent_is_white():
    assert (read_image(Image.new("RGBA", (9, 9), (1, 2, 3, 0)), "given")[1] == 255).all()


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"no photo", "not an image"), (b"", "the file is empty"), (encode(PIXELS, "PNG")[:300], "damaged")],
)
def test_bytes_that_are_no_photo_are_refused(content, reason):
    with pytest.raises(PhotoError, match=reason):
        read_bytes(content, "given")


def test_an_image_that_is_too_small_or_cut_off_is_refused():
    with pytest.raises(PhotoError, match="only 4 x 40 pixels"):
        read_image(Image.new("RGB", (4, 40)), "given")
    with pytest.raises(PhotoError, match="damaged"):
        read_image(Image.open(io.BytesIO(encode(PIXELS, "PNG")[:300])), "given")


def test_an_error_names_its_file_and_can_be_pickled():
    error = pickle.loads(pickle.dumps(PhotoError("damaged", "get it again", "a.jpg")))
    assert str(error) == "a.jpg: damaged; get it again"
    assert str(PhotoError("damaged", "get it again")) == "damaged"
