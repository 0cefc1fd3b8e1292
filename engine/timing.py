"""How long a call takes."""

import time
from collections.abc import Callable

import numpy as np

TIMED = 7  # calls, after one that is not counted


def milliseconds(call: Callable[[], object]) -> float:
    """The median time of a call."""
    call()
    seconds = []
    for _ in range(TIMED):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return 1000 * float(np.median(seconds))
