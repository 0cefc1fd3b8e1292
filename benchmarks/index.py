"""The index of many garments: python benchmarks/index.py [--garments 1000000] [--numbers 128]

Made-up embeddings in clusters, as designs in many variants are. Prints how long the structure takes to build and to
open, the time of a query, one at a time, and the recall@20 against an exact search.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from retriever.vectors import build, import_faiss, search

DESIGN, SPREAD, QUERIES, TOP = 20, 0.6, 500, 20


def embeddings(count: int, numbers: int, seed: int = 0) -> np.ndarray:
    """(count, numbers) float32 of unit length, DESIGN around each centre."""
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((-(-count // DESIGN), numbers), np.float32).repeat(DESIGN, 0)[:count]
    vectors += SPREAD * rng.standard_normal(vectors.shape, np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--garments", type=int, default=1_000_000)
    parser.add_argument("--numbers", type=int, default=128)
    args = parser.parse_args()
    faiss = import_faiss()
    vectors = embeddings(args.garments, args.numbers)
    noise = SPREAD * np.random.default_rng(1).standard_normal((QUERIES, args.numbers)) / np.sqrt(args.numbers)
    queries = (vectors[:: max(1, args.garments // QUERIES)][:QUERIES] + noise).astype(np.float32)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    start = time.perf_counter()
    index = build(np.arange(args.garments), vectors)
    print(f"built in {time.perf_counter() - start:.1f} s on {os.cpu_count()} cores: {type(index).__name__}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder, "vectors.faiss"))
        faiss.write_index(index, file)
        start = time.perf_counter()
        opened = faiss.read_index(file, faiss.IO_FLAG_MMAP_IFC)
        print(f"{Path(file).stat().st_size / 1e6:.0f} MB, opened in {time.perf_counter() - start:.3f} s", flush=True)
        times, found = [], []
        for query in queries:
            start = time.perf_counter()
            found.append(search(opened, query[None], TOP).ids[0])
            times.append(time.perf_counter() - start)
    exact = np.concatenate([np.argsort(-(some @ vectors.T), 1)[:, :TOP] for some in np.array_split(queries, 50)])
    recall = np.mean([np.isin(e, f).mean() for e, f in zip(exact, found, strict=True)])
    print(f"a query: median {np.median(times) * 1e3:.2f} ms, 95 % under {np.quantile(times, 0.95) * 1e3:.2f} ms")
    print(f"recall@{TOP} {recall:.3f}; {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB at most")


if __name__ == "__main__":
    main()
