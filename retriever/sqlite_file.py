"""Opening the SQLite file of a catalogue, and telling what is wrong with it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

UNUSABLE = {  # errors that say nothing of the content
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY,
}  # fmt: skip


class CatalogueError(ValueError):
    """An index that cannot be used: what is wrong with it, and what to do."""


def connect(file: Path, write: bool) -> sqlite3.Connection:
    """A connection, usable from any thread unless it is to write; a disk that cannot be written to may be read.

    Raises:
        sqlite3.DatabaseError: the file is damaged or cannot be opened.
        CatalogueError: nothing can be written there, though what the last writer did has still to be put in order.
    """
    data = sqlite3.connect(file, timeout=10, check_same_thread=write)
    try:
        data.execute("PRAGMA journal_mode = WAL")
        data.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        data.close()
        if write or not file.exists():
            raise
        return _unchanging(file)
    return data


def _unchanging(file: Path) -> sqlite3.Connection:
    """A connection to a file that nobody changes; SQLite then writes nothing beside it."""
    left = file.with_name(f"{file.name}-wal")
    if left.exists() and left.stat().st_size:
        raise CatalogueError(f"{file}: its last writer was stopped; run python -m retriever.index where it can write")
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)


@contextmanager
def told(file: Path) -> Iterator[None]:
    """Tell errors of SQLite within the block as a CatalogueError."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in UNUSABLE:
            raise CatalogueError(f"{file} cannot be opened ({error}); see to its rights, or wait") from error
        remedy = f"remove {file.parent} and index the photos again"
        raise CatalogueError(f"{file} is damaged ({error}); {remedy}") from error
