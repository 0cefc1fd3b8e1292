"""Runs that are stopped, killed, changed or short of space: nothing is lost, and the outputs are those of one run."""

import errno
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.kills import Runs
from pipeline import cli, files
from pipeline.files import FOLDER
from pipeline.journal import CannotRun
from pipeline.loop import in_groups
from pipeline.model_folders import ModelFolders
from pipeline.models import Pipeline
from pipeline.reading import read_file
from pipeline.run import CannotWrite, Options, Stopped, run
from samples.doubles import TwoGarments, contents, rows
from samples.tiny import write_photos

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def many(tmp_path) -> Path:
    return write_photos(tmp_path / "many", 30, broken=3, size=(40, 60))


class Counting(TwoGarments):
    """Counts the photos it sees; stops or breaks the run at one of them."""

    def __init__(self, at=None, act=None):
        super().__init__(landmarks=True)
        self.seen, self.at, self.act = [], at, act

    def stream(self, groups):
        for read, found in super().stream(groups):
            self.seen += [] if read.error else [read.photo.id]
            if len(self.seen) == self.at and not read.error:
                self.act()
            yield read, found


def use(monkeypatch: pytest.MonkeyPatch, pipeline: Counting) -> Counting:
    monkeypatch.setattr(Pipeline, "load", classmethod(lambda cls, *settings: pipeline))
    return pipeline


def test_a_stopped_run_resumes_and_ends_as_an_uninterrupted_one(models, tmp_path, monkeypatch):
    many = write_photos(tmp_path / "many", 150, broken=3, size=(40, 60))
    run(many, tmp_path / "whole", Options(tmp_path))
    stop, seen = threading.Event(), []
    for at, done in ((1, 65), (4, 129)):  # the rest of the group is done first
        pipeline = use(monkeypatch, Counting(at, stop.set))
        with pytest.raises(Stopped, match=f"{done} of 153 files are done"):
            run(many, tmp_path / "out", Options(tmp_path), stop)
        grown = [row["photo"] for row in rows(tmp_path / "out/photos.csv")]
        seen += pipeline.seen
        assert not (tmp_path / "out/index.html").exists() and set(seen) <= set(grown)
        stop.clear()
    last = use(monkeypatch, Counting())
    run(many, tmp_path / "out", Options(tmp_path))
    assert sorted(seen + last.seen) == [f"photo-{n:06d}.jpg" for n in range(150)] and last.seen
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_a_failed_run_resumes(models, many, tmp_path, monkeypatch):
    run(many, tmp_path / "whole", Options(tmp_path))

    def fail():
        raise ZeroDivisionError

    use(monkeypatch, Counting(20, fail))
    with pytest.raises(ZeroDivisionError):
        run(many, tmp_path / "out", Options(tmp_path))
    use(monkeypatch, Counting())
    run(many, tmp_path / "out", Options(tmp_path))
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_a_finished_run_does_what_is_new_changed_or_gone(models, folder, tmp_path, monkeypatch):
    out = tmp_path / "out"
    first = run(folder, out, Options(tmp_path))
    before = contents(out)
    (folder / "broken.jpg").unlink(), (folder / "notes.txt").unlink()
    Image.new("RGB", (50, 40), "red").save(folder / "sub/black.png")
    (folder / "a.jpg").rename(folder / "z.jpg")
    pipeline = use(monkeypatch, Counting())
    summary = run(folder, out, Options(tmp_path))
    assert pipeline.seen == ["sub/black.png", "z.jpg"] and (summary.photos, summary.problems) == (3, 0)
    names = [row["photo"] for row in rows(out / "photos.csv")]
    assert names == ["sub/black.png", "sub/side, <b>ways.jpg", "z.jpg"] and first.photos == 3
    assert not (out / "pictures/a.jpg").exists() and Image.open(out / "pictures/sub/black.png.jpg").size == (480, 384)
    assert len(contents(out)) == len(before)
    pipeline.seen.clear()
    again = run(folder, out, Options(tmp_path))
    assert pipeline.seen == [] and again == replace(summary, processed=0)


def test_files_that_failed_are_tried_again_without_loading_models(models, folder, tmp_path, monkeypatch):
    run(folder, tmp_path / "out", Options(tmp_path))
    monkeypatch.setattr(Pipeline, "load", classmethod(lambda *settings: pytest.fail("not needed")))
    before = contents(tmp_path / "out")
    assert run(folder, tmp_path / "out", Options(tmp_path)).problems == 2
    assert contents(tmp_path / "out") == before


def test_a_photo_that_turns_bad_leaves_no_picture(models, folder, tmp_path):
    run(folder, tmp_path / "out", Options(tmp_path))
    (folder / "a.jpg").write_bytes(b"spoilt")
    assert run(folder, tmp_path / "out", Options(tmp_path)).problems == 3
    assert not (tmp_path / "out/pictures/a.jpg").exists()
    assert len(list((tmp_path / "out/page/thumbnails").glob("*/*"))) == 2


def test_other_options_or_models_are_refused_unless_fresh(models, folder, tmp_path, monkeypatch):
    out = tmp_path / "out"
    run(folder, out, Options(tmp_path, batch=1))
    run(folder, out, Options(tmp_path, batch=5))
    with pytest.raises(CannotRun, match=r"min_score was 0.4, is 0.5;.*--fresh"):
        run(folder, out, Options(tmp_path, min_score=0.5))
    monkeypatch.setattr(ModelFolders, "fingerprints", lambda self: {"model img": "1234"})
    with pytest.raises(CannotRun, match=r"model img was .*, is"):
        run(folder, out, Options(tmp_path))
    (out / "pictures/own.txt").write_text("not of the pipeline", encoding="utf-8")
    (folder / "a.jpg").unlink()
    run(folder, out, Options(tmp_path, pictures=False, fresh=True))
    assert [path.name for path in (out / "pictures").rglob("*")] == ["own.txt"]
    assert len(rows(out / "photos.csv")) == 4


