"""Doing things ahead in threads: the one helper for reading, detecting, drawing and loading."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def prefetch(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int = 1, ahead: int = 2
) -> Iterator[Result]:
    """The results of a function of each item, in order, computed ahead in threads.

    Args:
        function: is called in the threads.
        items: are pulled in the caller's thread, `ahead` of them before the first result is given.
        threads: how many work at once.
        ahead: the most items that are pulled and not yet given back.

    Raises:
        Exception: what the function raised, in place of the result; what was not begun is cancelled then, and when the
            iterator is closed.
    """
    items, waiting = iter(items), deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            while True:
                waiting.extend(pool.submit(function, item) for item in islice(items, ahead - len(waiting)))
                if not waiting:
                    return
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
