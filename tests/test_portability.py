"""What only some systems have is skipped where it is absent."""

import ast
import ctypes
import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from garments import locking
from garments.command import PACKAGES
from pipeline import journal, models
from pipeline.journal import Journal
from pipeline.loop import give_back_memory
from samples.hostile import make

ROOT = Path(__file__).resolve().parents[1]
POSIX = {"fcntl", "grp", "posix", "pwd", "resource", "termios"}  # modules
SOME = POSIX | {"sysconf", "mkfifo", "mknod", "geteuid", "getuid", "fork", "killpg", "sched_getaffinity", "AF_UNIX"}
GUARDED = {  # what the tests below try
    "garments/locking.py": {"fcntl"},
    "pipeline/models.py": {"sysconf"},
    "samples/hostile.py": {"mkfifo", "mknod", "geteuid", "AF_UNIX"},
}


def used(file: Path) -> set[str]:
    """Which of SOME a module uses."""
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    of_modules = {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("os", "socket")
    }
    return (imported & POSIX) | (of_modules & SOME)


def test_only_guarded_uses_of_what_some_systems_lack():
    files = {path.relative_to(ROOT).as_posix(): path for room in PACKAGES for path in (ROOT / room).rglob("*.py")}
    assert {name: found for name, path in files.items() if (found := used(path))} == GUARDED


def test_the_pipeline_is_imported_without_modules_of_posix():
    code = f"import sys; sys.modules.update(dict.fromkeys({sorted(POSIX - {'posix'})})); import pipeline.cli"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


@pytest.fixture
def without_fcntl(monkeypatch):
    """No fcntl, and no waiting for a lock of SQLite."""
    connect = sqlite3.connect
    monkeypatch.setattr(locking, "fcntl", None)
    monkeypatch.setattr(journal.sqlite3, "connect", lambda path, timeout: connect(path, timeout=0))


def test_a_journal_without_fcntl_keeps_its_records(without_fcntl, tmp_path):
    photo = tmp_path / "a.jpg"
    photo.write_bytes(b"")
    with Journal(tmp_path / "out") as written:
        written.scan([photo], tmp_path)
        written.add([{"photo": "a.jpg", "rows": []}])
    with Journal(tmp_path / "out") as read:
        assert list(read.records()) == [{"photo": "a.jpg", "rows": []}]


def test_two_journals_of_one_folder_are_refused_without_fcntl(without_fcntl, tmp_path):
    with Journal(tmp_path), pytest.raises(sqlite3.OperationalError, match="locked"):
        Journal(tmp_path)


def test_memory_is_kept_where_the_c_library_cannot_be_asked(monkeypatch):
    asked = []

    def as_on_windows(name):
        asked.append(name)
        raise TypeError("expected a name")

    monkeypatch.setattr(ctypes, "CDLL", as_on_windows)
    give_back_memory()
    assert asked == [None]


def test_memory_is_kept_where_the_c_library_lacks_the_function(monkeypatch):
    asked = []
    monkeypatch.setattr(ctypes, "CDLL", asked.append)  # gives None, which has no malloc_trim
    give_back_memory()
    assert asked == [None]


def test_the_batch_goes_by_the_cores_where_the_system_does_not_report_its_memory(monkeypatch):
    monkeypatch.delattr(os, "sysconf_names")
    monkeypatch.delattr(os, "sysconf")
    monkeypatch.setattr(models, "CORES", 12)
    assert models.usual_batch(gpu=False) == 24


@pytest.mark.parametrize(
    "kind, module, name",
    [
        ("pipe", os, "mkfifo"),
        ("device", os, "mknod"),
        ("no permission", os, "geteuid"),
        ("socket", socket, "AF_UNIX"),
    ],
)
def test_a_file_that_a_system_cannot_make_is_an_error(kind, module, name, monkeypatch, tmp_path):
    monkeypatch.delattr(module, name)
    with pytest.raises(OSError, match=f"this system has no {name}"):
        make(kind, tmp_path, Image.new("RGB", (8, 8)))
