"""The index of many garments: python benchmarks/index.py [--garments 1000000] [--numbers 128] [--variants 20]

Made-up embeddings in clusters, as designs in many variants are; `--variants 1` is noise without clusters, the worst
case. All numbers vary alike, which is hard on lists. Prints how long the structure takes to build and to open, the time
of a query, one at a time, and the recall@20 against an exact search; CPU times are without what other work costs.
OMP_NUM_THREADS=1 keeps it to one core.
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from retriever.vectors import build, import_faiss, search

SPREAD, QUERIES, TOP = 0.6, 500, 20


def embeddings(count: int, numbers: int, variants: int, seed: int = 0) -> np.ndarray:
    """(count, numbers) float32 of unit length, so many variants around each centre."""
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((-(-count // variants), numbers), np.float32).repeat(variants, 0)[:count]
    vectors += SPREAD * rng.standard_normal(vectors.shape, np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--garments", type=int, default=1_000_000)
    parser.add_argument("--numbers", type=int, default=128)
    parser.add_argument("--variants", type=int, default=20, help="of a design")
    args = parser.parse_args()
    faiss = import_faiss()
    vectors = embeddings(args.garments, args.numbers, args.variants)
    noise = SPREAD * np.random.default_rng(1).standard_normal((QUERIES, args.numbers)) / np.sqrt(args.numbers)
    queries = (vectors[:: max(1, args.garments // QUERIES)][:QUERIES] + noise).astype(np.float32)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    start, used = time.perf_counter(), time.process_time()
    index = build(np.arange(args.garments), vectors)
    took, cpu = time.perf_counter() - start, time.process_time() - used
    print(f"built in {took:.0f} s, {cpu:.0f} s of CPU, {faiss.omp_get_max_threads()} threads", flush=True)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder, "vectors.faiss"))
        faiss.write_index(index, file)
        start = time.perf_counter()
        opened = faiss.read_index(file, faiss.IO_FLAG_MMAP_IFC)
        print(f"{Path(file).stat().st_size / 1e6:.0f} MB, opened in {time.perf_counter() - start:.3f} s", flush=True)
        times, found = [], []
        for query in queries:
            start, used = time.perf_counter(), time.process_time()
            found.append(search(opened, query[None], TOP).ids[0])
            times.append((time.perf_counter() - start, time.process_time() - used))
        used = time.process_time()
        search(opened, queries, TOP)
        together = (time.process_time() - used) / QUERIES
    (median, cpu), (late, late_cpu) = np.quantile(times, [0.5, 0.95], axis=0) * 1e3
    print(
        f"a query: median {median:.2f} ms ({cpu:.2f} of CPU), 95 % under {late:.2f} ms ({late_cpu:.2f} of CPU)",
        flush=True,
    )
    print(f"a query of {QUERIES} at once: {together * 1e3:.2f} ms of CPU", flush=True)
    exact = search(build(np.arange(args.garments), vectors, flat=args.garments), queries, TOP).ids
    recall = np.mean([np.isin(e, f).mean() for e, f in zip(exact, found, strict=True)])
    print(f"recall@{TOP} {recall:.3f}; {memory:.1f} GB at most")


if __name__ == "__main__":
    main()
