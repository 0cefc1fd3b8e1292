"""Speed and memory of the pipeline: python benchmarks/pipeline.py PHOTOS [--part speed --part start ...]

speed    photos/s of each stage and of the whole, after warm-up, and its share of the speed of the networks alone
start    seconds from the command to the first row of garments.csv, and the share of imports
memory   peak memory of a run on 100 and on --most photos, which are links to PHOTOS
page     CPU seconds, memory and files of writing all tables and the page of 100,000 made-up records
torch    photos/s of torchvision's Faster R-CNN, run by --torch-python, and the ratio to the whole

Nothing else should run meanwhile. Without --part all are measured; run `--part page` alone to measure its memory.
"""

import argparse
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from garments import vocabulary
from photos.canvas import fit
from photos.reading import find_files, photo_name
from pipeline.journal import Journal
from pipeline.loop import analyse, draw_one
from pipeline.model_folders import CONTRACT
from pipeline.models import CROPS, Pipeline
from pipeline.pictures import Pictures
from pipeline.reading import GROUP, THREADS, Read, read_file
from pipeline.records import WHOLE, garment_columns, text_columns
from pipeline.writers import finish

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("speed", "start", "memory", "page", "torch")
RECORDS = 100_000  # of the page
TORCH_PHOTOS = 12


def per_second(work: Callable[[], object], items: int, repeats: int) -> float:
    """Items per second, median over the repeats."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return items / statistics.median(seconds)


def speed(folder: Path, files: list[Path], models: Path, repeats: int) -> dict[str, float]:
    """{stage: photos/s}; the networks get full batches that were prepared before."""
    pipeline, n = Pipeline.load(models), len(files)
    names = [photo_name(path, folder) for path in files]
    read = [read_file(name, folder) for name in names]
    groups = [read[start : start + GROUP] for start in range(0, n, GROUP)]
    found = list(pipeline.stream(groups))
    with tempfile.TemporaryDirectory() as work, ThreadPoolExecutor(THREADS) as threads:
        pictures = Pictures(Path(work), drawn=True)
        (Path(work) / ".journal").mkdir()
        draw = partial(draw_one, pictures, "img+bbox")
        records = list(threads.map(draw, found))
        stages = {
            f"decoding, {THREADS} threads": lambda: list(threads.map(lambda name: read_file(name, folder), names)),
            "detector": detector_alone(pipeline, read),
            **{model.name: crops_alone(pipeline, model, found) for model in pipeline.crop_models},
            "both stages with their crops": lambda: list(pipeline.stream(groups)),
            f"drawing, {THREADS} threads": lambda: list(threads.map(draw, found)),
            "tables and page": lambda: finish(Path(work), lambda: iter(records)),
            "the whole": lambda: whole(folder, pipeline),
        }
        rates = {name: per_second(work, n, repeats) for name, work in stages.items()}
    networks = ["detector", *(model.name for model in pipeline.crop_models)]
    rates["the networks alone"] = 1 / sum(1 / rates[name] for name in networks)
    return rates


def detector_alone(pipeline: Pipeline, reads: list[Read]) -> Callable[[], None]:
    """A function that runs the detector's network on all photos."""
    size = pipeline.detector.input_size
    canvases, extents = np.zeros((len(reads), *size, 3), np.uint8), []
    for canvas, read in zip(canvases, reads, strict=True):
        fitted = fit(read.opened()[1], size)
        canvas[: fitted.shape[0], : fitted.shape[1]] = fitted
        extents.append(fitted.shape[:2])
    sizes = np.array(extents, np.float32)

    def run() -> None:
        for start in range(0, len(reads), pipeline.batch):
            batch = slice(start, start + pipeline.batch)
            pipeline.detector._run(images=canvases[batch], sizes=sizes[batch])

    return run


def crops_alone(pipeline: Pipeline, model: Any, found: list) -> Callable[[], list]:
    """A function that runs the network of a crop model on all garments."""
    views = [model.view(read.photo, read.pixels, box) for read, garments in found for box in garments.boxes_xyxy]
    return lambda: [
        model.run(views[n : n + CROPS * pipeline.batch]) for n in range(0, len(views), CROPS * pipeline.batch)
    ]


def whole(folder: Path, pipeline: Pipeline) -> None:
    """A run into a new folder with loaded models."""
    with tempfile.TemporaryDirectory() as work, Journal(Path(work)) as journal:
        journal.scan(find_files(folder), folder)
        pictures = Pictures(Path(work), drawn=True)
        analyse(journal, journal.todo(), folder, pictures, lambda: pipeline, threading.Event(), CONTRACT)
        finish(Path(work), journal.records)


def start(folder: Path, models: Path, repeats: int) -> dict[str, float]:
    """{phase: median seconds in a new process}."""
    imports = {
        "of it, imports before the scan of files": "import pipeline.cli",
        "of it, imports with TensorFlow": "import pipeline.cli, engine.startup\nengine.startup.import_tensorflow()",
    }
    seconds: dict[str, list[float]] = {name: [] for name in ("to the first row", *imports)}
    for _ in range(repeats):
        seconds["to the first row"].append(_first_row(folder, models))
        for name, code in imports.items():
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)
            seconds[name].append(time.perf_counter() - begun)
    return {name: statistics.median(values) for name, values in seconds.items()}


