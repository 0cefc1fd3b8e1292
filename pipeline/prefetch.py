"""Prefetching in threads: the one helper for reading, detecting, drawing and loading."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def prefetch(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int = 1, ahead: int = 2
) -> Generator[Result, None, None]:
    """The results of a function for each item, in order, computed ahead in threads.

    Args:
        function: called in the threads.
        items: pulled in the caller's thread, `ahead` of them before the first result is yielded.
        threads: how many run at once.
        ahead: max number of items that are pulled but not yielded.

    Raises:
        Exception: of the function, in place of the result; pending items are then cancelled, as when the generator is
            closed.
    """
    iterator, waiting = iter(items), deque[Future[Result]]()
    with ThreadPoolExecutor(threads) as pool:
        try:
            while True:
                waiting.extend(pool.submit(function, item) for item in islice(iterator, ahead - len(waiting)))
                if not waiting:
                    return
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
