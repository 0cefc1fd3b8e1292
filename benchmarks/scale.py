"""A cluster on this machine: python benchmarks/scale.py PHOTOS [--part speed --part memory --part kill] [--models tiny]

speed    seconds of the plain pipeline, of one actor and of two, in turns, on --few and on --most photos
memory   peak memory of all processes, and of Ray's object store, at --few and at --most photos
kill     three raylets, of which one is killed amid work: are the outputs those of a plain run?

The photos are links to PHOTOS.
"""

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path

import ray
from ray.cluster_utils import Cluster

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.kills import differences
from photos.reading import find_files
from pipeline.run import Options, run
from pipeline.scale import connect
from pipeline.shards import SHARDS
from samples.tiny import export_tiny_models

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("speed", "memory", "kill")
ENGINES = {"plain": {}, "1 actor": dict(engine="ray", workers=1), "2 actors": dict(engine="ray", workers=2)}


def links(photos: Path, folder: Path, count: int) -> Path:
    """A folder of so many links to photos."""
    folder.mkdir()
    for number, path in enumerate(islice(cycle(find_files(photos)), count)):
        os.symlink(path, folder / f"{number:07d}{path.suffix}")
    return folder


def command(folder: Path, out: Path, models: Path, engine: str) -> float:
    """Seconds of a whole run in a new process."""
    options = [f"--{name}={value}" for name, value in ENGINES[engine].items()]
    arguments = [sys.executable, str(ROOT / "pipeline.py"), str(folder), "--out", str(out), "--models", str(models)]
    start = time.perf_counter()
    status = os.spawnv(os.P_WAIT, sys.executable, [*arguments, *options])
    if status not in (0, 1):
        raise RuntimeError(f"a run ended with {status}")
    return time.perf_counter() - start


def speed(photos: Path, models: Path, counts: list[int], turns: int) -> Iterator[str]:
    """The seconds of each engine, and its photos/s without the start: those between the two counts."""
    with tempfile.TemporaryDirectory() as work:
        folders = [links(photos, Path(work, str(count)), count) for count in counts]
        for turn in range(turns):
            for engine in ENGINES:
                few, most = (
                    command(folder, Path(work, f"{turn} {engine} {folder.name}"), models, engine) for folder in folders
                )
                rate = (counts[1] - counts[0]) / (most - few)
                yield f"{engine}: {counts[0]} photos {few:.1f} s, {counts[1]} photos {most:.1f} s, {rate:.2f} photos/s"


@contextmanager
def watched() -> Iterator[dict[str, float]]:
    """The peaks within the block: MB of this process and its children (shared pages once), and of the object store."""
    peaks, over = {"processes": 0.0, "object store": 0.0}, threading.Event()

    def watch() -> None:
        while not over.wait(1):
            whole, free = ray.cluster_resources(), ray.available_resources()
            store = whole["object_store_memory"] - free.get("object_store_memory", 0)
            peaks["object store"] = max(peaks["object store"], store / 1e6)
            peaks["processes"] = max(peaks["processes"], sum(map(_proportional, _family(os.getpid()))))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peaks
    finally:
        over.set()
        thread.join()


def _family(process: int) -> list[int]:
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return [process, *(one for task in tasks for child in task.read_text().split() for one in _family(int(child)))]


def _proportional(process: int) -> float:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("Pss:")), 0)


def memory(photos: Path, models: Path, counts: list[int]) -> Iterator[str]:
    """The peaks of runs with one actor."""
    for count in counts:
        with tempfile.TemporaryDirectory() as work:
            folder = links(photos, Path(work, "photos"), count)
            connect(None)
            start = time.perf_counter()
            with watched() as peaks:
                run(folder, Path(work, "out"), Options(models, engine="ray", workers=1, pictures=False))
            seconds = time.perf_counter() - start
            ray.shutdown()
        yield f"{count} photos in {seconds:.0f} s: " + ", ".join(f"{name} {mb:.1f} MB" for name, mb in peaks.items())


def kill(photos: Path, models: Path, count: int) -> Iterator[str]:
    """Kills a node with an actor after the first shard; compares every output with those of a plain run."""
    with tempfile.TemporaryDirectory() as work:
        folder, out = links(photos, Path(work, "photos"), count), Path(work, "out")
        run(folder, Path(work, "plain"), Options(models))
        cluster = Cluster(initialize_head=True, head_node_args=dict(num_cpus=0, object_store_memory=80_000_000))
        nodes = [cluster.add_node(num_cpus=1, object_store_memory=80_000_000) for _ in range(2)]
        ray.init(cluster.address, log_to_driver=False)
        killer = threading.Thread(
            target=_kill_after, args=(lambda: any((out / SHARDS).glob("*.jsonl")), cluster, nodes)
        )
        killer.start()
        run(folder, out, Options(models, engine="ray", workers=2))
        killer.join()
        ray.shutdown()
        cluster.shutdown()
        wrong = [name for name in differences(Path(work, "plain"), out) if not name.startswith(SHARDS)]
        yield f"{count} photos, one of two nodes killed: {len(wrong)} outputs differ {wrong[:5]}"


def _kill_after(condition: Callable[[], bool], cluster: Cluster, nodes: list) -> None:
    while not condition():
        time.sleep(0.05)
    cluster.remove_node(nodes[0], allow_graceful=False)
    print("a node was killed", flush=True)


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python benchmarks/scale.py", description=__doc__.partition(":")[0])
    parser.add_argument("folder", type=Path, metavar="PHOTOS", help="a folder of readable photos")
    parser.add_argument("--models", type=Path, default=ROOT / "models", help="their folder, or tiny for stand-ins")
    parser.add_argument("--part", action="append", choices=PARTS, help="repeatable (default: all)")
    parser.add_argument("--few", type=int, default=64, help="photos of the smaller run (default: %(default)s)")
    parser.add_argument("--most", type=int, default=256, help="photos of the larger run (default: %(default)s)")
    parser.add_argument("--turns", type=int, default=2, help="of speed (default: %(default)s)")
    args = parser.parse_args(arguments)
    folder, counts = args.folder.resolve(), [args.few, args.most]
    with tempfile.TemporaryDirectory() as work:
        models = export_tiny_models(Path(work)) if str(args.models) == "tiny" else args.models.resolve()
        parts = {
            "speed": lambda: speed(folder, models, counts, args.turns),
            "memory": lambda: memory(folder, models, counts),
            "kill": lambda: kill(folder, models, args.most),
        }
        for part in args.part or PARTS:
            for line in parts[part]():
                print(line, flush=True)


if __name__ == "__main__":
    main()
