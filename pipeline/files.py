"""Files of the output folder, each there as a whole or not at all."""

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FOLDER = ".journal"  # of the output folder: what is done, and unfinished files
PARQUET = "garments.parquet"
TABLES = ("garments.csv", "photos.csv", "problems.csv", PARQUET, "detections.json", "index.html")


@contextmanager
def replacing(out: Path, name: str, mode: str = "w", **options) -> Iterator:
    """A file open for writing that takes its place in `out` as the block ends well."""
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
    """A new name for an unfinished file, short enough for any file system."""
    with _numbers_lock:
        _numbers[0] += 1
        return out / FOLDER / f"part-{os.getpid()}-{_numbers[0]}"


_numbers, _numbers_lock = [0], threading.Lock()


def write_whole(out: Path, path: Path, data: bytes) -> None:
    """Write a file of `out` whose folder may not exist yet."""
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
    """Remove a file that may be there."""
    with suppress(FileNotFoundError, NotADirectoryError):
        path.unlink()


def prune(path: Path, root: Path) -> None:
    """Remove the folders between `root` and a file that was removed, as far as they are empty."""
    for folder in path.parents:
        if folder == root or not folder.is_relative_to(root):
            return
        try:
            folder.rmdir()
        except OSError as error:
            if error.errno != errno.ENOENT:
                return
