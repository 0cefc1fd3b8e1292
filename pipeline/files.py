"""Atomic writes: each file of the output folder is complete or absent."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

FOLDER = ".journal"  # in the output folder: the journal, and unfinished files
PARQUET = "garments.parquet"
TABLES = ("garments.csv", "photos.csv", "problems.csv", PARQUET, "detections.json", "index.html")


@contextmanager
def replacing(out: Path, name: str, mode: str = "w", **options: Any) -> Iterator[IO[Any]]:
    """A file open for writing that is moved into `out` when the block ends without an error."""
    part = part_file(out)
    try:
        with open(part, mode, **options) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, out / name)
    finally:
        part.unlink(missing_ok=True)


def part_file(out: Path) -> Path:
    """A new path for an unfinished file, short enough for any file system; other machines may write there too."""
    return out / FOLDER / f"part-{uuid4().hex}"


def write_whole(out: Path, path: Path, data: bytes) -> None:
    """Write a file in `out`, whose folder may not exist yet."""
    part = part_file(out)
    try:
        part.write_bytes(data)
        try:
            os.replace(part, path)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def remove(path: Path) -> None:
    """Remove a file if it exists."""
    with suppress(FileNotFoundError, NotADirectoryError):
        path.unlink()


def remove_folder(path: Path) -> None:
    """Remove a folder with its files if it exists."""
    with suppress(FileNotFoundError, NotADirectoryError):
        shutil.rmtree(path)


def prune(path: Path, root: Path) -> None:
    """Remove the empty folders between `root` and a removed file."""
    for folder in path.parents:
        if folder == root or not folder.is_relative_to(root):
            return
        try:
            folder.rmdir()
        except OSError as error:
            if error.errno != errno.ENOENT:
                return
