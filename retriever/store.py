"""An index whose embeddings are searched by Qdrant, a vector database on one machine or many: add, search, delete.

The catalogue stays what is true. An id is never given twice and its embedding never changes, so a collection is brought
up to date by the ids that one has and the other has not; what a killed call left out the next one mends.
"""

import json
import os
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import pandas as pd

from retriever.catalogue import Catalogue
from retriever.sqlite_file import CatalogueError
from retriever.vectors import Matches

FILTERS = ("part", "category")  # columns of the catalogue that a search may ask for
GROUP = 1000  # garments that are sent together
WIDTH = 256  # candidates that the graph of the server keeps (ef of HNSW); more find more, slower
SECONDS = 60  # to wait for an answer
SETTING = "store"  # of a catalogue
KEY = "QDRANT_API_KEY"  # an environment variable


@contextmanager
def _clear_errors() -> Iterator[None]:
    from qdrant_client.http.exceptions import ApiException

    try:
        yield
    except ApiException as error:
        raise CatalogueError(f"the vector store failed ({error}); see that its server runs, and {KEY}") from error


class Store:
    """A collection of embeddings."""

    def __init__(self, location: str, collection: str):
        """Args: location: address of a Qdrant server, or a folder for its local mode; collection: its name.

        Raises:
            ValueError: the client is not installed.
        """
        try:
            from qdrant_client import QdrantClient
        except ImportError as error:
            raise ValueError("a vector store needs qdrant-client: pip install 'garments[store]'") from error
        self._served = "://" in location
        where = {"url": location, "api_key": os.environ.get(KEY)} if self._served else {"path": location}
        self._client = QdrantClient(**where, timeout=SECONDS, check_compatibility=False)
        self._collection = collection

    @_clear_errors()
    def make(self, numbers: int) -> None:
        """Make the collection, for embeddings of so many numbers, where there is none."""
        from qdrant_client import models

        if self.is_there():
            return
        vectors = models.VectorParams(size=numbers, distance=models.Distance.DOT)
        self._client.create_collection(self._collection, vectors_config=vectors)
        for name in FILTERS if self._served else ():
            self._client.create_payload_index(self._collection, name, models.PayloadSchemaType.KEYWORD)

    @_clear_errors()
    def is_there(self) -> bool:
        """Whether the collection exists."""
        return self._client.collection_exists(self._collection)

    @_clear_errors()
    def __len__(self) -> int:
        """The number of embeddings."""
        return self._client.count(self._collection).count

    @_clear_errors()
    def add(self, ids: np.ndarray, embeddings: np.ndarray, filters: pd.DataFrame) -> None:
        """Add embeddings.

        Args:
            ids: (N,) int64.
            embeddings: (N, D) float32 of unit length.
            filters: N rows with FILTERS.
        """
        rows = filters[list(FILTERS)].to_dict("records")
        self._client.upload_collection(self._collection, embeddings, rows, ids.tolist(), wait=True)

    @_clear_errors()
    def delete(self, ids: np.ndarray) -> None:
        """Remove embeddings by their (N,) ids."""
        for start in range(0, len(ids), GROUP):
            self._client.delete(self._collection, ids[start : start + GROUP].tolist(), wait=True)

    @_clear_errors()
    def search(self, queries: np.ndarray, top: int, wanted: Mapping[str, str | None]) -> Matches:
        """The nearest garments of (Q, D) queries; with wanted FILTERS among these alone, then exactly."""
        from qdrant_client import models

        asked = {name: value for name, value in wanted.items() if value}
        fields: list[models.Condition] = [
            models.FieldCondition(key=name, match=models.MatchValue(value=value)) for name, value in asked.items()
        ]
        how = models.SearchParams(hnsw_ef=WIDTH, exact=bool(asked)) if self._served else None
        matches = Matches(np.full((len(queries), top), -1), np.full((len(queries), top), np.inf, np.float32))
        for query, ids, distances in zip(queries, *matches, strict=True):
            found = self._client.query_points(
                self._collection, query.tolist(), query_filter=models.Filter(must=fields), search_params=how, limit=top
            ).points
            ids[: len(found)] = [point.id for point in found]
            distances[: len(found)] = [1 - point.score for point in found]
        return matches

    @_clear_errors()
    def ids(self) -> np.ndarray:
        """(N,) int64 ids of all embeddings."""
        found, after = [], None
        while True:
            page, after = self._client.scroll(
                self._collection, limit=10 * GROUP, offset=after, with_payload=False, with_vectors=False
            )
            found += [point.id for point in page]
            if after is None:
                return np.array(found, np.int64)

    def follow(self, catalogue: Catalogue) -> None:
        """Bring the collection up to date with a catalogue."""
        here, there = catalogue.ids(), self.ids()
        self.delete(np.setdiff1d(there, here))
        new = np.setdiff1d(here, there)
        for start in range(0, len(new), GROUP):
            ids, embeddings = catalogue.vectors(new[start : start + GROUP])
            self.add(ids, embeddings, catalogue.shown(ids))


def update_store(catalogue: Catalogue, location: str | None = None) -> bool:
    """Bring the store of a catalogue that is open to write up to date; returns whether it has one.

    Args:
        catalogue: remembers the store.
        location: another place for it from now on, as in `Store`; '' for none; None as before.
    """
    known = _known(catalogue)
    location = known.get("location", "") if location is None else location
    if not location:
        catalogue.set(SETTING, "{}")
        return False
    own = {"location": location, "folder": str(catalogue.folder.resolve())}
    if own.items() - known.items():  # a copy of an index, too, gets a collection of its own
        known = {**own, "collection": f"garments-{uuid.uuid4().hex}", "generation": 0}
    store = Store(location, known["collection"])
    store.make(catalogue.numbers)
    catalogue.set(SETTING, json.dumps(known))
    store.follow(catalogue)
    catalogue.set(SETTING, json.dumps({**known, "generation": catalogue.generation}))
    return True


def open_store(catalogue: Catalogue) -> Store | None:
    """The store of a catalogue, None where it has none; says on stderr if it is not up to date.

    Raises:
        CatalogueError: its server does not answer, or has lost the collection.
    """
    known = _known(catalogue)
    if not known.get("location"):
        return None
    store = Store(known["location"], known["collection"])
    again = f"python -m retriever.index --out {catalogue.folder} --store {known['location']}"
    if not store.is_there():
        raise CatalogueError(f"{known['location']} has no collection {known['collection']}; fill it by {again}")
    if (known["generation"], len(store)) != (catalogue.generation, len(catalogue)):
        print(f"{known['location']} is behind the index; bring it up to date by {again}", file=sys.stderr)
    return store


def _known(catalogue: Catalogue) -> dict:
    """The location, the collection, and the generation that it is up to date with; the folder the index was in."""
    return json.loads(catalogue.settings.get(SETTING, "{}"))
