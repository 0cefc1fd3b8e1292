"""A run on many machines by Ray Data: paths go to actors, which load the models once and write shards."""

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

from pipeline.bucket import Bucket
from pipeline.journal import CannotRun, Journal
from pipeline.loop import Stopped, analysed, in_groups, read_ahead
from pipeline.model_folders import ModelFolders
from pipeline.options import Options, load
from pipeline.pictures import Pictures
from pipeline.shards import SHARDS, files_of, is_finished, plan, write_shard

RAY = {  # how it runs, unless the environment says otherwise
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_agent_register_timeout_ms": "120000",  # a busy machine starts its processes slowly
}
STORE = 200_000_000  # bytes of the object store of a cluster of this machine alone: only paths and counts pass through


class Analyst:
    """An actor: loads the models once, then analyses shards and writes them."""

    def __init__(self, folder: Path | Bucket, out: Path, options: Options):
        """Args: folder: the photos; out: the output folder, which all machines share; options: of the run."""
        self._folder, self._out = folder, out
        self._pictures = Pictures(out, options.pictures, options.cutouts)
        self._pipeline = load(options)
        self._classifiers = ModelFolders.find(options.models).classifiers

    def __call__(self, row: dict[str, str]) -> dict[str, int]:
        """Write the shard of a row of the plan, unless it is there; gives the number of its photos."""
        files = files_of(row)
        if not is_finished(self._out, row["shard"]):
            groups = in_groups([file.name for file in files], from_the_start=False)
            with (
                read_ahead([file.name for file in files], self._folder) as reads,
                closing(analysed(self._pipeline, reads, groups, self._pictures)) as records,
            ):
                write_shard(self._out, row["shard"], files, chain.from_iterable(records), self._classifiers)
        return {"photos": len(files)}


class Actors(NamedTuple):
    """How many actors, and what each of them gets."""

    workers: int
    cpus: int
    gpus: float


def analyse_on_cluster(
    journal: Journal, folder: Path | Bucket, out: Path, options: Options, stop: threading.Event
) -> None:
    """Analyse the files that wait, on all machines of a Ray cluster; their records are in shards afterwards.

    Args:
        journal: of the run; says which files wait.
        folder: the photos: a folder under the same path on all machines, or an object store.
        out: the output folder, under the same path on all machines.
        options: of the run.
        stop: ends the run after the current shard.

    Raises:
        CannotRun: Ray is not installed, the cluster cannot be reached, or the models cannot be loaded there.
        Stopped: `stop` was set.
    """
    (out / SHARDS).mkdir(exist_ok=True)
    total, done = len(journal), len(journal) - len(journal.todo())
    with cluster(options) as actors, tqdm(total=total, initial=done, unit="photo", desc="photos") as progress:
        shards = plan(journal, time.strftime("%Y%m%dT%H%M%S"), actors.workers)
        for row in counts(shards, actors, folder, out, options):
            progress.update(row["photos"])
            done += row["photos"]
            if stop.is_set():
                raise Stopped(done, total)


def counts(
    shards: list[dict[str, str]], actors: Actors, folder: Path | Bucket, out: Path, options: Options
) -> Iterator[dict[str, Any]]:
    """The number of photos of each shard, as it is finished; Ray Data starts dead actors and lost shards again."""
    import ray.data

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = context.print_on_execution_start = False
    threads = dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"), str(actors.cpus))
    data = ray.data.from_items(shards, override_num_blocks=len(shards)).map(
        Analyst,  # type: ignore[arg-type]  # Ray makes an object of it in each actor
        fn_constructor_args=(folder, out, options),
        compute=ray.data.ActorPoolStrategy(size=min(actors.workers, len(shards)), max_tasks_in_flight_per_actor=2),
        num_cpus=actors.cpus,
        num_gpus=actors.gpus,
        runtime_env={"env_vars": {**threads, "TF_FORCE_GPU_ALLOW_GROWTH": "true"}},
    )
    return iter(data.iter_rows())


@contextmanager
def cluster(options: Options) -> Iterator[Actors]:
    """The connection to a cluster, or one of this machine alone; gives the actors that it has room for.

    Raises:
        CannotRun: see `analyse_on_cluster`; also for an error of Ray within the block.
    """
    for name, value in RAY.items():
        os.environ.setdefault(name, value)
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise CannotRun(f"--engine ray needs the extra scale ({error}): pip install 'garments[scale]'") from error
    connected = ray.is_initialized()
    try:
        if not connected:
            connect(options.address)
        yield room(ray.nodes(), options.workers)
    except ray.exceptions.RayError as error:
        reason = str(error).strip().splitlines()[-1]
        raise CannotRun(f"Ray gave up: {reason}; what is finished is kept: the same command resumes the run") from error
    finally:
        if not connected:
            ray.shutdown()


def connect(address: str | None) -> None:
    """Connect to a cluster, or start one of this machine alone.

    Raises:
        CannotRun: that fails.
    """
    import ray

    logging.getLogger("ray.data").setLevel(logging.WARNING)
    own: dict[str, Any] = {} if address else dict(object_store_memory=STORE, include_dashboard=False)
    try:
        ray.init(address or "local", logging_level=logging.WARNING, log_to_driver=False, **own)
    except Exception as error:  # Ray raises no other where a process of it does not start in time
        where = f"the cluster {address} cannot be reached" if address else "Ray does not start here"
        raise CannotRun(f"{where}: {error}; once it can, the same command resumes the run") from error


def room(nodes: list[dict], workers: int | None) -> Actors:
    """The actors of a cluster: by default one for each GPU, else one for each machine, with all its cores.

    Args:
        nodes: as `ray.nodes()` describes them.
        workers: the wanted number of actors.

    Raises:
        CannotRun: there are fewer cores than actors.
    """
    alive = [node["Resources"] for node in nodes if node["Alive"]]
    gpus = sum(node.get("GPU", 0) for node in alive)
    cores = [int(node.get("CPU", 0)) for node in alive if node.get("GPU") or not gpus]
    count = workers or int(gpus) or sum(map(bool, cores))
    fitting = [n for n in range(1, max(cores, default=0) + 1) if sum(c // n for c in cores) >= count > 0]
    if not fitting:
        raise CannotRun(f"the cluster has {sum(cores)} cores, too few for {count} workers; give fewer by --workers")
    return Actors(count, fitting[-1], min(1.0, gpus / count))
