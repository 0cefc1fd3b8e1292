"""The folder of a run is tied to what it was started with, and locked."""

import json
import multiprocessing

import pytest

from engine.run_folder import Longer, further_inputs, inputs_of, run_folder
from garments.types import Table

LONGER = Longer("epochs", "best.keras")
SETTINGS = {"epochs": 2, "size": 32}


def table(category="tee"):
    photos = [dict(photo="x/a", path="a.jpg", width=4, height=6)]
    return Table.of(photos, [dict(photo="x/a", label="t", part="upper", category=category)], [])


def start(out, settings=None, progress=True, **inputs):
    of_table = inputs_of(table(inputs.pop("category", "tee")), None)
    with run_folder(out, settings or SETTINGS, {**of_table, **further_inputs(**inputs)}, LONGER):
        if progress:
            (out / "metrics.jsonl").touch()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (dict(settings={**SETTINGS, "size": 64}), r"size \(there 32, now 64\)"),
        (dict(category="dress"), r"data \(there '1 photos, 1 garments, .*now '1 photos, 1 garments, "),
        (dict(splits="train,tags"), r"splits \(there 'train', now 'train,tags'\)"),
    ],
)
def test_what_differs_is_named(tmp_path, changes, named):
    start(tmp_path, splits="train")
    with pytest.raises(ValueError, match=named):
        start(tmp_path, **{"splits": "train", **changes})


def test_another_content_of_a_file_is_another_input(tmp_path):
    boxes = tmp_path / "boxes.csv"
    boxes.write_text("photo\n")
    start(tmp_path / "run", boxes=[boxes])
    start(tmp_path / "run", boxes=[boxes])
    boxes.write_text("photo\nx/a\n")
    with pytest.raises(ValueError, match=r"boxes \(there 'boxes.csv [0-9a-f]{8}', now 'boxes.csv [0-9a-f]{8}'\)"):
        start(tmp_path / "run", boxes=[boxes])


def test_how_to_train_longer_is_said(tmp_path):
    start(tmp_path)
    with pytest.raises(ValueError, match=r"epochs=2; to train longer, .* --init .*best.keras and another --out"):
        start(tmp_path, settings={**SETTINGS, "epochs": 3})


def test_a_start_that_failed_does_not_block_another(tmp_path):
    with pytest.raises(ZeroDivisionError), run_folder(tmp_path, SETTINGS, {}, LONGER):
        raise ZeroDivisionError
    assert not (tmp_path / "config.json").exists()
    start(tmp_path, settings={**SETTINGS, "size": 64})
    assert json.loads((tmp_path / "config.json").read_text())["size"] == 64


def test_a_start_that_was_killed_does_not_block_another(tmp_path):
    for name, content in (("config.json", SETTINGS), ("inputs.json", {"data": "other"})):
        (tmp_path / name).write_text(json.dumps(content))
    (tmp_path / "records").mkdir()
    start(tmp_path, settings={**SETTINGS, "size": 64})
    assert not (tmp_path / "records").exists()


def test_settings_that_this_project_did_not_write_are_kept(tmp_path):
    (tmp_path / "config.json").write_text('{"name": "img"}')
    with pytest.raises(ValueError, match="other settings"):
        start(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["config.json"]


def hold(out, held, done):
    with run_folder(out, SETTINGS, {}, LONGER):
        held.set()
        done.wait(60)


def test_two_trainings_cannot_share_a_folder(tmp_path):
    context = multiprocessing.get_context("spawn")
    held, done = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path, held, done))
    other.start()
    assert held.wait(60)
    with pytest.raises(ValueError, match="another training runs there"), run_folder(tmp_path, SETTINGS, {}, LONGER):
        pass
    done.set()
    other.join()
    assert other.exitcode == 0
