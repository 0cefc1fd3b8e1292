import numpy as np
import pytest
from PIL import Image

from engine.features import SIZE, garment_features, garment_keys
from garments.types import Table


def mean_colour(crops: np.ndarray) -> np.ndarray:
    """(B, 3): the colour of the middle of each crop."""
    assert crops.dtype == np.uint8 and crops.shape[1:] == (SIZE, SIZE, 3)
    return crops[:, 96:160, 96:160].mean((1, 2))


def never(crops: np.ndarray) -> np.ndarray:
    raise AssertionError("computed again")


@pytest.fixture
def table(tmp_path) -> Table:
    """A red and blue photo with a box on each half, a green one without a box, and one that is no image."""
    halves = np.zeros((60, 100, 3), np.uint8)
    halves[:, :50], halves[:, 50:] = (255, 0, 0), (0, 0, 255)
    Image.fromarray(halves).save(tmp_path / "halves.png")
    Image.new("RGB", (30, 80), (0, 255, 0)).save(tmp_path / "green.png")
    (tmp_path / "broken.png").write_bytes(b"no image")
    sizes = {"halves": (100, 60), "broken": (9, 9), "green": (30, 80)}
    photos = [dict(photo=n, path=str(tmp_path / f"{n}.png"), width=w, height=h) for n, (w, h) in sizes.items()]
    boxes = [dict(photo="halves", x_min=x, y_min=10, x_max=x + 30, y_max=50) for x in (60, 10)]
    return Table.of(photos, [*boxes, dict(photo="broken"), dict(photo="green")], [])


def test_each_garment_has_the_features_of_its_own_box(table, tmp_path):
    found = garment_features(table, tmp_path / "kept", mean_colour)
    assert found.rows.tolist() == [0, 1, 3]
    assert np.allclose(found.values, [[0, 0, 255], [255, 0, 0], [0, 255, 0]], atol=2)
    assert [problem["file"] for problem in found.problems] == ["broken"]


def test_a_second_call_computes_only_what_is_new(table, tmp_path):
    first = garment_features(table.keep(table.photos["photo"] == "halves"), tmp_path / "kept", mean_colour)
    calls = []
    every = garment_features(table, tmp_path / "kept", lambda crops: calls.append(len(crops)) or mean_colour(crops))
    assert calls == [1] and (every.values[:2] == first.values).all()
    readable = table.keep(table.photos["photo"] != "broken")
    again = garment_features(readable, tmp_path / "kept", never)
    assert (again.values == every.values).all() and again.rows.tolist() == [0, 1, 2]


def test_another_box_photo_or_network_is_computed_again(table):
    keys = garment_keys(table)
    moved = table.garments.assign(x_min=table.garments["x_min"] + 1)
    other = garment_keys(Table(table.photos, moved, table.problems))
    assert len(set(keys)) == 4 and [a == b for a, b in zip(keys, other, strict=True)] == [False, False, True, True]
    assert not set(keys) & set(garment_keys(table, "another network"))


def test_a_file_that_was_not_finished_is_not_read(table, tmp_path):
    garment_features(table, tmp_path / "kept", mean_colour)
    [file] = (tmp_path / "kept").glob("*.npz")
    file.with_suffix(".part.npz").write_bytes(file.read_bytes()[:50])
    assert len(garment_features(table, tmp_path / "kept", mean_colour).rows) == 3
