import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from photos.files import MAX_BYTES, PhotoError, check_file, find_files, photo_name
from photos.reading import read_photo

ROOT = Path(__file__).resolve().parents[2]


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def names(folder: Path, **options) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in find_files(folder, **options)]


def test_files_are_found_in_sub_folders_in_order(tmp_path):
    touch(tmp_path, "b.jpg", "a/c.jpg", "a/b/d.jpg", "c/b.jpg", "B.jpg", "empty/.x")
    assert names(tmp_path) == ["B.jpg", "a/b/d.jpg", "a/c.jpg", "b.jpg", "c/b.jpg"]


def test_hidden_and_system_files_are_skipped_and_counted(tmp_path):
    touch(tmp_path, "a.jpg", ".hidden/d.jpg", ".e.jpg", "Thumbs.db", "x/desktop.ini", "x/__MACOSX/a.jpg", "out/f.jpg")
    (tmp_path / "linked").symlink_to(tmp_path / "x")
    skipped = Counter()
    assert names(tmp_path, leave_out=tmp_path / "out", skipped=skipped) == ["a.jpg"]
    assert skipped == {"hidden": 2, "system": 3, "linked folders": 1}


def test_a_hidden_folder_given_by_name_is_read(tmp_path):
    touch(tmp_path, ".photos/a.jpg")
    assert names(tmp_path / ".photos") == ["a.jpg"]


def test_the_excluded_folder_may_have_any_path(tmp_path, monkeypatch):
    touch(tmp_path, "photos/a.jpg", "photos/out/pictures/a.jpg")
    (tmp_path / "link").symlink_to(tmp_path / "photos")
    monkeypatch.chdir(tmp_path)
    for out in ("photos/out", "photos/../photos/out", "link/out", tmp_path / "photos/out"):
        assert names(Path("photos"), leave_out=Path(out)) == ["a.jpg"]


def test_links_to_folders_are_not_followed_and_loops_end(tmp_path):
    touch(tmp_path, "a/b/c.jpg")
    (tmp_path / "a/b/up").symlink_to(tmp_path / "a")
    (tmp_path / "self").symlink_to("self")
    (tmp_path / "linked.jpg").symlink_to(tmp_path / "a/b/c.jpg")
    assert names(tmp_path) == ["a/b/c.jpg", "linked.jpg", "self"]


@pytest.fixture
def depths():
    """A folder for trees that are too deep for Python to remove."""
    folder = tempfile.mkdtemp()
    yield Path(folder)
    subprocess.run(["rm", "-rf", folder], check=True)


def test_folders_may_be_deeper_than_python_recurses(depths):
    deep = depths
    for _ in range(1500):
        deep /= "d"
        deep.mkdir()
    (deep / "a.jpg").touch()
    assert [path.name for path in find_files(depths)] == ["a.jpg"]


def test_a_path_beyond_what_the_system_takes_is_a_problem(depths):
    start = os.open(depths, os.O_RDONLY)
    for _ in range(25):
        os.mkdir("d" * 200, dir_fd=start)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=start)
        os.close(start)
        start = inner
    os.close(start)
    (found,) = find_files(depths)
    with pytest.raises(PhotoError, match="too long"):
        read_photo(found, depths)


NOBODY = """
import os, sys
from pathlib import Path
from PIL import Image
from photos.reading import PhotoError, find_files, read_photo
Image.init()
os.chdir(sys.argv[1])
os.setuid(65534)
for path in find_files(Path(".")):
    try:
        read_photo(path)
    except PhotoError as error:
        print(path.name, error.reason, sep=": ")
"""


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may become another user")
def test_what_may_not_be_read_is_a_problem(tmp_path):
    touch(tmp_path, "closed/a.jpg", "a.jpg")
    (tmp_path / "a.jpg").write_text("secret")
    (tmp_path / "b.txt").write_text("notes")
    for path, mode in ((tmp_path, 0o755), (tmp_path / "closed", 0), (tmp_path / "a.jpg", 0)):
        path.chmod(mode)
    done = subprocess.run([sys.executable, "-c", NOBODY, tmp_path], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "a.jpg: no permission to read it",
        "b.txt: not an image in a supported format",
        "closed: no permission to read it",
    ], done.stderr


def test_a_huge_file_is_refused_without_reading(tmp_path):
    with (tmp_path / "a.jpg").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(PhotoError, match="larger than"):
        check_file(tmp_path / "a.jpg")


@pytest.mark.parametrize("name", ["=1+1.jpg", "+a.jpg", "-a.jpg", "@a.jpg", "\t.jpg", "=x/a.jpg"])
def test_no_name_is_a_formula_of_a_spreadsheet(tmp_path, name):
    assert photo_name(tmp_path / name, tmp_path) == f"./{name}"


def test_names_are_relative(tmp_path):
    assert photo_name(tmp_path / "a/=b.jpg", tmp_path) == "a/=b.jpg"
    assert photo_name(tmp_path / "a/b.jpg", None) == "b.jpg"
