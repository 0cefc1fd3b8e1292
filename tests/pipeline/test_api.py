"""import garments; pipeline = garments.load(); found = pipeline("photo.jpg")"""

import csv
import json
import subprocess
import sys
import time
from contextlib import chdir
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import garments
from photos.drawing import COLOURS, LEGIBLE, legible
from photos.reading import PhotoError
from pipeline.found import Found
from pipeline.journal import CannotRun
from pipeline.records import garment_columns
from pipeline.run import Options, run
from samples.doubles import TwoGarments
from samples.tiny import write_photos

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def found(folder) -> Found:
    return TwoGarments()(folder / "a.jpg")


def test_a_path_gives_garments_with_the_names_of_their_categories(found):
    assert list(found.parts) == ["upper", "lower"]
    assert np.allclose(found.scores, [0.9, 0.6])
    assert found.named("img+bbox")[0] == ["shirt", "jeans"]
    assert (found.photo.width, found.photo.height) == (60, 90)
    assert found.error is None


def test_all_types_of_sources_give_the_same(folder, found):
    image = Image.open(folder / "a.jpg")
    for source in (str(folder / "a.jpg"), (folder / "a.jpg").read_bytes(), image, np.asarray(image)):
        other = TwoGarments()(source)
        assert np.array_equal(other.boxes_xyxy, found.boxes_xyxy)
        assert np.array_equal(np.asarray(other.plot()), np.asarray(found.plot()))


def test_a_photo_on_its_side_is_upright_from_every_source(folder):
    path = folder / "sub" / "side, <b>ways.jpg"
    for source in (path, path.read_bytes(), Image.open(path)):
        assert (TwoGarments()(source).photo.width, TwoGarments()(source).photo.height) == (90, 60)


def test_a_list_gives_a_list_in_its_order(folder):
    given = [folder / "sub" / "black.png", np.full((20, 10, 3), 9, np.uint8), folder / "a.jpg"]
    found = TwoGarments()(given)
    assert [len(one) for one in found] == [0, 2, 2]
    assert [one.photo.id for one in found] == [str(given[0]), "photo-1", str(given[2])]
    assert TwoGarments()([]) == []


def test_a_photo_that_cannot_be_read_is_named_with_reason_and_remedy(folder):
    with pytest.raises(PhotoError) as caught:
        TwoGarments()(folder / "broken.jpg")
    error = caught.value
    assert str(error) == f"{folder / 'broken.jpg'}: {error.reason}; {error.remedy}"
    assert error.reason == "not an image in a supported format"
    assert error.remedy == "convert it to JPEG or PNG, or remove it"
    with pytest.raises(PhotoError, match=r"nowhere\.jpg: it is no longer there"):
        TwoGarments()(folder / "nowhere.jpg")
    with pytest.raises(PhotoError, match="photo-0: not an image"):
        TwoGarments()(b"no photo")


def test_in_a_list_the_other_photos_are_not_lost(folder, tmp_path):
    bad, good = TwoGarments()([folder / "broken.jpg", folder / "a.jpg"])
    assert len(good) == 2
    assert len(bad) == 0 and bad.photo is None
    assert bad.error.file == str(folder / "broken.jpg")
    assert list(bad.to_frame().columns) == garment_columns() and bad.to_frame().empty
    for use in (bad.plot, lambda: bad.save(tmp_path / "x.jpg"), lambda: bad.save(tmp_path / "x.csv")):
        with pytest.raises(PhotoError, match=r"broken\.jpg"):
            use()


@pytest.mark.parametrize("wrong", [3, None, {"a.jpg"}, np.zeros((8, 8), np.uint8), np.zeros((9, 9, 3), np.float32)])
def test_anything_else_is_refused(wrong):
    with pytest.raises((TypeError, ValueError), match="expected a"):
        TwoGarments()(wrong)


def test_the_frame_has_the_columns_and_values_of_garments_csv(models, folder, tmp_path):
    for name in ("broken.jpg", "notes.txt"):
        (folder / name).unlink()
    run(folder, tmp_path / "out", Options(tmp_path))
    with chdir(folder):
        found = TwoGarments()(["a.jpg", "sub/black.png", "sub/side, <b>ways.jpg"])
        assert list(found[0].to_frame().columns) == garment_columns()
        pd.testing.assert_frame_equal(
            pd.concat([one.to_frame() for one in found if len(one)], ignore_index=True),
            pd.read_csv(tmp_path / "out" / "garments.csv"),
            check_dtype=False,
        )


