"""The structure that searches embeddings: exact up to FLAT of them, lists of neighbours (IVF) beyond; memory-mapped.

Johnson, Douze, Jegou: Billion-scale similarity search with GPUs, IEEE Transactions on Big Data 2019 (Faiss). The lists
hold codes of 4 bits (Andre, Kermarrec, Le Scouarnec: Cache locality is not enough, VLDB 2015), and what they find is
compared exactly. It is kept beside the catalogue it is made from, and made again when that has changed.
"""

import json
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from retriever.catalogue import Catalogue

if TYPE_CHECKING:
    import faiss

FLAT = 100_000  # embeddings that are searched one by one
PER_CENTRE = 40  # embeddings to learn a centre of a list from
ROUNDS = 8  # of learning centres
CANDIDATES, MOST = 4, 64  # times as many as are asked for, or more, are found by their codes, then compared exactly
BY_CODES = 0.99  # of exact search, were all lists read: chooses how many candidates
RECALL, RECALL_AT, PROBES = 0.98, 20, 256  # of exact search, on so many queries: chooses how many lists are read
TIE = 1e-6  # embeddings whose cosines differ by less are as good as each other
MOVED = 0.5  # how far those queries lie from embeddings of the index, as other photos of a garment do
FORMAT, FILE, STAMP = 2, "vectors.faiss", "vectors.json"


class Matches(NamedTuple):
    """The nearest garments of Q queries, best first; -1 and inf where there are fewer.

    Attributes:
        ids: (Q, k) int64.
        distances: (Q, k) float32, 1 less the cosine.
    """

    ids: np.ndarray
    distances: np.ndarray


def import_faiss():  # noqa: ANN201
    """The module, after TensorFlow: the other way round one of them crashes.

    Raises:
        ValueError: it is not installed.
    """
    from engine.startup import import_tensorflow

    import_tensorflow()
    try:
        import faiss
    except ImportError as error:
        raise ValueError("searching needs faiss: pip install 'garments[train]'") from error
    return faiss


def build(ids: np.ndarray, embeddings: np.ndarray, flat: int = FLAT, seed: int = 0) -> "faiss.IndexIDMap2":
    """A structure that searches N embeddings.

    Args:
        ids: (N,) int64, ascending, what a search returns.
        embeddings: (N, D) float32 of unit length.
        flat: up to so many are searched one by one.
        seed: of the sample that the lists are learned from.
    """
    faiss = import_faiss()
    if len(ids) <= flat:
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(embeddings.shape[1]))
        index.add_with_ids(embeddings, ids)
        return index
    rng = np.random.default_rng(seed)
    lists = _lists(len(ids), embeddings.shape[1], seed)
    refined = faiss.IndexRefineFlat(lists)
    refined.k_factor = CANDIDATES
    sample = rng.choice(len(ids), min(len(ids), PER_CENTRE * lists.nlist), replace=False)
    refined.train(embeddings[np.sort(sample)])
    index = faiss.IndexIDMap2(refined)
    index.add_with_ids(embeddings, ids)
    _tune(index, refined, lists, embeddings, rng)
    return index


def _lists(count: int, numbers: int, seed: int) -> "faiss.IndexIVFPQFastScan":
    """Lists for so many embeddings, which they hold as codes of 2 bits a number."""
    faiss = import_faiss()
    centres = 1 << int(np.log2(4 * np.sqrt(count)))
    codes = numbers // 2 if numbers % 2 == 0 else numbers
    index = faiss.IndexIVFPQFastScan(faiss.IndexFlatIP(numbers), numbers, centres, codes, 4, faiss.METRIC_INNER_PRODUCT)
    index.by_residual = False
    index.cp.seed = index.pq.cp.seed = seed
    index.cp.niter = index.pq.cp.niter = ROUNDS
    return index


def _tune(
    index: "faiss.IndexIDMap2",
    refined: "faiss.IndexRefine",
    lists: "faiss.IndexIVF",
    embeddings: np.ndarray,
    rng: np.random.Generator,
) -> None:
    """Let a search read just enough to find RECALL of the RECALL_AT nearest of queries near its own embeddings."""
    own = embeddings[rng.choice(len(embeddings), min(PROBES, len(embeddings)), replace=False)]
    away = rng.standard_normal(own.shape, np.float32)
    queries = own + MOVED * away / np.linalg.norm(away, axis=1, keepdims=True)
    last = _exact(index).search(queries, RECALL_AT)[0][:, -1:]

    def recall() -> float:
        return (index.search(queries, RECALL_AT)[0] >= last - TIE).mean()

    lists.nprobe = lists.nlist
    while refined.k_factor < MOST and recall() < BY_CODES:
        refined.k_factor *= 2
    lists.nprobe = 1
    while lists.nprobe < lists.nlist and recall() < RECALL:
        lists.nprobe *= 2


def _exact(index: "faiss.IndexIDMap2") -> "faiss.IndexFlat":
    """What searches all embeddings of a structure one by one, by their places."""
    faiss = import_faiss()
    inner = faiss.downcast_index(index.index)
    return faiss.downcast_index(inner.refine_index) if isinstance(inner, faiss.IndexRefine) else inner


def search(index: "faiss.IndexIDMap2", queries: np.ndarray, top: int, among: np.ndarray | None = None) -> Matches:
    """The nearest garments of each query.

    Args:
        index: of `build`.
        queries: (Q, D) float32 of unit length.
        top: how many for each.
        among: (M,) ids that may be found; None for all. Then the search is exact.
    """
    faiss = import_faiss()
    queries = np.ascontiguousarray(queries, np.float32)
    if among is None:
        similarity, ids = index.search(queries, top)
    else:
        known = faiss.vector_to_array(index.id_map)
        selector = faiss.IDSelectorBatch(np.searchsorted(known, among))
        similarity, places = _exact(index).search(queries, top, params=faiss.SearchParameters(sel=selector))
        ids = np.where(places < 0, -1, known[places])
    return Matches(ids, np.where(ids < 0, np.inf, 1 - similarity).astype(np.float32))


def open_vectors(catalogue: Catalogue) -> "faiss.IndexIDMap2":
    """The structure of a catalogue: the one on disk if it is whole and up to date, else a new one, which is kept."""
    faiss = import_faiss()
    file, stamp = catalogue.folder / FILE, catalogue.folder / STAMP
    if _is_current(file, stamp, catalogue.generation):
        return faiss.read_index(str(file), faiss.IO_FLAG_MMAP_IFC)
    generation = catalogue.generation
    index = build(*catalogue.vectors())
    part = file.with_suffix(".part")
    try:
        faiss.write_index(index, str(part))
        known = {"format": FORMAT, "generation": generation, "size": part.stat().st_size, "crc32": _crc32(part)}
        stamp.unlink(missing_ok=True)
        part.replace(file)
        stamp.write_text(json.dumps(known), encoding="utf-8")
    except (OSError, RuntimeError):  # a folder that may only be read: it is built again each time
        part.unlink(missing_ok=True)
    return index


def _is_current(file: Path, stamp: Path, generation: int) -> bool:
    try:
        known = json.loads(stamp.read_text(encoding="utf-8"))
        whole = (known["format"], known["generation"]) == (FORMAT, generation) and known["size"] == file.stat().st_size
        return whole and known["crc32"] == _crc32(file)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _crc32(file: Path) -> int:
    value = 0
    with open(file, "rb") as content:
        while block := content.read(1 << 22):
            value = zlib.crc32(block, value)
    return value
