"""What a run has done so far, kept in its output folder: a run that is killed at any moment goes on from there.

An SQLite file holds a row a file of the folder: its place in their order, its size and time of change, and the record
of what was found in it. A record is written after the pictures of its photo, and the tables are made from the records.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from photos.reading import photo_name
from pipeline.files import FOLDER

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows; two runs into one folder are then told apart by the lock of SQLite alone
    fcntl = None

FORMAT = 1  # of the records; another number refuses a journal
SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS files (name BLOB PRIMARY KEY, position INTEGER, size INTEGER, changed INTEGER, record TEXT);
CREATE INDEX IF NOT EXISTS by_position ON files (position);
"""
SEE = """
INSERT INTO files VALUES (?, ?, ?, ?, NULL) ON CONFLICT (name) DO UPDATE SET
    record = CASE WHEN size = excluded.size AND changed = excluded.changed THEN record END,
    position = excluded.position, size = excluded.size, changed = excluded.changed
"""
GONE = -1  # the position of a file that is no longer in the folder


class CannotRun(Exception):
    """The pipeline cannot start; the message says why and what to do."""


class Journal:
    """The journal of one output folder; no other process can open it at the same time.

    Records are dicts with `photo`, the path relative to the folder, and either `width`, `height` and `rows`, those of
    garments.csv, or `reason` and `remedy`.
    """

    def __init__(self, out: Path):
        """Open or begin the journal of `out`, which is made if need be.

        Raises:
            CannotRun: another run has it open, or it is damaged.
        """
        self._out, folder = out, out / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = open(folder / "lock", "w")  # noqa: SIM115, held as long as the journal
        try:
            if fcntl:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise CannotRun(f"another run writes to {out}; wait for its end or give another folder by --out") from error
        for left in folder.glob("part-*"):
            left.unlink()
        try:
            self._data = sqlite3.connect(folder / "journal.sqlite", timeout=10)
            for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL"):
                self._data.execute(f"PRAGMA {pragma}")
            self._data.executescript(SCHEMA)
        except sqlite3.OperationalError:
            self._lock.close()
            raise
        except sqlite3.DatabaseError as error:
            self._lock.close()
            raise CannotRun(
                f"{folder / 'journal.sqlite'} is damaged ({error}); remove {folder} to start anew"
            ) from error

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *error) -> None:
        self._data.close()
        self._lock.close()

    def agree(self, settings: dict) -> None:
        """Keep the settings of a run that begins, or compare them with those of the run that goes on.

        Raises:
            CannotRun: some differ.
        """
        new = {"format": json.dumps(FORMAT), **{name: json.dumps(value) for name, value in settings.items()}}
        old = dict(self._data.execute("SELECT name, value FROM settings WHERE name != 'finished'"))
        differing = [name for name in {**old, **new} if old and old.get(name) != new.get(name)]
        if differing:
            said = "; ".join(f"{name} was {old.get(name)}, is {new.get(name)}" for name in differing)
            raise CannotRun(
                f"the results in {self._out} were made otherwise: {said}; run as before, give another folder by --out, "
                "or replace the results by --fresh"
            )
        with self._data:
            self._data.executemany("INSERT OR IGNORE INTO settings VALUES (?, ?)", new.items())

    def scan(self, files: Iterable[Path], folder: Path) -> int:
        """Compare with the files there are now, in their order: new and changed ones are to be done, and those that
        failed in a run that has ended; one that goes on must find the files that it would have had.

        Returns:
            How many failed before, and have not changed.
        """
        with self._data:
            ended = self.finished
            self._data.execute("UPDATE files SET position = ?", [GONE])
            self._data.executemany(SEE, (_seen(path, folder, position) for position, path in enumerate(files)))
            self._data.execute(
                "DELETE FROM settings WHERE name = 'finished' AND EXISTS (SELECT 1 FROM files WHERE position = ?)",
                [GONE],
            )
            if not ended:
                return 0
            failed = "position >= 0 AND json_extract(record, '$.reason') IS NOT NULL"
            return self._data.execute(f"UPDATE files SET record = NULL WHERE {failed}").rowcount

    def gone(self) -> list[str]:
        """The files with a place in the journal that are no longer in the folder."""
        return self._names("position = -1")

    def forget_gone(self) -> None:
        """Drop those that are gone."""
        with self._data:
            self._data.execute("DELETE FROM files WHERE position = ?", [GONE])

    @property
    def new(self) -> bool:
        """No run has begun."""
        return self._data.execute("SELECT count(*) FROM settings").fetchone()[0] == 0

    def drop(self) -> list[str]:
        """Give up the run, so that nothing counts as done; gives the files it knew until `forget` is called."""
        with self._data:
            self._data.execute("DELETE FROM settings")
            self._data.execute("UPDATE files SET record = NULL")
        return self._names("TRUE")

    def forget(self) -> None:
        """Forget all files."""
        with self._data:
            self._data.execute("DELETE FROM files")

    def todo(self) -> list[str]:
        """The files that wait to be done, in their order."""
        return self._names("record IS NULL AND position >= 0")

    def _names(self, condition: str) -> list[str]:
        rows = self._data.execute(f"SELECT name FROM files WHERE {condition} ORDER BY position")
        return [os.fsdecode(name) for (name,) in rows]

    def __len__(self) -> int:
        """The number of files, done or not."""
        return self._data.execute("SELECT count(*) FROM files WHERE position >= 0").fetchone()[0]

    def add(self, records: list[dict]) -> None:
        """Files that are done, all of them or none."""
        with self._data:
            rows = [(json.dumps(record, separators=(",", ":")), os.fsencode(record["photo"])) for record in records]
            self._data.executemany("UPDATE files SET record = ? WHERE name = ?", rows)

    def records(self) -> Iterator[dict]:
        """The records of all files that are done, in the order of the files."""
        for (record,) in self._data.execute("SELECT record FROM files WHERE record IS NOT NULL ORDER BY position"):
            yield json.loads(record)

    @property
    def finished(self) -> bool:
        """All outputs were written from these records."""
        return self._data.execute("SELECT 1 FROM settings WHERE name = 'finished'").fetchone() is not None

    @finished.setter
    def finished(self, value: bool) -> None:
        with self._data:
            if value:
                self._data.execute("INSERT OR REPLACE INTO settings VALUES ('finished', '')")
            else:
                self._data.execute("DELETE FROM settings WHERE name = 'finished'")


def _seen(path: Path, folder: Path, position: int) -> tuple[bytes, int, int, int]:
    """A row of the journal for a file as it is now; one that has vanished is known by its name alone."""
    try:
        now = path.stat()
    except OSError:
        now = None
    name = os.fsencode(photo_name(path, folder))
    return name, position, now.st_size if now else GONE, now.st_mtime_ns if now else GONE