def _first_row(folder: Path, models: Path) -> float:
    with tempfile.TemporaryDirectory() as work:
        begun, table = time.perf_counter(), Path(work, "out", "garments.csv")
        with subprocess.Popen(run_command(folder, Path(work, "out"), models), stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and not (table.exists() and table.read_bytes().count(b"\n") > 1):
                time.sleep(0.02)
            seconds = time.perf_counter() - begun
            process.kill()
    return seconds


def run_command(folder: Path, out: Path, models: Path) -> list:
    """The command of a user."""
    return [sys.executable, ROOT / "pipeline.py", folder, "--out", out, "--models", models]


def memory(files: list[Path], models: Path, counts: list[int]) -> dict[int, tuple[float, float]]:
    """{photos: (peak megabytes, photos/s)} of runs on so many links to the photos."""
    result = {}
    for count in counts:
        with tempfile.TemporaryDirectory(dir=files[0].parent.parent) as work:
            folder = Path(work) / "photos"
            folder.mkdir()
            for number, path in enumerate(islice(cycle(files), count)):
                os.symlink(path, folder / f"{number:06d}{path.suffix}")
            begun = time.perf_counter()
            process = subprocess.Popen(run_command(folder, Path(work) / "out", models), stderr=subprocess.DEVNULL)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                raise RuntimeError(f"the run on {count} photos ended with {process.returncode}")
            result[count] = used.ru_maxrss / 1000, count / (time.perf_counter() - begun)
    return result


def page() -> dict[str, float]:
    """{name: figure} of writing the outputs for RECORDS photos with 2.5 garments on average, including Parquet."""

    def record(number: int) -> dict:
        rng = random.Random(number)
        rows = []
        for garment in range(number % 6):
            cells: dict[str, Any] = {name: round(rng.uniform(1, 999), 1) for name in garment_columns()[1:]}
            cells |= {name: rng.choice(vocabulary.CATEGORIES) for name in text_columns()} | {
                name: rng.randrange(2) for name in WHOLE
            }
            rows.append({**cells, "garment": garment, "part": rng.choice(vocabulary.PARTS)})
        return {"photo": f"folder {number // 1000}/{number:06d}.jpg", "width": 1200, "height": 1800, "rows": rows}

    with tempfile.TemporaryDirectory() as work:
        begun, out = time.process_time(), Path(work)
        (out / ".journal").mkdir()
        summary = finish(out, lambda: map(record, range(RECORDS)), parquet=True)
        seconds = time.process_time() - begun
        sizes = [path.stat().st_size for path in (out / "page").rglob("*") if path.is_file()]
        index = (out / "page" / "index.js").stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    counts = {"garments": summary.garments, "CPU seconds": seconds, "peak MB": peak, "files of the page": len(sizes)}
    return {**counts, "index MB": index / 1e6, "largest other MB": max(set(sizes) - {index}) / 1e6}


def torchvision(files: list[Path], python: str) -> float:
    """photos/s of fasterrcnn_resnet50_fpn on the same cores."""
    script, cores = ROOT / "benchmarks" / "fasterrcnn.py", str(os.cpu_count())
    done = subprocess.run([python, script, cores, *files[:TORCH_PHOTOS]], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{script} failed under {python}:\n{done.stderr[-1000:]}")
    return float(done.stdout.split()[-1])


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python benchmarks/pipeline.py", description=__doc__.partition(":")[0])
    parser.add_argument("folder", type=Path, metavar="PHOTOS", help="a folder of readable photos")
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    parser.add_argument("--part", action="append", choices=PARTS, help="repeatable (default: all)")
    parser.add_argument("--repeats", type=int, default=3, help="of speed and start (default: %(default)s)")
    parser.add_argument("--most", type=int, default=10_000, help="photos of the larger run (default: %(default)s)")
    parser.add_argument("--torch-python", default=sys.executable, help="a Python with benchmarks/requirements.txt")
    args = parser.parse_args(arguments)
    folder, parts = args.folder.resolve(), args.part or PARTS
    files = list(find_files(folder))
    if "start" in parts:
        print(
            "seconds, new process: "
            + ", ".join(f"{n} {s:.1f}" for n, s in start(folder, args.models, args.repeats).items())
        )
    if "memory" in parts:
        for count, (peak, rate) in memory(files, args.models, [100, args.most]).items():
            print(f"{count} photos: peak {peak:.0f} MB, {rate:.2f} photos/s with the start")
    if "page" in parts:
        print(f"page of {RECORDS} photos: " + ", ".join(f"{name} {value:.6g}" for name, value in page().items()))
    rates = speed(folder, files, args.models, args.repeats) if {"speed", "torch"} & set(parts) else {}
    for name, rate in rates.items():
        print(f"{name:<32}{rate:9.2f} photos/s")
    if rates:
        print(f"the whole reaches {rates['the whole'] / rates['the networks alone']:.1%} of the networks alone")
    if "torch" in parts:
        other = torchvision(files, args.torch_python)
        print(
            f"fasterrcnn_resnet50_fpn {other:.3f} photos/s: the whole is {rates['the whole'] / other:.1f} times as fast"
        )


if __name__ == "__main__":
    main()
