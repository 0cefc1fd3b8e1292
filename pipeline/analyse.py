"""The flow, top to bottom: decode, detect, crop, classify and find landmarks, draw, keep."""

import ctypes
import os
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from itertools import chain, islice
from pathlib import Path

import numpy as np
from tqdm import tqdm

from garments.types import Garments, Photo
from photos.reading import PhotoError, read_photo
from pipeline.journal import Journal
from pipeline.models import GROUP, Pipeline
from pipeline.pictures import Pictures
from pipeline.records import analysed, failed
from pipeline.writers import growing_tables

THREADS = max(2, os.cpu_count() or 1)
READING_AHEAD = 8 * THREADS  # photos
DRAWING_AHEAD = 4 * THREADS


class Stopped(Exception):
    """The run was asked to stop; what is done is kept."""

    def __init__(self, done: int, files: int):
        super().__init__(f"{done} of {files} files are done")
        self.done, self.files = done, files


def analyse(
    journal: Journal,
    todo: list[str],
    folder: Path,
    pictures: Pictures,
    classifier: str,
    load: Callable[[], Pipeline],
    stop: threading.Event,
    at_once: bool = True,
) -> None:
    """Look at files and add their records to the journal, while the tables grow.

    Decoding, the models, and drawing go on at the same time; a bounded number of photos is in memory.

    Args:
        journal: of the run.
        todo: files, by their names in the journal.
        folder: where they lie.
        pictures: are written before the record of their photo.
        classifier: fills the column `category`.
        load: gives the models.
        stop: ends it after the group of photos at hand.
        at_once: load the models now, not when the first photo has turned out to be readable.
    """
    pool = ThreadPoolExecutor
    with pool(1) as loader, pool(THREADS) as readers, pool(THREADS) as drawers:
        loading = cache(lambda: loader.submit(load))
        if at_once:
            loading()
        groups, read = in_groups(todo, len(todo) == len(journal)), read_ahead(readers, todo, folder)

        with keeping(journal, pictures.out, groups) as keep:

            def good(size: int):
                for name, photo, pixels in islice(read, size):
                    if isinstance(photo, PhotoError):
                        keep(drawers.submit(_fail, pictures, name, photo))
                    else:
                        yield photo, pixels

            def good_groups():
                for group in groups:
                    if stop.is_set():
                        return
                    photos = good(len(group))
                    for first in islice(photos, 1):
                        yield chain([first], photos)

            waiting = good_groups()
            for first in islice(waiting, 1):
                models = loading().result()
                for photo, pixels, garments in models.stream(chain([first], waiting)):
                    keep(drawers.submit(_draw, pictures, photo, pixels, garments, models.categories, classifier))
    if stop.is_set():
        raise Stopped(len(journal) - len(journal.todo()), len(journal))


def in_groups(todo: list[str], from_the_start: bool) -> list[list[str]]:
    """The files in groups that are looked at, and kept, together; a run that goes on has those it would have had.

    Batches do not reach from group to group, as the last bit of an answer may depend on the place in a batch. The very
    first group is one file, so that the first result comes soon.
    """
    first = 1 if from_the_start else GROUP
    return [todo[:first], *(todo[start : start + GROUP] for start in range(first, len(todo), GROUP))]


@contextmanager
def keeping(journal: Journal, out: Path, groups: list[list[str]]) -> Iterator[Callable[[Future], None]]:
    """Gives a function that takes the futures of records.

    The tables get the records in their order, as they become known; the journal those of whole groups.
    """
    waiting, known = deque(), defaultdict(list)
    group_of = {name: group for group in groups for name in group}

    def keep_done(most: int) -> None:
        done = []
        while len(waiting) > most or (waiting and waiting[0].done()):
            done.append(waiting.popleft().result())
        for record in done:
            tables.add(record)
            group = group_of[record["photo"]]
            known[group[0]].append(record)
            if len(known[group[0]]) == len(group):
                journal.add(known.pop(group[0]))
                give_back_memory()
        if done:
            tables.flush()
            progress.update(len(done))

    def keep(future: Future) -> None:
        waiting.append(future)
        keep_done(DRAWING_AHEAD if progress.n > progress.initial else 0)  # the first result is there at once

    progress = tqdm(total=len(journal), initial=len(journal) - len(group_of), unit="photo")
    with growing_tables(out) as tables, progress:
        for record in journal.records():
            tables.add(record)
        yield keep
        keep_done(0)


def give_back_memory() -> None:
    """The C library returns to the system what it holds for later, where it can: it would add up as sizes vary."""
    with suppress(TypeError, AttributeError):  # Windows has no CDLL(None), and only glibc has the function
        ctypes.CDLL(None).malloc_trim(0)  # lets other threads go on


def read_ahead(threads: ThreadPoolExecutor, names: list[str], folder: Path) -> Iterator[tuple]:
    """(name, Photo, pixels), or (name, PhotoError, None) for a file that cannot be used, in order."""
    names, waiting = iter(names), deque()
    while True:
        waiting.extend(threads.submit(_read, folder, name) for name in islice(names, READING_AHEAD - len(waiting)))
        if not waiting:
            return
        yield waiting.popleft().result()


def _read(folder: Path, name: str) -> tuple:
    try:
        return name, *read_photo(folder / name, folder)
    except PhotoError as error:
        return name, error, None


def _fail(pictures: Pictures, name: str, error: PhotoError) -> dict:
    pictures.remove(name)
    return failed(name, error)


def _draw(pictures: Pictures, photo: Photo, pixels: np.ndarray, garments: Garments, categories, classifier) -> dict:
    record = analysed(photo, garments, categories, classifier)
    words = [f"{row['category']} {row['category_score']:.2f}" for row in record["rows"]]
    pictures.save(photo, pixels, garments, words)
    return record
