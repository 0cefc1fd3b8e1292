"""Finding the files of a folder, and a PhotoError for each that the file system refuses."""

import errno
import os
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

SYSTEM_NAMES = {
    "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "@eadir", "lost+found",
    "$recycle.bin", "system volume information",
}  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # a spreadsheet runs cells that start with these
MAX_BYTES = 400_000_000  # of a file
EMPTY = "the file is empty", "get the photo again from its source"
FILE_TYPES = {
    stat.S_IFDIR: ("a folder that cannot be listed", "allow listing the folder"),
    stat.S_IFIFO: ("a pipe, not a file", "remove it"),
    stat.S_IFSOCK: ("a socket, not a file", "remove it"),
    stat.S_IFCHR: ("a device, not a file", "remove it"),
    stat.S_IFBLK: ("a device, not a file", "remove it"),
}
ERRORS = {
    errno.EACCES: ("no permission to read it", "allow reading it"),
    errno.EPERM: ("no permission to read it", "allow reading it"),
    errno.ENOENT: ("it is no longer there", "put it back and run again"),
    errno.ELOOP: ("a link that leads back to itself", "remove the link"),
    errno.ENAMETOOLONG: ("its path is too long for the system", "move it into a folder less deep"),
    errno.EMFILE: ("too many files are open", "run again with a higher ulimit -n"),
}


class PhotoError(Exception):
    """A file that cannot be used as a photo: the reason, what the user can do and, where known, the file."""

    def __init__(self, reason: str, remedy: str, file: str = ""):
        super().__init__(reason, remedy, file)
        self.reason, self.remedy, self.file = reason, remedy, file

    def __str__(self) -> str:
        return f"{self.file}: {self.reason}; {self.remedy}" if self.file else self.reason


def find_files(folder: Path, leave_out: Path | None = None, skipped: Counter | None = None) -> Iterator[Path]:
    """The files of a folder and its sub-folders, sorted; a folder that cannot be listed is given as if it were a file.

    Args:
        folder: the folder. Links to files are given, links to folders are not followed.
        leave_out: a folder to skip, under whatever path it is given.
        skipped: counts skipped files and folders, as "hidden", "system" and "linked folders".
    """
    skipped = Counter() if skipped is None else skipped
    waiting = [iter([folder])]
    while waiting:
        path = next(waiting[-1], None)
        if path is None:
            waiting.pop()
        elif len(waiting) > 1 and (why := _reason_to_skip(path)):
            skipped[why] += 1
        elif not os.path.isdir(path):
            yield path
        elif not (leave_out and len(waiting) > 1 and _is_same(path, leave_out)):
            try:
                waiting.append(iter(sorted(path.iterdir())))
            except OSError:
                yield path


def _reason_to_skip(path: Path) -> str | None:
    if path.name.startswith("."):
        return "hidden"
    if path.name.lower() in SYSTEM_NAMES:
        return "system"
    return "linked folders" if os.path.islink(path) and os.path.isdir(path) else None


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False


def photo_name(path: Path, folder: Path | None) -> str:
    """The path of a file relative to a folder, or the name alone; with "./" before one that a spreadsheet would run."""
    name = path.relative_to(folder).as_posix() if folder else path.name
    return f"./{name}" if name.startswith(FORMULA) else name


def check_file(path: Path) -> None:
    """Check a file without opening it: a pipe would block for ever, and a device may act.

    Raises:
        PhotoError: it is empty, huge, or no file at all.
        OSError: the system cannot read its state; see `photo_error`.
    """
    found = os.stat(path)
    file_type = stat.S_IFMT(found.st_mode)
    if file_type == stat.S_IFDIR:
        os.listdir(path)  # raises the reason why it cannot be listed
    if file_type != stat.S_IFREG:
        raise PhotoError(*FILE_TYPES.get(file_type, ("not a file", "remove it")))
    if not found.st_size:
        raise PhotoError(*EMPTY)
    if found.st_size > MAX_BYTES:
        raise too_large()


def too_large() -> PhotoError:
    """The error of a file of more than MAX_BYTES."""
    return PhotoError(f"larger than {MAX_BYTES // 1_000_000} MB", "save it as JPEG")


def photo_error(error: OSError, path: Path) -> PhotoError:
    """An error of the file system as a PhotoError."""
    if error.errno == errno.ENOENT and os.path.islink(path):
        return PhotoError("a link to a file that is not there", "remove the link, or put the file back")
    number = error.errno or 0
    other = f"the system cannot read it: {os.strerror(number)}", "check the disk or network drive it lies on"
    return PhotoError(*ERRORS.get(number, other))
