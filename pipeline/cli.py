"""The command line of the pipeline: parses the options, calls `run` and prints a summary."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from garments import __version__
from garments.models_path import find_models
from pipeline.journal import CannotRun
from pipeline.models import MIN_SCORE
from pipeline.records import Summary
from pipeline.run import CannotWrite, Options, Stopped, run


def main(arguments: list[str] | None = None) -> int:
    """Run the pipeline; exit status 0 success, 1 some files failed, 2 could not continue, 130 stopped by a signal."""
    args = parser().parse_args(arguments)
    if isinstance(args.folder, str) and not args.out:
        print(f"nothing done: give the folder for the results of {args.folder} by --out", file=sys.stderr)
        return 2
    out = args.out or args.folder.resolve().with_name(args.folder.resolve().name + "-garments")
    try:
        models = find_models(args.models)
    except FileNotFoundError as error:
        print(f"nothing done: {error}", file=sys.stderr)
        return 2
    options = Options(
        models=models,
        min_score=args.min_score,
        classifier=args.classifier,
        batch=args.batch,
        limit=args.limit,
        pictures=not args.no_pictures,
        landmarks=not args.no_landmarks,
        masks=not args.no_masks,
        cutouts=args.cutouts,
        segment=args.segment,
        parquet=args.parquet,
        fresh=args.fresh,
        engine=args.engine,
        address=args.address,
        workers=args.workers,
        merge=args.merge,
    )
    try:
        with stop_on_signals() as stop:
            summary = run(args.folder, out, options, stop)
    except Stopped as stopped:
        print(f"stopped: {stopped}; the same command resumes the run", file=sys.stderr)
        return 130
    except CannotRun as error:
        print(f"{'stopped' if isinstance(error, CannotWrite) else 'nothing done'}: {error}", file=sys.stderr)
        return 2
    print(describe(summary))
    problems = summary.out / "problems.csv"
    if not summary.photos:
        print(f"nothing done: none of {summary.problems} files could be used, see {problems}", file=sys.stderr)
        return 2
    if summary.problems:
        print(f"{summary.problems} of the files could not be used, see {problems}", file=sys.stderr)
    return 1 if summary.problems else 0


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """An event that is set by the first SIGINT (Ctrl-C) or SIGTERM; the second ends the process at once."""
    stop = threading.Event()

    def request_stop(number: int, frame: FrameType | None) -> None:
        os.write(2, b"\nstopping after the current photos; a second signal stops at once\n")
        stop.set()
        for handled in former:
            signal.signal(handled, signal.SIG_DFL)

    former = {}
    if threading.current_thread() is threading.main_thread():
        signals = [s for s in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(s) != signal.SIG_IGN]
        former = {s: signal.signal(s, request_stop) for s in signals}
    try:
        yield stop
    finally:
        for handled, handler in former.items():
            signal.signal(handled, handler)


def describe(summary: Summary) -> str:
    """A short table of the garments found, and the path of the page."""
    lines = [] if summary.processed else ["nothing new: every file was processed by an earlier run"]
    lines += [f"{summary.photos} photos, {summary.garments} garments, {summary.empty} photos without one"]
    for part, categories in summary.found.items():
        named = ", ".join(f"{category} {count}" for category, count in categories.most_common(6))
        lines.append(f"  {part:<6}{categories.total():>5}   {named}")
    if summary.skipped:
        lines.append("skipped: " + ", ".join(f"{reason} {count}" for reason, count in sorted(summary.skipped.items())))
    lines.append(f"page: {summary.out / 'index.html'}")
    return "\n".join(lines)


def parser() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(
        description="Find the garments in a folder of photos (sub-folders included) and name their categories.",
        epilog="The same command resumes a stopped run; after a finished run it processes new and changed files only. "
        "Exit status: 0 success, 1 some files failed, 2 could not continue, 130 stopped by a signal.",
    )
    parser.add_argument("--version", action="version", version=f"garments {__version__}")
    parser.add_argument(
        "folder",
        type=_place,
        metavar="FOLDER",
        help="the photos; also s3://BUCKET/PATH or gs://BUCKET/PATH, with --out",
    )
    parser.add_argument("--out", type=Path, help="where results go (default: FOLDER-garments beside FOLDER)")
    parser.add_argument(
        "--models", type=Path, help="folder of the exported models (default: $GARMENTS_MODELS, else the shipped ones)"
    )
    parser.add_argument(
        "--min-score", type=_share, default=MIN_SCORE, help="min score of a garment, 0 to 1 (default: %(default)s)"
    )
    parser.add_argument(
        "--classifier",
        help="img, img+bbox or another of --models: which one fills the column `category`; all of them run "
        "(default: img+bbox-lite if it is there, else img+bbox)",
    )
    parser.add_argument(
        "--batch", type=_positive, help="photos per batch, a multiple of 8 (default: depends on the machine)"
    )
    parser.add_argument("--limit", type=_positive, help="max number of files")
    parser.add_argument("--parquet", action="store_true", help="also write garments.parquet")
    parser.add_argument(
        "--fresh", action="store_true", help="start again: replace the results of an earlier run in OUT"
    )
    parser.add_argument("--no-pictures", action="store_true", help="do not write pictures/")
    parser.add_argument(
        "--no-landmarks", action="store_true", help="do not predict collars, sleeves, waistlines and hems"
    )
    parser.add_argument("--no-masks", action="store_true", help="do not predict the outlines of garments")
    parser.add_argument("--cutouts", action="store_true", help="write each garment as a transparent PNG into cutouts/")
    parser.add_argument(
        "--segment", action="store_true", help="write the class of every pixel into segments/, by --models' segmenter/"
    )
    parser.add_argument(
        "--engine",
        choices=["ray"],
        help="run on the machines of a Ray cluster, which share FOLDER and OUT (docs/scale.md)",
    )
    parser.add_argument(
        "--address", help="of the cluster, such as auto or ray://HOST:10001 (default: this machine alone)"
    )
    parser.add_argument(
        "--workers", type=_positive, help="processes with models (default: one for each GPU, else for each machine)"
    )
    parser.add_argument(
        "--merge", action="store_true", help="analyse nothing: write the results of what is finished, also in shards/"
    )
    return parser


def _place(text: str) -> Path | str:
    return text if "://" in text else Path(text)


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, got {text}")
    return value


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, got {text}")
    return value
