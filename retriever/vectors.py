"""The structure that searches embeddings: exact up to FLAT of them, lists of neighbours (IVF) beyond; memory-mapped.

Johnson, Douze, Jegou: Billion-scale similarity search with GPUs, IEEE Transactions on Big Data 2019 (Faiss). It is kept
beside the catalogue it is made from, and made again when that has changed.
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
RECALL, RECALL_AT, PROBES = 0.98, 20, 256  # of exact search, on so many queries: chooses how many lists are read
MOVED = 0.5  # how far those queries lie from embeddings of the index, as other photos of a garment do
FILE, STAMP = "vectors.faiss", "vectors.json"


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


def build(ids: np.ndarray, embeddings: np.ndarray, flat: int = FLAT, seed: int = 0) -> "faiss.Index":
    """A structure that searches N embeddings.

    Args:
        ids: (N,) int64, what a search returns.
        embeddings: (N, D) float32 of unit length.
        flat: up to so many are searched one by one.
        seed: of the sample that the lists are learned from.
    """
    faiss = import_faiss()
    numbers = embeddings.shape[1]
    if len(ids) <= flat:
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(numbers))
        index.add_with_ids(embeddings, ids)
        return index
    lists = 1 << int(np.log2(4 * np.sqrt(len(ids))))
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(numbers), numbers, lists, faiss.METRIC_INNER_PRODUCT)
    index.cp.seed, index.cp.niter = seed, 8
    sample = np.random.default_rng(seed).choice(len(ids), min(len(ids), PER_CENTRE * lists), replace=False)
    index.train(embeddings[np.sort(sample)])
    index.add_with_ids(embeddings, ids)
    index.nprobe = _enough_lists(index, embeddings, ids, seed)
    return index


def _enough_lists(index: "faiss.IndexIVFFlat", embeddings: np.ndarray, ids: np.ndarray, seed: int) -> int:
    """How many lists a search must read to find RECALL of the RECALL_AT nearest of queries near its own embeddings."""
    rng = np.random.default_rng(seed)
    own = embeddings[rng.choice(len(ids), min(PROBES, len(ids)), replace=False)]
    away = rng.standard_normal(own.shape, np.float32)
    queries = own + MOVED * away / np.linalg.norm(away, axis=1, keepdims=True)
    index.nprobe = index.nlist
    exact = index.search(queries, RECALL_AT)[1]
    read = 1
    while read < index.nlist:
        index.nprobe = read
        found = index.search(queries, RECALL_AT)[1]
        if np.mean([np.isin(e, f).mean() for e, f in zip(exact, found, strict=True)]) >= RECALL:
            break
        read *= 2
    return min(read, index.nlist)


def search(index: "faiss.Index", queries: np.ndarray, top: int, among: np.ndarray | None = None) -> Matches:
    """The nearest garments of each query.

    Args:
        index: of `build`.
        queries: (Q, D) float32 of unit length.
        top: how many for each.
        among: (M,) ids that may be found; None for all. Then the search is exact.
    """
    faiss = import_faiss()
    options = {}
    if among is not None:
        selector = faiss.IDSelectorBatch(among)
        lists = getattr(index, "nlist", 0)
        known = faiss.SearchParametersIVF(sel=selector, nprobe=lists) if lists else faiss.SearchParameters(sel=selector)
        options = {"params": known}
    similarity, ids = index.search(np.ascontiguousarray(queries, np.float32), top, **options)
    return Matches(ids, np.where(ids < 0, np.inf, 1 - similarity).astype(np.float32))


def open_vectors(catalogue: Catalogue) -> "faiss.Index":
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
        known = {"generation": generation, "size": part.stat().st_size, "crc32": _crc32(part)}
        stamp.unlink(missing_ok=True)
        part.replace(file)
        stamp.write_text(json.dumps(known), encoding="utf-8")
    except (OSError, RuntimeError):  # a folder that may only be read: it is built again each time
        part.unlink(missing_ok=True)
    return index


def _is_current(file: Path, stamp: Path, generation: int) -> bool:
    try:
        known = json.loads(stamp.read_text(encoding="utf-8"))
        whole = known["generation"] == generation and known["size"] == file.stat().st_size
        return whole and known["crc32"] == _crc32(file)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _crc32(file: Path) -> int:
    value = 0
    with open(file, "rb") as content:
        while block := content.read(1 << 22):
            value = zlib.crc32(block, value)
    return value
