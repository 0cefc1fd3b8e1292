"""A run: finds the files to process, processes them and writes the results."""

import errno
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from pathlib import Path

from photos.reading import find_files
from pipeline.files import PARQUET, TABLES
from pipeline.journal import CannotRun, Journal
from pipeline.loop import Stopped, analyse, retry
from pipeline.model_folders import ModelFolders
from pipeline.models import MIN_SCORE, Pipeline
from pipeline.page import page_files
from pipeline.pictures import Pictures
from pipeline.records import Summary
from pipeline.writers import finish


class CannotWrite(CannotRun):
    """The results cannot be written; completed files are kept."""


@dataclass(frozen=True)
class Options:
    """How to run the pipeline; see `python pipeline.py --help`."""

    models: Path
    min_score: float = MIN_SCORE
    classifier: str | None = None
    batch: int | None = None
    limit: int | None = None
    pictures: bool = True
    landmarks: bool = True
    masks: bool = True
    cutouts: bool = False
    segment: bool = False
    parquet: bool = False
    fresh: bool = False


def run(folder: Path, out: Path, options: Options, stop: threading.Event | None = None) -> Summary:
    """Analyse every photo of a folder and write the files that README.md lists; resumes an earlier run.

    Args:
        folder: the photos; sub-folders are included.
        out: the folder for results; it may lie inside `folder`.
        options: see Options.
        stop: set it from another thread, or on a signal, to end the run after the current photos.

    Returns:
        The counts of the run.

    Raises:
        CannotRun: the folder or a model is missing, `out` has other results, or it cannot be written to.
        Stopped: `stop` was set.
    """
    folder, out, stop = folder.resolve(), out.resolve(), stop or threading.Event()
    skipped: Counter[str] = Counter()
    files = files_of(folder, out, options.limit, skipped)
    models = ModelFolders.find(options.models, options.landmarks, options.segment)
    options = replace(options, classifier=models.answering(options.classifier))
    if options.cutouts and not (options.masks and models.has_masks()):
        raise CannotRun("--cutouts needs outlines: leave out --no-masks, and give a detector with masks by --models")
    with writing(out), Journal(out) as journal:
        pictures = Pictures(out, options.pictures, options.cutouts)
        begin(journal, out, pictures, {**_settings(folder, options), **models.fingerprints()}, options.fresh)
        retried = journal.scan(files, folder)
        for name in journal.gone():
            pictures.remove(name)
            pictures.prune(name)
        journal.forget_gone()
        todo = journal.todo()
        journal.finished = journal.finished and not todo
        processed = len(todo)
        if processed == retried:
            todo = retry(journal, todo, folder, stop)
        if todo:
            load = partial(_load, options)
            analyse(journal, todo, folder, pictures, load, stop, models.classifiers)
        summary = _finished(journal, out, options.parquet, stop, models.classifiers)
    summary.skipped, summary.processed = skipped, processed
    return summary


def _load(options: Options) -> Pipeline:
    return Pipeline.load(
        options.models, options.min_score, options.landmarks, options.batch, options.classifier, options.masks,
        options.segment,
    )  # fmt: skip


def files_of(folder: Path, out: Path, limit: int | None, skipped: Counter[str]) -> Iterator[Path]:
    """The files to process; the first is looked up at once. Skipped ones are counted in `skipped`.

    Raises:
        CannotRun: there are none.
    """
    if not folder.is_dir():
        raise CannotRun(f"{folder} is not a folder; give the folder that holds the photos")
    if folder == out:
        raise CannotRun(f"results cannot be written into {folder}, among the photos; give another folder by --out")
    files = islice(find_files(folder, leave_out=out, skipped=skipped), limit)
    first = next(files, None)
    if first is None:
        raise CannotRun(f"{folder} holds no files; give the folder that holds the photos")
    return chain([first], files)


def _settings(folder: Path, options: Options) -> dict:
    """The settings that change results, to be compared with an earlier run."""
    names = "min_score", "classifier", "pictures", "landmarks", "masks", "cutouts"
    return {"folder": str(folder), **{name: getattr(options, name) for name in names}}


def begin(journal: Journal, out: Path, pictures: Pictures, settings: dict, fresh: bool) -> None:
    """Resume the run of `out`, start one, or replace an earlier one.

    Raises:
        CannotRun: there are other results, and they are not to be replaced.
    """
    there = [name for name in TABLES if (out / name).exists()]
    if fresh:
        for name in journal.drop():
            pictures.remove(name)
            pictures.prune(name)
        for path in [*(out / name for name in TABLES), *page_files(out)]:
            path.unlink(missing_ok=True)
        journal.forget()
    elif there and journal.new:
        raise CannotRun(
            f"{out} already holds {', '.join(there)}, but no journal of a run; give another folder by --out, "
            "or replace them by --fresh"
        )
    journal.agree(settings)


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Raises CannotWrite for write errors in this block."""
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "full" in str(error)
        remedy = "free some space" if full else "allow writing there or give another folder by --out"
        reason = f"cannot write to {out} ({'the disk is full' if full else error})"
        raise CannotWrite(f"{reason}; {remedy}: the same command then resumes the run") from error


def _finished(
    journal: Journal, out: Path, parquet: bool, stop: threading.Event, classifiers: tuple[str, ...]
) -> Summary:
    """Write the outputs if needed; returns the summary of all records."""

    def records() -> Iterator[dict]:
        for record in journal.records():
            if stop.is_set():
                raise Stopped(len(journal), len(journal))
            yield record

    wanted = [name for name in TABLES if parquet or name != PARQUET]
    if journal.finished and all((out / name).exists() for name in wanted):
        return Summary.of(out, records())
    summary = finish(out, records, parquet, classifiers)
    journal.finished = True
    return summary