def test_results_of_something_else_are_not_replaced(models, folder, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/garments.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(CannotRun, match=r"already holds garments\.csv, but no journal"):
        run(folder, tmp_path / "out", Options(tmp_path))
    assert (tmp_path / "out/garments.csv").read_text(encoding="utf-8") == "mine"
    with pytest.raises(CannotRun, match="among the photos"):
        run(folder, folder, Options(tmp_path))


def test_a_second_run_on_the_same_output_is_refused(models, folder, tmp_path, capsys):
    fcntl = pytest.importorskip("fcntl")
    run(folder, tmp_path / "out", Options(tmp_path))
    with open(tmp_path / "out" / FOLDER / "lock", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert cli.main([str(folder), "--out", str(tmp_path / "out")]) == 2
    assert "another run writes to" in capsys.readouterr().err
    assert cli.main([str(folder), "--out", str(tmp_path / "out"), "--models", str(tmp_path)]) == 1


def test_a_damaged_journal_is_an_error(models, folder, tmp_path):
    run(folder, tmp_path / "out", Options(tmp_path))
    (tmp_path / "out" / FOLDER / "journal.sqlite").write_bytes(b"no data base, " * 1000)
    with pytest.raises(CannotRun, match=r"damaged .* remove"):
        run(folder, tmp_path / "out", Options(tmp_path))


@pytest.mark.parametrize("full_at", [1, 30, 63, 66])
def test_a_full_disk_stops_the_run_which_resumes_when_there_is_space(
    models, many, tmp_path, monkeypatch, full_at, capsys
):
    run(many, tmp_path / "whole", Options(tmp_path))
    replaced, writes = os.replace, []

    def full(*paths):
        writes.append(paths)
        if len(writes) > full_at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replaced(*paths)

    monkeypatch.setattr(files.os, "replace", full)
    assert cli.main([str(many), "--out", str(tmp_path / "out"), "--models", str(tmp_path)]) == 2
    printed = capsys.readouterr().err
    assert "stopped: cannot write" in printed and "the disk is full" in printed and "free some space" in printed
    monkeypatch.setattr(files.os, "replace", replaced)
    run(many, tmp_path / "out", Options(tmp_path))
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert not list((tmp_path / "out" / FOLDER).glob("part-*"))


def test_a_full_journal_is_a_full_disk(models, many, tmp_path, monkeypatch):
    def full(*arguments):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("pipeline.journal.Journal.add", full)
    with pytest.raises(CannotWrite, match="the disk is full"):
        run(many, tmp_path / "out", Options(tmp_path))


def test_killed_runs_lose_nothing(tiny, many, tmp_path):
    runs = Runs(many, tmp_path, tiny, seed=1)
    assert runs.round(kills=3) == [] and runs.met.total() == 3
    assert (tmp_path / "killed/index.html").exists()


def test_signals_stop_a_run(tiny, tmp_path):
    folder, out = write_photos(tmp_path / "photos", 400, size=(40, 60)), tmp_path / "out"
    command = [sys.executable, str(ROOT / "pipeline.py"), str(folder), "--out", str(out), "--models", str(tiny)]
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # whatever these tests were started by
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=heard)
    while process.poll() is None and not (out / "photos.csv").exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    printed = process.communicate()[1]
    assert process.returncode == 130 and "the same command resumes the run" in printed
    assert not (out / "index.html").exists()


def test_a_resumed_run_has_the_groups_of_an_uninterrupted_one():
    files = [str(number) for number in range(100)]
    groups = in_groups(files, from_the_start=True)
    assert [len(group) for group in groups] == [1, 64, 35] and list(chain(*groups)) == files
    for done in (1, 2):
        assert in_groups(list(chain(*groups[done:])), from_the_start=False) == groups[done:]
    assert in_groups(groups[0] + groups[1], from_the_start=False) == [files[:64], files[64:65]]


def predictions(pipeline: Pipeline, groups: list[list]) -> dict[str, list[np.ndarray]]:
    return {r.name: [f.boxes_xyxy, f.scores, *f.categories.values()] for r, f in pipeline.stream(groups)}


def test_predictions_do_not_depend_on_earlier_groups(tiny, many):
    read = [read_file(path.name, many) for path in sorted(many.glob("photo-*"))]
    after, alone = (predictions(Pipeline.load(tiny, 0.0), groups) for groups in ([read[:19], read[19:]], [read[19:]]))
    assert len(after) == 30 and len(alone) == 11
    assert all(np.array_equal(a, b) for photo in alone for a, b in zip(alone[photo], after[photo], strict=True))


def test_predictions_do_not_depend_on_batches_or_order_but_for_rounding(tiny, many):
    read = [read_file(path.name, many) for path in sorted(many.glob("photo-*"))[:11]]
    expected = predictions(Pipeline.load(tiny, 0.0, batch=8), [read])
    assert len(expected) == 11
    for batch, groups in ((8, [read[::-1]]), (16, [read[3:], read[:3]]), (8, [[one] for one in read])):
        found = predictions(Pipeline.load(tiny, 0.0, batch=batch), groups)
        for photo, arrays in expected.items():
            for one, other in zip(arrays, found[photo], strict=True):
                np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-5)
