"""The loop of a run over groups of files: read, analyse, draw, record, store in the journal."""

import ctypes
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from garments.types import Garments
from pipeline.bucket import Bucket
from pipeline.journal import Journal
from pipeline.models import Pipeline
from pipeline.pictures import Pictures
from pipeline.prefetch import prefetch
from pipeline.reading import GROUP, READING_AHEAD, THREADS, Read, read_file
from pipeline.records import labels, record_of
from pipeline.writers import growing_tables

if TYPE_CHECKING:
    from segmenter.exported import Segmenter

DRAWING_AHEAD = 4 * THREADS  # photos


class Stopped(Exception):
    """The run was asked to stop; completed files are kept."""

    def __init__(self, done: int, files: int):
        super().__init__(f"{done} of {files} files are done")
        self.done, self.files = done, files


def analyse(
    journal: Journal,
    todo: list[str],
    folder: Path | Bucket,
    pictures: Pictures,
    load: Callable[[], Pipeline],
    stop: threading.Event,
    classifiers: tuple[str, ...],
) -> None:
    """Analyse files and add their records to the journal and to the growing tables.

    Reading, the models and drawing run in parallel; a bounded number of photos is in memory.

    Args:
        journal: of the run.
        todo: files, by their names in the journal.
        folder: the folder of the files.
        pictures: written before the record of their photo.
        load: loads the models.
        stop: ends the loop after the current group of photos.
        classifiers: those that run.

    Raises:
        Stopped: `stop` was set.
    """
    groups = in_groups(todo, from_the_start=len(todo) == len(journal))
    progress = tqdm(total=len(journal), initial=len(journal) - len(todo), unit="photo", desc="loading the models")
    with read_ahead(todo, folder) as files, growing_tables(pictures.out, classifiers) as tables, progress:
        for record in journal.records():
            tables.add(record)
        pipeline = load()
        progress.set_description("photos")
        with closing(analysed(pipeline, files, groups, pictures)) as found:
            for group in found:
                records = []
                for record in group:
                    records.append(record)
                    tables.add(record)
                    tables.flush()
                    progress.update()
                journal.add(records)
                if stop.is_set():
                    raise Stopped(len(journal) - len(journal.todo()), len(journal))


def analysed(
    pipeline: Pipeline, files: Iterator[Read], groups: list[list[str]], pictures: Pictures
) -> Generator[Iterator[dict], None, None]:
    """The records of each group of files, whose pictures are then written."""
    with closing(pipeline.stream(islice(files, len(group)) for group in groups)) as found:
        draw = partial(draw_one, pictures, pipeline.classifier, segmenter=pipeline.segmenter)
        for group in groups:
            yield prefetch(draw, islice(found, len(group)), THREADS, DRAWING_AHEAD)
            give_back_memory()


@contextmanager
def read_ahead(names: list[str], folder: Path | Bucket) -> Iterator[Iterator[Read]]:
    """The files in order; reading starts at once, in parallel with the loading of the models."""
    with closing(prefetch(partial(read_file, folder=folder), names, THREADS, READING_AHEAD)) as files:
        yield chain([next(files)], files)


def retry(journal: Journal, names: list[str], folder: Path | Bucket, stop: threading.Event) -> list[str]:
    """Read files again that could not be used, without models; returns those that can be used now."""
    for group in in_groups(names, from_the_start=False):
        if stop.is_set():
            break
        tried = prefetch(lambda name: read_file(name, folder)._replace(pixels=None), group, THREADS, READING_AHEAD)
        journal.add([record_of(read, Garments.empty(), "") for read in tried if read.error])
    return journal.todo()


def in_groups(todo: list[str], from_the_start: bool) -> list[list[str]]:
    """The files in groups that are processed and stored together; the same groups in a resumed run.

    The first group is one file, so that the first result comes soon.
    """
    first = 1 if from_the_start else GROUP
    return [todo[:first], *(todo[start : start + GROUP] for start in range(first, len(todo), GROUP))]


def give_back_memory() -> None:
    """Return freed memory to the system, where the C library can: it would add up, as photo sizes vary."""
    with suppress(TypeError, AttributeError):  # Windows has no CDLL(None), and only glibc has the function
        ctypes.CDLL(None).malloc_trim(0)  # releases the GIL


def draw_one(
    pictures: Pictures, classifier: str, found: tuple[Read, Garments], segmenter: "Segmenter | None" = None
) -> dict:
    """Write the pictures of a file, or remove them if it cannot be used; returns its record."""
    read, garments = found
    record = record_of(read, garments, classifier)
    if read.error:
        pictures.remove(read.name)
    else:
        pictures.save(*read.opened(), garments, labels(record["rows"]))
        if segmenter:
            photo, pixels = read.opened()
            record["overlay"] = pictures.save_classes(photo, pixels, segmenter(pixels), segmenter.classes)
    return record
