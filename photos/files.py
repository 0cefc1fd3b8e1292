"""Finding the files of a folder, and what the file system can say against one: a PhotoError in plain words."""

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
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # a spreadsheet runs cells that begin so
MOST_BYTES = 400_000_000  # of a file
KINDS = {
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
    """A file that cannot be used as a photo: why, what the user can do and, where it is known, which file it is."""

    def __init__(self, reason: str, remedy: str, file: str = ""):
        super().__init__(reason, remedy, file)
        self.reason, self.remedy, self.file = reason, remedy, file

    def __str__(self) -> str:
        return f"{self.file}: {self.reason}; {self.remedy}" if self.file else self.reason


def find_files(folder: Path, leave_out: Path | None = None, skipped: Counter | None = None) -> Iterator[Path]:
    """The files of a folder and its sub-folders, sorted; a folder that cannot be listed is given as if it were a file.

    Args:
        folder: where to look. Links to files are given, links to folders are not followed.
        leave_out: a folder to pass over, by whatever path it is named.
        skipped: counts here what is passed over, as "hidden", "system" (files and folders) and "linked folders".
    """
    skipped = Counter() if skipped is None else skipped
    waiting = [iter([folder])]
    while waiting:
        path = next(waiting[-1], None)
        if path is None:
            waiting.pop()
        elif len(waiting) > 1 and (why := _passed_over(path)):
            skipped[why] += 1
        elif not os.path.isdir(path):
            yield path
        elif not (leave_out and len(waiting) > 1 and _is_same(path, leave_out)):
            try:
                waiting.append(iter(sorted(path.iterdir())))
            except OSError:
                yield path


def _passed_over(path: Path) -> str | None:
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
    """The path of a file relative to a folder, or the name alone; "./" begins one that a spreadsheet would run."""
    name = path.relative_to(folder).as_posix() if folder else path.name
    return f"./{name}" if name.startswith(FORMULA) else name


def check_file(path: Path) -> None:
    """Look at a file without opening it: a pipe would wait for ever, and a device may act.

    Raises:
        PhotoError: it is empty, huge, or no file at all.
        OSError: the system cannot say; see `in_words`.
    """
    found = os.stat(path)
    kind = stat.S_IFMT(found.st_mode)
    if kind == stat.S_IFDIR:
        os.listdir(path)  # says why it cannot be listed
    if kind != stat.S_IFREG:
        raise PhotoError(*KINDS.get(kind, ("not a file", "remove it")))
    if not found.st_size:
        raise PhotoError("the file is empty", "get the photo again from where it came")
    if found.st_size > MOST_BYTES:
        raise PhotoError(f"larger than {MOST_BYTES // 1_000_000} MB", "save it as JPEG")


def in_words(error: OSError, path: Path) -> PhotoError:
    """What the system says against a file, as a PhotoError."""
    if error.errno == errno.ENOENT and os.path.islink(path):
        return PhotoError("a link to a file that is not there", "remove the link, or put the file back")
    number = error.errno or 0
    other = f"the system cannot read it: {os.strerror(number)}", "check the disk or network drive it lies on"
    return PhotoError(*ERRORS.get(number, other))
