"""The catalogue of garments: nothing is lost when it is killed, and what is wrong with one is said."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from retriever.catalogue import FILE, Catalogue, PhotoState
from retriever.finding import Described
from retriever.index import index_folder
from retriever.sqlite_file import CatalogueError
from samples.catalogues import FOLDER, fill, garments_of, photos_of, unit

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def catalogue(tmp_path):
    with Catalogue(tmp_path / "index", "model", 8) as made:
        yield made


def test_what_was_added_comes_back(catalogue):
    fill(catalogue, ["a.jpg", "b.jpg"], each=2)
    ids, vectors = catalogue.vectors()
    np.testing.assert_allclose(vectors, unit(4), atol=1e-3)
    shown = catalogue.shown(ids[::-1])
    assert list(shown["photo"]) == ["b.jpg", "b.jpg", "a.jpg", "a.jpg"] and list(shown["garment"]) == [1, 0, 1, 0]
    assert list(catalogue.matching(part="upper")) == [ids[0], ids[2]]
    assert catalogue.matching() is None


def test_an_empty_catalogue_has_no_vectors(catalogue):
    ids, vectors = catalogue.vectors()
    assert ids.shape == (0,) and vectors.shape == (0, 8) and len(catalogue) == 0


def test_new_changed_and_vanished_photos_are_told_apart(catalogue):
    fill(catalogue, ["same", "changed", "gone"])
    there = [PhotoState("same", 10, 1), PhotoState("changed", 10, 2), PhotoState("new", 10, 1)]
    before = catalogue.generation
    assert catalogue.plan(FOLDER, there) == ["changed", "new"]
    assert catalogue.generation > before
    assert list(catalogue.shown(catalogue.vectors()[0])["photo"]) == ["same"]


def test_photos_with_a_problem_are_tried_again(catalogue):
    bad = photos_of(["bad"]).assign(problem="damaged; replace it")
    catalogue.add(FOLDER, bad, garments_of([]), unit(0))
    assert list(catalogue.problems()) == [(str(FOLDER), "bad", "damaged; replace it")]
    assert catalogue.plan(FOLDER, [PhotoState("bad", 10, 1)]) == ["bad"]


def test_a_photo_that_is_added_again_replaces_itself(catalogue):
    fill(catalogue, ["a"], each=3)
    fill(catalogue, ["a"], each=1)
    assert len(catalogue) == 1


def test_deleting_counts_what_there_was(catalogue):
    fill(catalogue, ["a", "b"])
    assert catalogue.delete(None, ["a", "never"]) == 1 and len(catalogue) == 1


def test_a_second_writer_is_refused_and_a_reader_is_not(catalogue):
    fill(catalogue, ["a"])
    with pytest.raises(CatalogueError, match="another process writes"):
        Catalogue(catalogue.folder, "model", 8)
    with Catalogue(catalogue.folder) as reader:
        assert len(reader) == 1


def test_an_index_of_another_embedder_is_refused(tmp_path):
    Catalogue(tmp_path, "one", 8).close()
    with pytest.raises(CatalogueError, match="another embedder"):
        Catalogue(tmp_path, "other", 8)


@pytest.mark.parametrize("damage", [lambda content: b"no database" * 999, lambda content: content[:5000] + b"x" * 9000])
def test_a_damaged_index_is_refused(tmp_path, damage):
    with Catalogue(tmp_path, "model", 8) as catalogue:
        fill(catalogue, [f"{n}" for n in range(200)])
    file = tmp_path / FILE
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(CatalogueError, match="damaged"):
        Catalogue(tmp_path)


def test_what_cannot_be_opened_is_not_called_damaged(tmp_path):
    (tmp_path / FILE).mkdir()
    with pytest.raises(CatalogueError, match="cannot be opened"):
        Catalogue(tmp_path)


@pytest.fixture
def read_only():
    """A context in which a folder can only be read, also by root."""
    with TemporaryDirectory() as name:

        @contextmanager
        def entered():
            Path(name).chmod(0o555)
            user = os.geteuid()
            os.seteuid(user or 65534)
            try:
                yield
            finally:
                os.seteuid(user)
                Path(name).chmod(0o755)

        yield Path(name), entered


def test_an_index_is_read_where_nothing_can_be_written(read_only):
    folder, entered = read_only
    with Catalogue(folder, "model", 8) as catalogue:
        fill(catalogue, ["a", "b"])
    with entered(), Catalogue(folder) as reader:
        assert len(reader) == 2


def test_what_a_stopped_writer_left_is_not_passed_over(read_only):
    folder, entered = read_only
    with Catalogue(folder, "model", 8) as catalogue:
        fill(catalogue, ["a"])
    folder.joinpath(f"{FILE}-wal").write_bytes(b"a change")
    with entered(), pytest.raises(CatalogueError, match="last writer was stopped"):
        Catalogue(folder)


def test_items_can_be_named_later_and_strangers_are_told(catalogue, tmp_path, capsys):
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "a.jpg").write_bytes(b"x")

    def find(paths, names):
        return Described(garments_of(names).drop(columns="item"), unit(len(names)), {})

    for items in ({}, {"a.jpg": "A1", "b.jpg": "B1"}):
        index_folder(photos, catalogue, find, items)
    assert catalogue.values("item") == ["A1"]
    assert "1 photos with an item are not in" in capsys.readouterr().err


def test_there_must_be_an_index_to_read(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"retriever\.index"):
        Catalogue(tmp_path)


def test_a_catalogue_that_was_killed_while_it_was_made_is_made_again(tmp_path):
    (tmp_path / FILE).touch()
    with pytest.raises(CatalogueError, match="stopped"):
        Catalogue(tmp_path)
    with Catalogue(tmp_path, "model", 8) as catalogue:
        assert len(catalogue) == 0


def test_embeddings_that_do_not_fit_are_refused(catalogue):
    with pytest.raises(ValueError, match="embeddings"):
        catalogue.add(FOLDER, photos_of(["a"]), garments_of(["a"]), unit(2))
    with pytest.raises(ValueError, match="finite"):
        catalogue.add(FOLDER, photos_of(["a"]), garments_of(["a"]), unit(1) * np.nan)
    assert len(catalogue) == 0


WRITER = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tempfile import TemporaryDirectory
from samples.catalogues import fill
from retriever.catalogue import Catalogue
with Catalogue(Path({out!r}), "model", 8) as catalogue:
    start = catalogue._data.execute("SELECT count(*) FROM photos").fetchone()[0]
    print("open", flush=True)
    for group in range(start // 3, 10**6):
        fill(catalogue, [f"{{3 * group + n}}" for n in range(3)], each=2, seed=group)
        print(group, flush=True)
"""


def test_a_kill_loses_nothing_that_was_added(tmp_path):
    code = WRITER.format(root=str(ROOT), out=str(tmp_path))
    rng, said = np.random.default_rng(0), -1
    for _ in range(4):
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout.readline() == "open\n"
            lines = [writer.stdout.readline() for _ in range(rng.integers(1, 6))]
            time.sleep(rng.uniform(0, 0.02))
            writer.send_signal(signal.SIGKILL)
            lines += writer.stdout.read().splitlines(keepends=True)
            said = max(said, *(int(line) for line in lines if line.endswith("\n")))
    with Catalogue(tmp_path, "model", 8) as catalogue:
        photos = catalogue.shown(catalogue.vectors()[0])["photo"].to_numpy()
        groups = len(photos) // 6
        assert groups > said >= 0 and len(photos) == 6 * groups
        assert set(photos) == {str(n) for n in range(3 * groups)}
        last = unit(6, seed=groups - 1)
        np.testing.assert_allclose(catalogue.vectors()[1][-6:], last, atol=1e-3)