def test_models_that_are_loaded_give_the_rows_of_a_run(tiny, tmp_path):
    photos = write_photos(tmp_path / "photos", 5, broken=1)
    run(photos, tmp_path / "out", Options(tiny, min_score=0.0))
    with chdir(photos):
        found = garments.load(tiny, min_score=0.0)(sorted(path.name for path in photos.iterdir()))
        assert isinstance(found[0].error, PhotoError)
        frame = pd.concat([one.to_frame() for one in found[1:]], ignore_index=True)
    pd.testing.assert_frame_equal(frame, pd.read_csv(tmp_path / "out" / "garments.csv"), check_dtype=False, atol=1e-4)


def test_a_selection_of_garments_is_a_found(found):
    some = found[found.scores > 0.7]
    assert isinstance(some, Found) and list(some.parts) == ["upper"]
    assert list(some.to_frame()["category"]) == ["shirt"]
    assert list(found[::-1].to_frame()["category"]) == ["jeans", "shirt"]
    assert list(found[[1]].to_frame()["category"]) == ["jeans"]
    assert list(found[-1].to_frame()["category"]) == ["jeans"]
    assert len(found[[]]) == 0
    assert repr(found) == f"Found({found.photo.id}: upper shirt 0.66, lower jeans 0.66)"


def test_the_plot_is_the_photo_with_boxes_in_the_colours_of_parts(found, folder):
    drawn, photo = np.asarray(found.plot()), Image.open(folder / "a.jpg")
    assert drawn.shape == (LEGIBLE, LEGIBLE * 60 // 90, 3)
    scale = LEGIBLE / 90
    assert tuple(drawn[round(60 * scale), round(15 * scale)]) == COLOURS["lower"]
    assert np.array_equal(np.asarray(found[[]].plot()), legible(np.asarray(photo)))


def test_save_writes_what_the_ending_says(found, tmp_path):
    found.save(tmp_path / "drawn.png")
    assert np.array_equal(np.asarray(Image.open(tmp_path / "drawn.png")), np.asarray(found.plot()))
    found.save(str(tmp_path / "rows.csv"))
    with open(tmp_path / "rows.csv", newline="", encoding="utf-8") as file:
        assert [row["category"] for row in csv.DictReader(file)] == ["shirt", "jeans"]
    found.save(tmp_path / "coco.json")
    data = json.loads((tmp_path / "coco.json").read_text(encoding="utf-8"))
    assert data["images"][0]["file_name"] == found.photo.id
    assert [annotation["bbox"] for annotation in data["annotations"]] == [[0, 0, 60, 45], [15, 45, 30, 45]]
    with pytest.raises(ValueError, match=r"drawn\.xyz: expected \.csv, \.json"):
        found.save(tmp_path / "drawn.xyz")


def test_loading_names_what_was_tried(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        garments.load(tmp_path / "nowhere")
    monkeypatch.setenv("GARMENTS_MODELS", str(tmp_path / "unset"))
    with pytest.raises(FileNotFoundError, match=r"unset \(GARMENTS_MODELS\)"):
        garments.load()
    with pytest.raises(CannotRun, match=r"no model in .*detector"):
        garments.load(str(tmp_path))


def test_the_environment_names_the_models(tiny, monkeypatch):
    monkeypatch.setenv("GARMENTS_MODELS", str(tiny))
    pipeline = garments.load(min_score=0.25)
    assert [model.name for model in pipeline.crop_models] == ["img", "img+bbox"]
    assert pipeline.min_score == 0.25


def test_importing_is_quick_and_imports_no_other_room():
    code = "import sys, garments; print([m for m in ('tensorflow', 'pandas', 'numpy', 'pipeline') if m in sys.modules])"
    seconds = []
    for _ in range(3):
        begun = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        seconds.append(time.perf_counter() - begun)
    assert done.stdout == "[]\n"
    assert min(seconds) < 0.5
