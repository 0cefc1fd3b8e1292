"""A run: finds the files to process, processes them and writes the results."""

import errno
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from pathlib import Path

from photos.reading import find_files
from pipeline.bucket import Bucket, place_of
from pipeline.files import PARQUET, TABLES, remove_folder
from pipeline.journal import CannotRun, Journal, entry
from pipeline.loop import Stopped, analyse, retry
from pipeline.model_folders import ModelFolders
from pipeline.options import Options, load
from pipeline.page import page_files
from pipeline.pictures import Pictures
from pipeline.records import Summary
from pipeline.scale import analyse_on_cluster
from pipeline.shards import SHARDS, merge
from pipeline.writers import finish


class CannotWrite(CannotRun):
    """The results cannot be written; completed files are kept."""


def run(folder: Path | str, out: Path, options: Options, stop: threading.Event | None = None) -> Summary:
    """Analyse every photo of a folder and write the files that README.md lists; resumes an earlier run.

    Args:
        folder: the photos; sub-folders are included. Also s3://BUCKET/PATH or gs://BUCKET/PATH.
        out: the folder for results; it may lie inside `folder`.
        options: see Options.
        stop: set it from another thread, or on a signal, to end the run after the current photos.

    Returns:
        The counts of the run.

    Raises:
        CannotRun: the folder or a model is missing, `out` has other results, or it cannot be written to.
        Stopped: `stop` was set.
    """
    place, out, stop = place_of(folder), out.resolve(), stop or threading.Event()
    skipped: Counter[str] = Counter()
    files = listed(place, out, options.limit, skipped)
    models = ModelFolders.find(options.models, options.landmarks, options.segment)
    options = replace(options, classifier=models.answering(options.classifier))
    if options.cutouts and not (options.masks and models.has_masks()):
        raise CannotRun("--cutouts needs outlines: leave out --no-masks, and give a detector with masks by --models")
    with writing(out), Journal(out) as journal:
        pictures = Pictures(out, options.pictures, options.cutouts)
        begin(journal, out, pictures, {**_settings(place, options), **models.fingerprints()}, options.fresh)
        retried = journal.compare(files)
        for name in journal.gone():
            pictures.remove(name)
            pictures.prune(name)
        journal.forget_gone()
        merge(journal, out)
        todo = journal.todo()
        journal.finished = journal.finished and not todo
        processed = len(todo)
        if processed == retried and not options.merge:
            todo = retry(journal, todo, place, stop)
        if todo and not options.merge:
            if options.engine == "ray":
                analyse_on_cluster(journal, place, out, options, stop)
                merge(journal, out)
            else:
                analyse(journal, todo, place, pictures, partial(load, options), stop, models.classifiers)
        summary = _finished(journal, out, options.parquet, stop, models.classifiers)
    summary.skipped, summary.processed = skipped, processed
    return summary


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


def listed(place: Path | Bucket, out: Path, limit: int | None, skipped: Counter[str]) -> Iterator[tuple[str, int, int]]:
    """(name, size, time of change) of the files to process; of a folder as `files_of`.

    Raises:
        CannotRun: there are none, or the object store does not answer.
    """
    if isinstance(place, Path):
        return map(partial(entry, folder=place), files_of(place, out, limit, skipped))
    try:
        files = list(islice(place.files(skipped), limit))
    except OSError as error:
        raise CannotRun(f"{place} cannot be listed: {error}") from error
    if not files:
        raise CannotRun(f"{place} holds no files; give the URL that holds the photos")
    return iter(files)


def _settings(folder: Path | Bucket, options: Options) -> dict:
    """The settings that change results, to be compared with an earlier run."""
    names = "min_score", "classifier", "pictures", "landmarks", "masks", "cutouts"
    return {"folder": str(folder), **{name: getattr(options, name) for name in names}}


def begin(journal: Journal, out: Path, pictures: Pictures, settings: dict, fresh: bool) -> None:
    """Resume the run of `out`, start one, or replace an earlier one.

    Raises:
        CannotRun: there are other results, and they are not to be replaced.
    """
    there = [name for name in (*TABLES, SHARDS) if (out / name).exists()]
    if fresh:
        for name in journal.drop():
            pictures.remove(name)
            pictures.prune(name)
        for path in [*(out / name for name in TABLES), *page_files(out)]:
            path.unlink(missing_ok=True)
        remove_folder(out / SHARDS)
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
    journal.finished = not journal.todo()
    return summary
