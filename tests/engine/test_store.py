import os
from dataclasses import dataclass, replace

import numpy as np
import pytest
from PIL import Image

from engine import store
from engine.crops import Blobs, Cutting
from garments.types import Table


@dataclass(frozen=True)
class Settings:
    """Of views."""

    size: int = 40
    context: float = 1.4
    hide_surroundings: bool = False
    jitter: float = 0.08
    crop: float = 1.0
    downscale: float = 0.0
    truncation: float = 0.0


CUTTING = Cutting.of(Settings())
BOXES = [(30, 30, 70, 60), (30, 5, 60, 25), (0, 0, 100, 90)]


@pytest.fixture
def table(tmp_path) -> Table:
    """Two photos of three garments, one of them without a box, and a file that is no photo."""
    rng = np.random.default_rng(0)
    names = ["a.png", "broken.jpg", "b.png"]
    for name in names[::2]:
        coarse = Image.fromarray(rng.integers(0, 255, (6, 5, 3), dtype=np.uint8))
        coarse.resize((100, 90), Image.Resampling.BICUBIC).save(tmp_path / name)
    (tmp_path / "broken.jpg").write_bytes(b"no photo")
    Image.fromarray(np.full((90, 100), 7, np.uint8)).save(tmp_path / "a.map.png")
    maps = [str(tmp_path / "a.map.png"), "", ""]
    photos = [dict(photo=n, path=str(tmp_path / n), label_map=m) for n, m in zip(names, maps, strict=True)]
    boxes = [dict(zip(("x_min", "y_min", "x_max", "y_max"), box, strict=True)) for box in BOXES[:2]]
    places = [("b.png", {}), ("a.png", boxes[0]), ("broken.jpg", boxes[0]), ("a.png", boxes[1])]
    return Table.of(photos, [dict(photo=photo, **box) for photo, box in places], [])


@pytest.fixture
def reads(monkeypatch) -> list:
    """The photos that were decoded."""
    seen: list[str] = []
    read_photo = store.read_photo

    def recording(path):
        seen.append(path.name)
        return read_photo(path)

    monkeypatch.setattr(store, "read_photo", recording)
    return seen


def image_of(encoded: bytes) -> np.ndarray:
    import io

    return np.asarray(Image.open(io.BytesIO(encoded)))


def test_crops_come_photo_by_photo_and_know_their_rows(table, tmp_path):
    assert store.store_crops(table, CUTTING, tmp_path / "crops").rows.tolist() == [1, 3, 0]


def test_a_photo_that_cannot_be_read_is_a_problem_each_time(table, tmp_path):
    for _ in range(2):
        found = store.store_crops(table, CUTTING, tmp_path / "crops")
        assert [problem["file"] for problem in found.problems] == ["broken.jpg"]


def test_a_garment_without_a_box_fills_its_photo(table, tmp_path):
    geometry = store.store_crops(table, CUTTING, tmp_path / "crops").geometries[2]
    assert np.allclose(geometry[:4], [0.5, 0.5, 1, 1])


def test_the_middle_of_a_stored_crop_is_what_prediction_cuts(table, tmp_path):
    from photos.crops import cut, square_around
    from photos.reading import read_photo

    found = store.store_crops(table, CUTTING, tmp_path / "crops")
    _, pixels = read_photo(tmp_path / "a.png")
    expected = cut(pixels, square_around(np.array(BOXES[0], float), CUTTING.view_context), CUTTING.size)
    margin = CUTTING.margin
    assert np.abs(image_of(found.images[0])[margin:-margin, margin:-margin] - expected.astype(float)).mean() < 1.5


def test_label_maps_are_cut_on_request(table, tmp_path):
    found = store.store_crops(table, replace(CUTTING, label_maps=True), tmp_path / "crops")
    centre = CUTTING.map_side // 2
    labels = [image_of(found.label_maps[n])[centre, centre] for n in range(3)]
    assert labels == [7, 7, 255]
    assert store.store_crops(table, CUTTING, tmp_path / "crops").label_maps is None


def test_the_same_data_and_settings_are_cut_once(table, tmp_path, reads):
    store.store_crops(table, CUTTING, tmp_path / "crops")
    assert sorted(reads) == ["a.png", "b.png", "broken.jpg"]
    reads.clear()
    store.store_crops(replace(table, garments=table.garments.assign(category="tee")), CUTTING, tmp_path / "crops")
    assert reads == []


def moved_box(table, folder):
    return replace(table, garments=table.garments.assign(x_min=table.garments["x_min"] + 1)), CUTTING


def another_file(table, folder):
    os.utime(folder / "a.png", ns=(1, 1))
    return table, CUTTING


def another_size(table, folder):
    return table, Cutting.of(Settings(size=48))


@pytest.mark.parametrize("change", [moved_box, another_file, another_size])
def test_other_data_or_settings_are_cut_again(change, table, tmp_path, reads):
    store.store_crops(table, CUTTING, tmp_path / "crops")
    reads.clear()
    store.store_crops(*change(table, tmp_path), tmp_path / "crops")
    assert len(reads) == 3


def test_a_killed_run_leaves_no_partial_crops(table, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "encode", lambda *args, **options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store.store_crops(table, CUTTING, tmp_path / "crops")
    monkeypatch.undo()
    assert len(store.store_crops(table, CUTTING, tmp_path / "crops").images) == 3


def test_crops_of_a_table_without_garments_are_none(table, tmp_path):
    empty = replace(table, garments=table.garments.iloc[:0])
    assert len(store.store_crops(empty, CUTTING, tmp_path / "crops").images) == 0


def test_blobs_are_the_bytes_of_their_spans(tmp_path):
    (tmp_path / "file").write_bytes(b"abcdef")
    blobs = Blobs(tmp_path / "file", np.array([[0, 2], [2, 2], [2, 6]]))
    assert [blobs[n] for n in range(3)] == [b"ab", b"", b"cdef"]
    assert [blobs.keep(np.array([False, True, True]))[n] for n in range(2)] == [b"", b"cdef"]


@pytest.mark.parametrize("size, context, hide", [(160, 1.0, True), (224, 1.0, True), (224, 1.4, False)])
def test_stored_crops_are_as_sharp_as_views_and_have_room_for_moved_ones(size, context, hide):
    settings = Settings(size, context, hide)
    cutting = Cutting.of(settings)
    reach = 1 + 2 * settings.jitter if hide else context * np.exp(2 * settings.jitter) + 2 * settings.jitter
    assert cutting.side / cutting.context == pytest.approx(size / context)
    assert reach <= cutting.context < reach + 2 * context / size


@pytest.mark.parametrize(
    "change", [dict(size=41), dict(size=20), dict(context=1.0), dict(context=1.8), dict(jitter=0.2)], ids=str
)
def test_settings_of_other_views_are_refused(change):
    with pytest.raises(ValueError, match=r"cut for views of 40 pixels at context 1\.4"):
        CUTTING.check(replace(Settings(), **change))


def test_settings_with_less_jitter_are_accepted():
    CUTTING.check(replace(Settings(), jitter=0.0))
