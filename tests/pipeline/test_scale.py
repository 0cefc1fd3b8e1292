"""Runs on a cluster of this machine: its outputs are those of a plain run, whatever is killed."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline import cli
from pipeline.files import FOLDER
from pipeline.journal import CannotRun, Journal
from pipeline.loop import Stopped
from pipeline.run import Options, run
from pipeline.scale import RAY, Actors, room
from pipeline.shards import SHARDS, File, merge, write_shard
from samples.doubles import contents, rows
from samples.tiny import write_photos

ROOT = Path(__file__).resolve().parents[2]
PHOTOS, BROKEN = 280, 3


@pytest.fixture(scope="module")
def cluster():
    """A cluster of two cores; gives its address."""
    ray = pytest.importorskip("ray", reason="needs the extra scale")
    patch = pytest.MonkeyPatch()
    for name, value in RAY.items():
        patch.setenv(name, value)
    ray.init("local", num_cpus=2, object_store_memory=100_000_000, include_dashboard=False, log_to_driver=False)
    yield ray.get_runtime_context().gcs_address
    ray.shutdown()
    patch.undo()


@pytest.fixture(scope="module")
def photos(tmp_path_factory) -> Path:
    return write_photos(tmp_path_factory.mktemp("scale") / "photos", PHOTOS, BROKEN, size=(40, 60))


@pytest.fixture(scope="module")
def whole(photos, tiny) -> dict[str, bytes]:
    """What a plain run writes."""
    run(photos, photos.parent / "whole", Options(tiny, min_score=0.0))
    return contents(photos.parent / "whole")


def merged(out: Path) -> dict[str, bytes]:
    """The usual outputs."""
    return {name: content for name, content in contents(out).items() if not name.startswith(SHARDS)}


def shards(out: Path) -> dict[str, int]:
    """When each finished shard was written."""
    return {path.name: path.stat().st_mtime_ns for path in (out / SHARDS).glob("*.jsonl")}


def test_two_workers_write_what_a_plain_run_writes(cluster, photos, whole, tiny, tmp_path):
    out, options = tmp_path / "out", Options(tiny, min_score=0.0, engine="ray", workers=2)
    summary = run(photos, out, options)
    assert (summary.photos, summary.problems) == (PHOTOS, BROKEN)
    assert merged(out) == whole
    names = [name for path in (out / SHARDS).glob("*.parquet") for name in pq.read_table(path)["photo"].to_pylist()]
    assert len(shards(out)) == 5
    assert sorted(names) == [row["photo"] for row in rows(out / "garments.csv")]
    before = shards(out)
    assert run(photos, out, options).processed == BROKEN
    assert shards(out) == before


def test_a_killed_driver_and_a_stopped_one_lose_no_finished_shard(cluster, photos, whole, tiny, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, str(ROOT / "pipeline.py"), str(photos), "--out", str(out), "--models", str(tiny)]
    command += ["--min-score", "0", "--engine", "ray", "--address", cluster, "--workers", "1"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as driver:
        while driver.poll() is None and not shards(out):
            time.sleep(0.01)
        driver.send_signal(signal.SIGKILL)
    first, stop = shards(out), threading.Event()
    assert driver.returncode == -signal.SIGKILL and first and not (out / "index.html").exists()
    stop.set()
    with pytest.raises(Stopped, match="of 283 files are done"):
        run(photos, out, Options(tiny, min_score=0.0, engine="ray", workers=1), stop)
    second = shards(out)
    run(photos, out, Options(tiny, min_score=0.0, engine="ray", workers=1))
    assert merged(out) == whole
    assert first.items() <= second.items() <= shards(out).items() and first.keys() < second.keys()


def test_more_workers_than_cores_are_refused(cluster, photos, tiny, tmp_path):
    with pytest.raises(CannotRun, match="too few for 3 workers"):
        run(photos, tmp_path / "out", Options(tiny, engine="ray", workers=3))


def test_without_ray_the_extra_is_named(models, photos, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(CannotRun, match=r"needs the extra scale .* pip install 'garments\[scale\]'"):
        run(photos, tmp_path / "out", Options(tmp_path, engine="ray"))


def record(name: str) -> dict:
    return {"photo": name, "width": 9, "height": 9, "rows": []}


def test_shards_are_merged_but_for_files_that_changed_since(tmp_path):
    (tmp_path / FOLDER).mkdir()
    (tmp_path / SHARDS).mkdir()
    files = [File("a", 1, 1), File("b", 1, 1)]
    write_shard(tmp_path, "x", files, [record("a"), record("b")], ("img", "img+bbox"))
    with Journal(tmp_path) as journal:
        journal.compare([("a", 1, 1), ("b", 2, 1), ("c", 1, 1)])
        merge(journal, tmp_path)
        assert list(journal.records()) == [record("a")] and journal.todo() == ["b", "c"]


def test_a_shard_that_breaks_off_leaves_nothing(tmp_path):
    (tmp_path / FOLDER).mkdir()
    (tmp_path / SHARDS).mkdir()
    with pytest.raises(ValueError, match="shorter"):
        write_shard(tmp_path, "x", [File("a", 1, 1), File("b", 1, 1)], [record("a")], ("img",))
    assert list((tmp_path / SHARDS).iterdir()) == list((tmp_path / FOLDER).iterdir()) == []


def test_merge_writes_what_is_finished_and_the_run_goes_on(models, folder, tmp_path):
    out = tmp_path / "out"
    run(folder, out, Options(tmp_path, merge=True))
    assert rows(out / "photos.csv") == []
    found = (folder / "a.jpg").stat()
    (out / SHARDS).mkdir()
    write_shard(out, "x", [File("a.jpg", found.st_size, found.st_mtime_ns)], [record("a.jpg")], ("img", "img+bbox"))
    assert cli.main([str(folder), "--out", str(out), "--models", str(tmp_path), "--merge"]) == 0
    assert [row["photo"] for row in rows(out / "photos.csv")] == ["a.jpg"]
    assert run(folder, out, Options(tmp_path)).photos == 3
    run(folder, out, Options(tmp_path, fresh=True))
    assert not (out / SHARDS).exists()


def node(cores: int, gpus: int = 0, alive: bool = True) -> dict:
    return {"Alive": alive, "Resources": {"CPU": float(cores), **({"GPU": float(gpus)} if gpus else {})}}


@pytest.mark.parametrize(
    ("nodes", "workers", "expected"),
    [
        ([node(4)], None, Actors(1, 4, 0)),
        ([node(4), node(4), node(8, alive=False)], None, Actors(2, 4, 0)),
        ([node(4), node(2)], 3, Actors(3, 2, 0)),
        ([node(16, 4), node(64)], None, Actors(4, 4, 1)),
        ([node(16, 1)], 2, Actors(2, 8, 0.5)),
    ],
)
def test_cores_are_shared_by_the_workers(nodes, workers, expected):
    assert room(nodes, workers) == expected
