"""One pipeline for many requests: a bounded number of photos, analysed in batches by one thread."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import NamedTuple

from pipeline.batch import analyse_batch
from pipeline.loop import give_back_memory
from pipeline.models import Pipeline
from pipeline.reading import Read

BATCH = 8  # photos that are analysed together
WAIT = 0.03  # seconds that a photo waits for others, to share a batch
PLACES = 32  # photos that are read, wait or are analysed at once; each takes up to 8 MB
Analyse = Callable[[Pipeline, list[Read]], list[dict]]
RECENT = 0.2  # weight of the latest batch in the mean time of a photo


class Full(Exception):
    """All places are taken.

    Attributes:
        seconds: after which places are likely free; a whole number from 1.
    """

    def __init__(self, photos: int, seconds: int):
        super().__init__(f"{photos} photos are waiting already; try again in {seconds} s")
        self.seconds = seconds


class _Waiting(NamedTuple):
    read: Read
    record: "asyncio.Future[dict]"


class Batcher:
    """Takes photos from many requests and gives their records.

    Attributes:
        pipeline: None until it is loaded.
        taken: places in use.
    """

    def __init__(self, load: Callable[[], Pipeline], places: int = PLACES, analyse: Analyse = analyse_batch):
        """Start without models.

        Args:
            load: loads the models, called in the thread that then uses them.
            places: see PLACES.
            analyse: (pipeline, photos) -> a record each.
        """
        self._load, self._places, self._analyse = load, places, analyse
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._thread = ThreadPoolExecutor(1, "pipeline")
        self._seconds = 0.5  # of a photo, until some are measured
        self.pipeline: Pipeline | None = None
        self.taken = 0

    @contextmanager
    def places(self, count: int) -> Iterator[None]:
        """Places for so many photos, to be held from before they are received until they are answered.

        Raises:
            Full: there are not so many.
        """
        if self.taken + count > self._places:
            raise Full(self.taken, max(1, round(self.seconds_to_wait())))
        self.taken += count
        try:
            yield
        finally:
            self.taken -= count

    def seconds_to_wait(self) -> float:
        """How long the photos that are there now will take."""
        return self.taken * self._seconds

    async def records(self, reads: list[Read]) -> list[dict]:
        """The records of photos, as `analyse` gives them."""
        waiting = [_Waiting(read, asyncio.get_running_loop().create_future()) for read in reads]
        for one in waiting:
            self._queue.put_nowait(one)
        return await asyncio.gather(*(one.record for one in waiting))

    async def run(self) -> None:
        """Load the models, then analyse what comes until cancelled.

        Raises:
            Exception: the models cannot be loaded.
        """
        loop = asyncio.get_running_loop()
        self.pipeline = await loop.run_in_executor(self._thread, self._load)
        while True:
            batch = await self._next_batch()
            start = time.monotonic()
            results: Sequence[dict | Exception]
            try:
                results = await loop.run_in_executor(self._thread, self._records, [w.read for w in batch])
            except Exception as error:  # the requests of this batch fail, others go on
                results = [error] * len(batch)
            for waiting, result in zip(batch, results, strict=True):
                _answer(waiting.record, result)
            self._seconds += RECENT * ((time.monotonic() - start) / len(batch) - self._seconds)

    def _records(self, reads: list[Read]) -> list[dict]:
        assert self.pipeline  # as it is loaded first
        records = self._analyse(self.pipeline, reads)
        give_back_memory()
        return records

    async def _next_batch(self) -> list[_Waiting]:
        batch = [await self._queue.get()]
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT):
                while len(batch) < BATCH:
                    batch.append(await self._queue.get())
        return batch


def _answer(record: "asyncio.Future[dict]", result: dict | Exception) -> None:
    if record.done():  # its request has gone
        return
    if isinstance(result, Exception):
        record.set_exception(result)
    else:
        record.set_result(result)
