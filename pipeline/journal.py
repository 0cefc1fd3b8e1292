"""The progress of a run, stored in its output folder, so that a run killed at any moment can be resumed.

An SQLite file has one row per file of the folder: its position, its size and modification time, and its record. A
record is written after the pictures of its photo, and the tables are written from the records.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from garments.locking import lock
from photos.reading import photo_name
from pipeline.files import FOLDER

FORMAT = 1  # of the records; a journal of another format is refused
SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS files (name BLOB PRIMARY KEY, position INTEGER, size INTEGER, changed INTEGER, record TEXT);
CREATE INDEX IF NOT EXISTS by_position ON files (position);
CREATE TABLE IF NOT EXISTS merged (shard TEXT PRIMARY KEY);
"""
UPSERT = """
INSERT INTO files VALUES (?, ?, ?, ?, NULL) ON CONFLICT (name) DO UPDATE SET
    record = CASE WHEN size = excluded.size AND changed = excluded.changed THEN record END,
    position = excluded.position, size = excluded.size, changed = excluded.changed
"""
GONE = -1  # the position of a file that is no longer in the folder


class CannotRun(Exception):
    """The pipeline cannot start; the message says why and what to do."""


class Journal:
    """The journal of one output folder; only one process can open it at a time.

    Records are dicts with `photo`, the path relative to the folder, and either `width`, `height` and `rows` (of
    garments.csv) or `reason` and `remedy`.
    """

    def __init__(self, out: Path):
        """Open or create the journal of `out`; the folder is created if needed.

        Raises:
            CannotRun: another run has it open, or it is damaged.
        """
        self._out, folder = out, out / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        try:
            self._lock = lock(folder / "lock")  # held as long as the journal
        except BlockingIOError as error:
            raise CannotRun(
                f"another run writes to {out}; wait for it to end or give another folder by --out"
            ) from error
        for unfinished in folder.glob("part-*"):
            unfinished.unlink()
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
                f"{folder / 'journal.sqlite'} is damaged ({error}); remove {folder} to start again"
            ) from error

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *error: object) -> None:
        self._data.close()
        self._lock.close()

    def agree(self, settings: dict) -> None:
        """Store the settings of a new run, or compare them with those of the resumed run.

        Raises:
            CannotRun: some differ.
        """
        new = {"format": json.dumps(FORMAT), **{name: json.dumps(value) for name, value in settings.items()}}
        old = dict(self._data.execute("SELECT name, value FROM settings WHERE name NOT IN ('finished', 'shards')"))
        differing = [name for name in {**old, **new} if old and old.get(name) != new.get(name)]
        if differing:
            changes = "; ".join(f"{name} was {old.get(name)}, is {new.get(name)}" for name in differing)
            raise CannotRun(
                f"the results in {self._out} have other settings: {changes}; use the same settings, give another "
                "folder by --out, or replace the results by --fresh"
            )
        with self._data:
            self._data.executemany("INSERT OR IGNORE INTO settings VALUES (?, ?)", new.items())

    def scan(self, files: Iterable[Path], folder: Path) -> int:
        """As `compare`, for the current files of a folder, in order."""
        return self.compare(entry(path, folder) for path in files)

    def compare(self, files: Iterable[tuple[str, int, int]]) -> int:
        """Compare with the current files, in order: new and changed files are to be processed, and after a finished run
        also those that failed. A resumed run keeps its failures, so that its groups stay the same.

        Args:
            files: (name, size, time of change) of each.

        Returns:
            How many failed before and have not changed.
        """
        with self._data:
            ended = self.finished
            self._data.execute("UPDATE files SET position = ?", [GONE])
            self._data.executemany(UPSERT, ((os.fsencode(name), n, *now) for n, (name, *now) in enumerate(files)))
            self._data.execute(
                "DELETE FROM settings WHERE name = 'finished' AND EXISTS (SELECT 1 FROM files WHERE position = ?)",
                [GONE],
            )
            if not ended:
                return 0
            failed = "position >= 0 AND json_extract(record, '$.reason') IS NOT NULL"
            return self._data.execute(f"UPDATE files SET record = NULL WHERE {failed}").rowcount

    def gone(self) -> list[str]:
        """The files in the journal that are no longer in the folder."""
        return self._names("position = -1")

    def forget_gone(self) -> None:
        """Delete the rows of files that are gone."""
        with self._data:
            self._data.execute("DELETE FROM files WHERE position = ?", [GONE])

    @property
    def new(self) -> bool:
        """Whether no run has started."""
        return self._data.execute("SELECT count(*) FROM settings").fetchone()[0] == 0

    def drop(self) -> list[str]:
        """Discard the run, so that nothing counts as done; returns its files, which stay known until `forget`."""
        with self._data:
            self._data.execute("DELETE FROM settings")
            self._data.execute("UPDATE files SET record = NULL")
        return self._names("TRUE")

    def forget(self) -> None:
        """Forget all files."""
        with self._data:
            self._data.execute("DELETE FROM files")
            self._data.execute("DELETE FROM merged")

    def todo(self) -> list[str]:
        """The files that are not done, in order."""
        return self._names("record IS NULL AND position >= 0")

    def waiting(self) -> Iterator[tuple[str, int, int]]:
        """The name, size and time of change of each file that is not done, in order."""
        condition = "record IS NULL AND position >= 0 ORDER BY position"
        for name, size, changed in self._data.execute(f"SELECT name, size, changed FROM files WHERE {condition}"):
            yield os.fsdecode(name), size, changed

    def shards(self, count: int) -> int:
        """The number of shards of the run at hand: the first that was given, until it is finished."""
        with self._data:
            self._data.execute("INSERT OR IGNORE INTO settings VALUES ('shards', ?)", [count])
        return int(self._data.execute("SELECT value FROM settings WHERE name = 'shards'").fetchone()[0])

    def merged(self) -> set[str]:
        """The shards whose records are here."""
        return {shard for (shard,) in self._data.execute("SELECT shard FROM merged")}

    def merge(self, shard: str, records: Iterable[dict]) -> None:
        """Store the records of a shard, all or none; those of files that have changed since are left out.

        Args:
            shard: its name.
            records: each also has `size` and `changed` of its file.
        """
        rows = ((r.pop("size"), r.pop("changed"), os.fsencode(r["photo"]), _json(r)) for r in records)
        update = "UPDATE files SET record = ?4 WHERE name = ?3 AND size = ?1 AND changed = ?2"
        with self._data:
            self._data.executemany(update, rows)
            self._data.execute("INSERT OR IGNORE INTO merged VALUES (?)", [shard])

    def _names(self, condition: str) -> list[str]:
        rows = self._data.execute(f"SELECT name FROM files WHERE {condition} ORDER BY position")
        return [os.fsdecode(name) for (name,) in rows]

    def __len__(self) -> int:
        """The number of files, done or not."""
        return self._data.execute("SELECT count(*) FROM files WHERE position >= 0").fetchone()[0]

    def add(self, records: list[dict]) -> None:
        """Store the records of files that are done, all or none."""
        with self._data:
            rows = [(_json(record), os.fsencode(record["photo"])) for record in records]
            self._data.executemany("UPDATE files SET record = ? WHERE name = ?", rows)

    def records(self) -> Iterator[dict]:
        """The records of all files that are done, in the order of the files."""
        for (record,) in self._data.execute("SELECT record FROM files WHERE record IS NOT NULL ORDER BY position"):
            yield json.loads(record)

    @property
    def finished(self) -> bool:
        """Whether all outputs were written from these records."""
        return self._data.execute("SELECT 1 FROM settings WHERE name = 'finished'").fetchone() is not None

    @finished.setter
    def finished(self, value: bool) -> None:
        with self._data:
            if value:
                self._data.execute("DELETE FROM settings WHERE name = 'shards'")
                self._data.execute("INSERT OR REPLACE INTO settings VALUES ('finished', '')")
            else:
                self._data.execute("DELETE FROM settings WHERE name = 'finished'")


def entry(path: Path, folder: Path) -> tuple[str, int, int]:
    """The name, size and modification time of a file; GONE for both if it has vanished."""
    name = photo_name(path, folder)
    try:
        now = path.stat()
    except OSError:
        return name, GONE, GONE
    return name, now.st_size, now.st_mtime_ns


def _json(record: dict) -> str:
    return json.dumps(record, separators=(",", ":"))
