"""The pure core, and how files are put into batches."""

import json
import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifier.models import MODELS
from engine.checksums import seal
from garments.types import Photo
from photos.reading import PhotoError
from pipeline.batch import analyse_batch
from pipeline.files import FOLDER
from pipeline.journal import CannotRun
from pipeline.model_folders import ModelFolders
from pipeline.models import Pipeline, filled
from pipeline.reading import Read, in_batches, read_file
from pipeline.records import garment_columns
from pipeline.run import Options, run
from pipeline.writers import finish
from samples.doubles import TwoGarments, rows
from samples.tiny import write_photos

GOOD = Read("a", Photo(Path("a"), "a", 8, 8), np.ones((8, 8, 3), np.uint8))
BAD = Read("b", None, None, PhotoError("damaged", "get it again"))


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ([GOOD] * 5, [(2, 2, False), (2, 2, False), (1, 1, True)]),
        ([GOOD] * 4, [(2, 2, False), (2, 2, True)]),
        ([BAD, GOOD, BAD, GOOD, BAD], [(4, 2, False), (1, 0, True)]),
        ([BAD] * 3, [(3, 0, True)]),
        ([], []),
    ],
)
def test_a_batch_has_so_many_photos_that_can_be_used(group, expected):
    batches = [(len(b), sum(read.error is None for read in b), last) for b, last in in_batches(iter(group), 2)]
    assert batches == expected


def test_a_batch_is_padded_to_a_power_of_two_or_a_whole_one():
    assert [filled(photos, 24) for photos in (0, 1, 2, 3, 4, 5, 9, 17, 24)] == [0, 1, 2, 4, 4, 8, 16, 24, 24]


def test_a_batch_gives_the_rows_of_garments_csv_in_order(folder):
    names = ["broken.jpg", "a.jpg", "sub/black.png"]
    records = analyse_batch(TwoGarments(), [read_file(name, folder) for name in names])
    assert [record["photo"] for record in records] == names
    assert [len(record.get("rows", [])) for record in records] == [0, 2, 0]
    assert records[0]["reason"] == "not an image in a supported format"
    assert (records[1]["width"], records[1]["height"]) == (60, 90)
    assert records[1]["rows"][1]["category"] == "jeans"
    assert records[1]["rows"][1]["x_min"] == 15.0


def test_records_are_plain_values(folder):
    records = analyse_batch(TwoGarments(), [read_file("a.jpg", folder), read_file("broken.jpg", folder)])
    assert json.loads(json.dumps(records)) == records


def test_analysing_changes_nothing(folder, tmp_path):
    read, before = read_file("a.jpg", folder), sorted(tmp_path.rglob("*"))
    pixels = read.pixels.copy()
    first, second = (analyse_batch(TwoGarments(), [read]) for _ in range(2))
    assert first == second
    assert np.array_equal(read.pixels, pixels)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_worker_elsewhere_gives_what_a_run_writes(tiny, tmp_path):
    photos = write_photos(tmp_path / "photos", 9, broken=1)
    run(photos, tmp_path / "out", Options(tiny, min_score=0.0))
    written = rows(tmp_path / "out" / "garments.csv")
    group = [read_file(path.name, photos) for path in sorted(photos.iterdir())]
    records = analyse_batch(Pipeline.load(tiny, 0.0), pickle.loads(pickle.dumps(group)))
    (tmp_path / "again" / FOLDER).mkdir(parents=True)
    finish(tmp_path / "again", lambda: iter(records))
    assert len(written) > 9
    assert rows(tmp_path / "again" / "garments.csv") == written
    assert rows(tmp_path / "again" / "problems.csv") == rows(tmp_path / "out" / "problems.csv")


def test_one_more_model_is_one_more_folder(tiny, one_more, tmp_path):
    """Copied under another name, it gets columns after those of the contract; nothing else changes."""
    photos = write_photos(tmp_path / "photos", 3)
    for name, folder in (("before", tiny), ("after", one_more)):
        run(photos, tmp_path / name, Options(folder, min_score=0.0))
    before, after = (rows(tmp_path / name / "garments.csv") for name in ("before", "after"))
    assert list(after[0]) == [*garment_columns(), "mobile_category", "mobile_category_score"]
    assert [{name: row[name] for name in garment_columns()} for row in after] == before
    assert [row["mobile_category"] for row in after] == [row["img_category"] for row in after]
    data = json.loads((tmp_path / "after" / "detections.json").read_text(encoding="utf-8"))
    assert data["annotations"][0]["attributes"]["mobile_category"] == after[0]["mobile_category"]
    assert '["img", "img+bbox", "mobile"].forEach' in (tmp_path / "after" / "index.html").read_text(encoding="utf-8")


def test_another_model_can_be_the_answer(one_more, tmp_path):
    photos = write_photos(tmp_path / "photos", 2)
    for name in ("mobile", "img"):  # the same network
        run(photos, tmp_path / name, Options(one_more, min_score=0.0, classifier=name, parquet=True))
    one, other = (rows(tmp_path / name / "garments.csv") for name in ("mobile", "img"))
    assert one == other
    assert (tmp_path / "mobile" / "garments.parquet").stat().st_size > 0


@pytest.fixture
def one_more(tiny, tmp_path, monkeypatch) -> Path:
    """A folder with the tiny models and a copy of img/ that is called mobile."""
    monkeypatch.setitem(MODELS, "mobile", replace(MODELS["img"], name="mobile", column="mobile"))
    models = tmp_path / "models"
    shutil.copytree(tiny, models)
    shutil.copytree(models / "img", models / "mobile")
    config = models / "mobile" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text(encoding="utf-8")), "name": "mobile"}))
    seal(models / "mobile")
    shutil.copytree(models / "img", models / "img_before")  # a folder that no model is called by
    return models


def test_models_are_known_by_their_folders(one_more):
    found = ModelFolders.find(one_more)
    assert list(found.crop_models) == ["img", "img+bbox", "mobile"]
    assert found.classifiers == ("img", "img+bbox", "mobile")
    assert list(found.fingerprints()) == ["model detector", "model img", "model img_bbox", "model mobile"]


def test_landmarks_can_be_left_out(tmp_path):
    for name in ("detector", "img", "img_bbox", "landmarks"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "saved_model.pb").touch()
    assert list(ModelFolders.find(tmp_path).crop_models) == ["img", "img+bbox", "landmarks"]
    assert list(ModelFolders.find(tmp_path, landmarks=False).crop_models) == ["img", "img+bbox"]
    assert ModelFolders.find(tmp_path).classifiers == ("img", "img+bbox")


def test_a_missing_model_is_named(tmp_path):
    with pytest.raises(CannotRun, match=r"no model in .*detector"):
        ModelFolders.find(tmp_path)
