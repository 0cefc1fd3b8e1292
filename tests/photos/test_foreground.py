import numpy as np

from photos.foreground import foreground_box


def test_the_box_of_the_foreground_is_found_at_any_size():
    rng = np.random.default_rng(0)
    for height, width in ((300, 200), (150, 400)):
        pixels = rng.integers(180, 220, (height, width, 3), dtype=np.uint8)
        x1, y1, x2, y2 = width // 4, height // 5, width * 3 // 4, height * 4 // 5
        pixels[y1:y2, x1:x2] = rng.integers(20, 80, (y2 - y1, x2 - x1, 3), dtype=np.uint8)
        assert np.abs(foreground_box(pixels) - [x1, y1, x2, y2]).max() < max(height, width) / 25


def test_a_photo_without_foreground_has_none():
    assert foreground_box(np.full((200, 150, 3), 128, np.uint8)) is None
