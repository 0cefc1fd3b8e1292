"""Photos in an object store, s3:// or gs://, listed and read by the file systems of pyarrow."""

import errno
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from photos.files import ERRORS, FORMULA, MAX_BYTES, SYSTEM_NAMES, PhotoError, too_large
from pipeline.journal import CannotRun


class Bucket:
    """The photos below a URL; takes the place of the path of a folder, also in other processes.

    Credentials, region and endpoint come from the environment, or stand in the URL
    (`s3://bucket/photos?region=eu-west-1`, `&endpoint_override=HOST:PORT&scheme=http` for another server).
    """

    def __init__(self, url: str):
        """Args: url: s3://BUCKET/PATH or gs://BUCKET/PATH; an unknown scheme raises ValueError."""
        from pyarrow.fs import FileSystem

        self.url = url
        self._store, root = FileSystem.from_uri(url)
        self._root = root.rstrip("/")

    def __reduce__(self) -> tuple:
        return Bucket, (self.url,)

    def __str__(self) -> str:
        return self.url

    def files(self, skipped: Counter[str]) -> Iterator[tuple[str, int, int]]:
        """(name, bytes, ns of the last change) of each object, in the order of `find_files`; skipped ones are counted.

        Raises:
            OSError: the store does not answer, or there is no such bucket.
        """
        from pyarrow.fs import FileSelector, FileType

        found = self._store.get_file_info(FileSelector(self._root, recursive=True))
        infos = {PurePosixPath(i.path).relative_to(self._root): i for i in found if i.type == FileType.File}
        for path in sorted(infos, key=lambda path: path.parts):
            why = {_reason_to_skip(part) for part in path.parts} - {""}
            if why:
                skipped[why.pop()] += 1
            else:
                name = path.as_posix()
                name = f"./{name}" if name.startswith(FORMULA) else name
                yield name, infos[path].size, infos[path].mtime_ns or 0

    def content(self, name: str) -> bytes:
        """The bytes of an object.

        Raises:
            PhotoError: it is gone or too large, or the store does not give it.
        """
        try:
            with self._store.open_input_file(f"{self._root}/{name.removeprefix('./')}") as file:
                if file.size() > MAX_BYTES:
                    raise too_large()
                return file.read()
        except FileNotFoundError as error:
            raise PhotoError(*ERRORS[errno.ENOENT]) from error
        except OSError as error:
            message = " ".join(str(error).split())[:150]
            raise PhotoError(f"the store does not give it: {message}", "run again once the store answers") from error


def place_of(folder: Path | str) -> Path | Bucket:
    """The photos of a path or a URL.

    Raises:
        CannotRun: no object store has such a URL.
    """
    if not (isinstance(folder, str) and "://" in folder):
        return Path(folder).resolve()
    try:
        return Bucket(folder)
    except ValueError as error:
        raise CannotRun(f"{folder}: {error}; give a folder, s3://BUCKET/PATH or gs://BUCKET/PATH") from error


def _reason_to_skip(part: str) -> str:
    return "hidden" if part.startswith(".") else "system" if part.lower() in SYSTEM_NAMES else ""
