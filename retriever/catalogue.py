"""A catalogue: the garments of indexed photos with their embeddings, in one SQLite file that survives being killed.

A group of photos is added in one transaction. The structure that searches (`retriever.vectors`) is derived from it and
made again when it is out of date.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import pandas as pd

from garments.locking import lock
from garments.types import BOX_COLUMNS
from retriever.sqlite_file import CatalogueError, connect, told

FORMAT = 1
FILE, LOCK = "catalogue.sqlite", "lock"
AMONG = "WHERE id IN (SELECT value FROM json_each(?))"
SHOWN = ["folder", "photo", "garment", "item", "part", "category", "colour", *BOX_COLUMNS]
SCHEMA = f"""
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE photos (folder TEXT, photo TEXT, size INTEGER, changed INTEGER, problem TEXT, PRIMARY KEY (folder, photo));
CREATE TABLE garments (id INTEGER PRIMARY KEY AUTOINCREMENT, {", ".join(SHOWN)}, embedding BLOB);
CREATE INDEX by_photo ON garments (folder, photo);
"""


class PhotoState(NamedTuple):
    """A photo on disk: its name below the folder, its size in bytes and its time of change."""

    photo: str
    size: int
    changed: int


class Catalogue:
    """The photos and garments of an index folder.

    Attributes:
        folder: of the index.
    """

    def __init__(self, folder: Path, model: str | None = None, numbers: int = 0):
        """Open a catalogue; to write, with the embedder it is of, which makes it where there is none.

        Args:
            folder: of the index.
            model: fingerprint of the embedder; None to read only, then from any thread.
            numbers: of its embeddings.

        Raises:
            FileNotFoundError: there is none, and none is to be made.
            CatalogueError: it is damaged, of another embedder or format, or another process writes to it.
        """
        self.folder, self._lock = folder, None
        file = folder / FILE
        if model is None and not file.exists():
            raise FileNotFoundError(f"{folder}: no index; make one by python -m retriever.index PHOTOS --out {folder}")
        if model is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = self._locked()
        try:
            with told(file):
                self._data = connect(file, write=model is not None)
                self._check(model, numbers)
        except BaseException:
            self.close()
            raise

    def _locked(self) -> IO[str]:
        try:
            return lock(self.folder / LOCK)
        except BlockingIOError as error:
            raise CatalogueError(f"another process writes to {self.folder}; wait for its end") from error

    def _check(self, model: str | None, numbers: int) -> None:
        if not self._data.execute("SELECT 1 FROM sqlite_master").fetchone():
            if model is None:
                raise CatalogueError(f"{self.folder}: its making was stopped; index the photos again")
            self._make(model, numbers)
        if (answer := self._data.execute("PRAGMA quick_check").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(answer)
        settings = self.settings
        if settings.get("format") != str(FORMAT):
            raise CatalogueError(f"{self.folder}: expected an index of format {FORMAT}, got {settings.get('format')}")
        self.model, self.numbers = settings["model"], int(settings["numbers"])
        if model is not None:
            self.refuse_other_embedder(model)

    def refuse_other_embedder(self, model: str) -> None:
        """Raise a CatalogueError where the embeddings are not of the embedder with this fingerprint."""
        if model != self.model:
            raise CatalogueError(
                f"{self.folder} holds embeddings of another embedder, which cannot be compared: give that by"
                " --embedder, or index the photos again into another folder"
            )

    def _make(self, model: str, numbers: int) -> None:
        """The tables and settings of a new catalogue, all or none."""
        with self._data:
            self._data.execute("BEGIN")
            for statement in filter(str.strip, SCHEMA.split(";")):
                self._data.execute(statement)
            new = dict(format=FORMAT, model=model, numbers=numbers, generation=0)
            self._data.executemany("INSERT INTO settings VALUES (?, ?)", [(n, str(v)) for n, v in new.items()])

    def __enter__(self) -> "Catalogue":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, and let others write."""
        if hasattr(self, "_data"):
            self._data.close()
        if self._lock:
            self._lock.close()

    @property
    def settings(self) -> dict[str, str]:
        """What holds for all of it, by name."""
        return dict(self._data.execute("SELECT name, value FROM settings"))

    def set(self, name: str, value: str) -> None:
        """Change one of the settings, or add it."""
        with self._data:
            self._data.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", [name, value])

    @property
    def generation(self) -> int:
        """A number that grows with each change of the garments."""
        return int(self.settings["generation"])

    def __len__(self) -> int:
        """The number of garments."""
        return self._data.execute("SELECT count(*) FROM garments").fetchone()[0]

    def plan(self, folder: Path, photos: Iterable[PhotoState]) -> list[str]:
        """Compare with the photos of a folder: those that are gone or changed leave; returns those to index, in order.

        A photo that had a problem is tried again.
        """
        there = {state.photo: state for state in photos}
        stored = self._data.execute("SELECT photo, size, changed, problem FROM photos WHERE folder = ?", [str(folder)])
        good = {PhotoState(*row[:3]) for row in stored if not row[3]}
        stale = [state.photo for state in good if there.get(state.photo) != state]
        self.delete(folder, stale)
        return [name for name, state in there.items() if state not in good]

    def add(self, folder: Path, photos: pd.DataFrame, garments: pd.DataFrame, embeddings: np.ndarray) -> None:
        """Add photos with their garments, all or none; what was known of them is replaced.

        Args:
            folder: of the photos.
            photos: columns photo, size, changed, and problem, '' for none.
            garments: the columns of SHOWN but folder.
            embeddings: (N, numbers) of the garments.

        Raises:
            ValueError: the embeddings have another shape, or are not finite.
        """
        if embeddings.shape != (len(garments), self.numbers) or not np.isfinite(embeddings).all():
            raise ValueError(f"embeddings: expected finite ({len(garments)}, {self.numbers}), got {embeddings.shape}")
        rows = photos[["photo", "size", "changed", "problem"]].astype(object).itertuples(index=False)
        cells = garments[SHOWN[1:]].astype(object).itertuples(index=False)
        blobs = (row.tobytes() for row in embeddings.astype(np.float16))
        with self._data:
            self._remove(folder, photos["photo"])
            self._data.executemany("INSERT INTO photos VALUES (?, ?, ?, ?, ?)", [(str(folder), *row) for row in rows])
            values = [(None, str(folder), *row, blob) for row, blob in zip(cells, blobs, strict=True)]
            self._data.executemany(f"INSERT INTO garments VALUES ({', '.join('?' * (len(SHOWN) + 2))})", values)
            self._grow()

    def name_items(self, folder: Path, items: Mapping[str, str]) -> None:
        """Set the items of photos of a folder, {photo: item}; those that are not there are passed over."""
        rows = [(item, str(folder), photo) for photo, item in items.items()]
        with self._data:
            self._data.executemany("UPDATE garments SET item = ? WHERE folder = ? AND photo = ?", rows)

    def delete(self, folder: Path | None, photos: Iterable[str]) -> int:
        """Remove photos by their names, of one folder or of all; returns how many there were."""
        with self._data:
            if count := self._remove(folder, photos):
                self._grow()
        return count

    def _remove(self, folder: Path | None, photos: Iterable[str]) -> int:
        where, more = ("photo = ?", []) if folder is None else ("photo = ? AND folder = ?", [str(folder)])
        keys = [[name, *more] for name in photos]
        self._data.executemany(f"DELETE FROM garments WHERE {where}", keys)
        return max(0, self._data.executemany(f"DELETE FROM photos WHERE {where}", keys).rowcount) if keys else 0

    def _grow(self) -> None:
        self._data.execute("UPDATE settings SET value = value + 1 WHERE name = 'generation'")

    def ids(self, **wanted: str | None) -> np.ndarray:
        """(N,) int64 ids of the garments with these values, such as part='upper'; an id is never given twice."""
        asked = {name: value for name, value in wanted.items() if value}
        where = " AND ".join(["TRUE", *(f"{name} = ?" for name in asked)])
        rows = self._data.execute(f"SELECT id FROM garments WHERE {where} ORDER BY id", list(asked.values()))
        return np.array(rows.fetchall(), np.int64).reshape(-1)

    def matching(self, **wanted: str | None) -> np.ndarray | None:
        """As `ids`, but None where nothing is asked for."""
        return self.ids(**wanted) if any(wanted.values()) else None

    def vectors(self, ids: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """((N,) int64 ids, (N, numbers) float32 embeddings) of all garments, or of those with these ids.

        Raises:
            CatalogueError: an embedding has another length.
        """
        among, asked = ("", []) if ids is None else (AMONG, [json.dumps(ids.tolist())])
        rows = self._data.execute(f"SELECT id, embedding FROM garments {among} ORDER BY id", asked).fetchall()
        joined = b"".join(blob for _, blob in rows)
        if any(len(blob) != 2 * self.numbers for _, blob in rows):
            raise CatalogueError(f"{self.folder}: embeddings of several lengths; remove it and index the photos again")
        embeddings = np.frombuffer(joined, np.float16).reshape(-1, self.numbers).astype(np.float32)
        return np.array([id for id, _ in rows], np.int64), embeddings

    def values(self, column: str) -> list[str]:
        """The different values of a column of SHOWN, sorted."""
        return sorted(value for (value,) in self._data.execute(f"SELECT DISTINCT {column} FROM garments"))

    def shown(self, ids: Iterable[int]) -> pd.DataFrame:
        """The columns of SHOWN of garments, by id, in the order of the ids; those that are not there are left out."""
        wanted = [int(id) for id in ids]
        query = f"SELECT id, {', '.join(SHOWN)} FROM garments {AMONG}"
        rows = self._data.execute(query, [json.dumps(wanted)]).fetchall()
        there = pd.DataFrame(rows, columns=["id", *SHOWN]).set_index("id")
        return there.loc[[id for id in wanted if id in there.index]]

    def problems(self) -> Iterator[tuple[str, str, str]]:
        """(folder, photo, problem) of the photos that could not be read."""
        yield from self._data.execute("SELECT folder, photo, problem FROM photos WHERE problem != ''")
