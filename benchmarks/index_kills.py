"""Is anything lost when indexing is killed? python benchmarks/index_kills.py [--kills 100]

Photos of a folder come, change and go; each time it is indexed, by made-up models, into a catalogue, a vector store and
the structure that searches, and killed with SIGKILL at a random moment. After each kill no photo may be half there, and
none that stayed as it was may be missing. Every fifth run may end: then all three must hold what the folder has.
"""

import argparse
import multiprocessing
import random
import sys
import tempfile
import time
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from retriever.catalogue import Catalogue
from retriever.finding import COLUMNS, Described
from retriever.index import index_folder
from retriever.store import open_store, update_store
from retriever.vectors import import_faiss, open_vectors, search

PHOTOS, NUMBERS, MODEL, ENDS = 500, 16, "made up", 5


def truth(name: str, version: str) -> np.ndarray:
    """(1 to 3, NUMBERS) float32 embeddings of the garments of a version of a photo."""
    rng = np.random.default_rng(zlib.crc32(f"{name} {version}".encode()))
    vectors = rng.standard_normal((rng.integers(1, 4), NUMBERS), np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def find(paths: list[Path], names: list[str]) -> Described:
    """The garments of photos, whose content is their version; it is kept as the category."""
    versions = [path.read_text() for path in paths]
    embeddings = [truth(name, version) for name, version in zip(names, versions, strict=True)]
    known = dict.fromkeys(COLUMNS, 0) | {"part": "upper", "colour": ""}
    rows = [
        {**known, "photo": name, "garment": n, "category": version}
        for name, version, found in zip(names, versions, embeddings, strict=True)
        for n in range(len(found))
    ]
    return Described(pd.DataFrame(rows, columns=COLUMNS), np.concatenate(embeddings), {})


def index(folder: Path, out: Path, store: Path) -> None:
    """What is killed."""
    with Catalogue(out, MODEL, NUMBERS) as catalogue:
        index_folder(folder, catalogue, find)
        update_store(catalogue, str(store))
        open_vectors(catalogue)


def change(folder: Path, rng: random.Random) -> dict[str, str]:
    """Change a tenth of the photos, remove and add some; returns {photo: version} of those that stay as they are."""
    there = {path.name: path.read_text() for path in folder.iterdir()}
    for name in rng.sample(sorted(there), len(there) // 10):
        (folder / name).write_text(str(int(there.pop(name)) + 1))
    for name in rng.sample(sorted(there), len(there) // 20):
        (folder / name).unlink()
        del there[name]
    for _ in range(PHOTOS - len(list(folder.iterdir()))):
        (folder / f"{rng.random()}.jpg").write_text("0")
    return there


def held(out: Path) -> dict[str, str]:
    """{photo: version} of a catalogue; raises AssertionError where a garment of one is missing or differs."""
    with Catalogue(out) as catalogue:
        ids, embeddings = catalogue.vectors()
        rows = catalogue.shown(ids).reset_index()
        photos = {name for (name,) in catalogue._data.execute("SELECT photo FROM photos")}
    assert photos == set(rows["photo"]), "a photo without its garments"
    for (name, version), own in rows.groupby(["photo", "category"]):
        np.testing.assert_allclose(embeddings[own.index], truth(name, version), atol=2e-3, err_msg=name)
    assert rows.drop_duplicates(["photo", "category"])["photo"].is_unique, "two versions of a photo"
    return dict(zip(rows["photo"], rows["category"], strict=True))


def check_end(folder: Path, out: Path) -> None:
    """That a finished index holds what the folder has; raises AssertionError."""
    assert held(out) == {path.name: path.read_text() for path in folder.iterdir()}
    with Catalogue(out) as catalogue:
        ids, embeddings = catalogue.vectors()
        store = open_store(catalogue)
        assert store and set(store.ids()) == set(ids)
        for found in (search(open_vectors(catalogue), embeddings, 1), store.search(embeddings[:100], 1, {})):
            assert (found.ids[:, 0] == ids[: len(found.ids)]).all() and abs(found.distances).max() < 3e-3


def kill(kills: int, work: Path, seed: int = 0) -> dict[str, int]:
    """Kill so many runs; returns what was met. Raises AssertionError where something is lost."""
    import qdrant_client  # noqa: F401

    import_faiss()  # both once, for all that are forked
    folder, rng, met = work / "photos", random.Random(seed), {"killed": 0, "ended": 0}
    folder.mkdir()
    places, fork = (folder, work / "index", work / "store"), multiprocessing.get_context("fork")
    before: dict[str, str] = {}
    took = 0.0
    while met["killed"] < kills or met["ended"] * ENDS < kills:
        same = change(folder, rng)
        run = fork.Process(target=index, args=places)
        start = time.monotonic()
        run.start()
        to_end = sum(met.values()) % ENDS == 0
        run.join(None if to_end else rng.uniform(0, took))
        ended = run.exitcode is not None
        run.kill()
        run.join()
        assert run.exitcode in ((0,) if ended else (0, -9)), f"exit status {run.exitcode}"
        met["ended" if ended else "killed"] += 1
        if ended:
            took = time.monotonic() - start
            check_end(*places[:2])
        now = held(places[1])
        lost = {name for name, version in before.items() if same.get(name) == version != now.get(name)}
        assert not lost, f"lost: {sorted(lost)[:5]}"
        before = now
    return met


def main(arguments: list[str] | None = None) -> None:
    """The command line; exit status 1 with what is wrong, if anything was lost."""
    parser = argparse.ArgumentParser(prog="python benchmarks/index_kills.py", description=__doc__.partition("?")[0])
    parser.add_argument("--kills", type=int, default=100, help="how many runs to kill (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as work:
        met = kill(args.kills, Path(work), args.seed)
    print(f"{met['killed']} runs killed, {met['ended']} ended: nothing lost")


if __name__ == "__main__":
    main()
