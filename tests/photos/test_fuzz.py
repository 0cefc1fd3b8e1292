"""Damaged files of every format. FUZZ_EXAMPLES=20000 python -m pytest tests/photos/test_fuzz.py tries more."""

import os
import time
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from photos.reading import LARGEST_SIDE, PhotoError, read_photo
from samples.hostile import BAD, GOOD, image_bytes

resource = pytest.importorskip("resource")  # to limit memory
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", 400))
SLOWEST = 10  # seconds a file
MEMORY = 1_500_000_000  # bytes beyond what the tests themselves hold
FORMATS = [
    kind
    for kind in (*GOOD, "bomb in the text of a PNG", "JPEG of 500 scans", "decompression bomb", "LAB")
    if "name" not in kind and "deep" not in kind and "orientation" not in kind
]
MAGIC = [b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"II*\0", b"MM\0*", b"RIFF\0\0\0\0WEBPVP8 "]
MAGIC += [b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", b"\0\0\0\x1cftypheic\0\0\0\0mif1heic"]
several = settings(  # the same ones each time
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def little_memory():
    """A limit of memory: beyond it the decoder gets a MemoryError, which is not among the reasons allowed."""
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@cache
def seed(kind: str) -> bytes:
    """A small file of a kind."""
    photo = Image.effect_noise((24, 36), 90).convert("RGB")
    path = Path(f"/dev/shm/fuzz-{os.getpid()}")
    try:
        (GOOD | BAD)[kind].make(path, photo)
        return path.read_bytes()
    finally:
        path.unlink(missing_ok=True)


@st.composite
def damaged(draw):
    """A file with bytes changed, cut out, repeated or replaced by sizes that are too large, and its end cut off."""
    content = bytearray(seed(draw(st.sampled_from(FORMATS))))
    for _ in range(draw(st.integers(0, 6))):
        # most of what matters is in the first bytes
        at = draw(st.integers(0, len(content) - 1) | st.integers(0, min(200, len(content) - 1)))
        run = draw(st.integers(0, 40))
        change = draw(
            st.binary(min_size=1, max_size=8)
            | st.sampled_from([b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b""])
            | st.just(bytes(content[at : at + run]) * 2)
        )
        content[at : at + draw(st.sampled_from([0, len(change), run]))] = change
        if not content:
            break
    return bytes(content[: draw(st.none() | st.integers(0, len(content)))])


def read(path: Path, content: bytes) -> None:
    """Read a file: whatever it holds, it is a photo as promised or a PhotoError, soon."""
    path.write_bytes(content)
    start = time.monotonic()
    try:
        photo, pixels = read_photo(path, path.parent)
        assert photo.width > 0 and photo.height > 0 and photo.id == path.name
        assert pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 3
        assert 0 < max(pixels.shape) <= LARGEST_SIDE and min(pixels.shape) > 0
    except PhotoError as error:
        assert error.reason and error.remedy and "memory" not in error.reason
    assert time.monotonic() - start < SLOWEST


@several
@given(content=damaged())
def test_damaged_files(tmp_path, content):
    read(tmp_path / "a.jpg", content)


@several
@given(start=st.sampled_from(MAGIC), rest=st.binary(max_size=2000))
def test_random_bytes(tmp_path, start, rest):
    read(tmp_path / "a.jpg", start + rest)


@several
@given(
    start=st.sampled_from([b"", b"Exif\0\0", b"Exif\0\0II*\0\x08\0\0\0", b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12"]),
    rest=st.binary(max_size=300),
    kind=st.sampled_from(["JPEG", "PNG", "WEBP"]),
)
def test_random_exif_costs_nothing_but_the_orientation(tmp_path, start, rest, kind):
    photo = Image.effect_noise((24, 36), 90).convert("RGB")
    (tmp_path / "a.jpg").write_bytes(image_bytes(photo, kind, exif=start + rest))
    photo, pixels = read_photo(tmp_path / "a.jpg")
    assert sorted((photo.width, photo.height)) == [24, 36] and pixels.shape == (photo.height, photo.width, 3)
