"""A lock file: one process at a time works in a folder."""

from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows: a second process is not noticed, but for the lock of SQLite in the journal of a run
    fcntl = None  # type: ignore[assignment]


def lock(file: Path) -> IO[str]:
    """Open a file that no other process has locked; closing it, or the end of the process, unlocks it.

    Raises:
        BlockingIOError: another process has locked it.
    """
    handle = open(file, "w", encoding="utf-8")  # noqa: SIM115, the caller holds it
    try:
        if fcntl:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        raise
    return handle
