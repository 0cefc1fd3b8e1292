"""Downloads files from their public source: interrupted downloads resume, wrong checksums are refused."""

import hashlib
import http.client
import os
import shutil
import urllib.error
import urllib.request
from pathlib import Path

HOST = "https://raw.githubusercontent.com"
HOMES = {  # data set -> owner/repository/commit
    "ccp": "bearpaw/clothing-co-parsing/cbc8deae85f65178394eded0817a5c1b1019b63d",
    "clothing": "alexeygrigorev/clothing-dataset/08b50460cf229fd852bb6c11564e0959f52578ca",
}
TIMEOUT = 20  # seconds without a byte
TRIES = 3


class DownloadError(Exception):
    """A file that could not be fetched: its address, the reason and a remedy."""


class Missing(DownloadError):
    """A file that its source does not have (HTTP 404)."""


def address(dataset: str, path: str, host: str = HOST) -> str:
    """The URL of a file of a data set, at the pinned commit.

    Args:
        dataset: a name of HOMES.
        path: the file's path inside the data set.
        host: another host of the same layout.
    """
    return f"{host}/{HOMES[dataset]}/{path}"


def fetch(url: str, path: Path, sha256: str = "") -> bool:
    """Download a file unless it exists. A partial download in `path`.part is resumed (HTTP Range).

    Args:
        url: the address.
        path: the file to write.
        sha256: the expected checksum in hex, '' if unknown.

    Returns:
        Whether anything was downloaded.

    Raises:
        DownloadError: unreachable, an HTTP error, interrupted TRIES times, or a wrong checksum; `path` is not written.
    """
    if path.exists():
        if not sha256 or checksum(path) == sha256:
            return False
        path.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    if not any(_continue(url, part) for _ in range(TRIES)):
        raise DownloadError(f"{url}: interrupted {TRIES} times; the same command resumes the download")
    found = checksum(part)
    if sha256 and found != sha256:
        part.unlink()
        raise DownloadError(f"{url}: expected SHA-256 {sha256}, got {found}; the file was removed, try again")
    os.replace(part, path)
    return True


def checksum(path: Path) -> str:
    """SHA-256 of a file in hex."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _continue(url: str, part: Path) -> bool:
    """Fetch the rest of `part`; whether it is complete then."""
    start = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={start}-"} if start else {})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            return _append(response, part, start)
    except urllib.error.HTTPError as error:
        if error.code != 416:
            error_type = Missing if error.code == 404 else DownloadError
            raise error_type(f"{url}: HTTP {error.code} {error.reason}") from error
        return _is_complete(error, part, start)
    except urllib.error.URLError as error:
        raise DownloadError(f"{url}: cannot be reached ({error.reason})") from error
    except (http.client.HTTPException, OSError):
        return False


def _append(response: http.client.HTTPResponse, part: Path, start: int) -> bool:
    resumed = response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
    length = response.headers.get("Content-Length")
    with open(part, "ab" if resumed else "wb") as file:
        shutil.copyfileobj(response, file)
    return length is None or part.stat().st_size == int(length) + (start if resumed else 0)


def _is_complete(error: urllib.error.HTTPError, part: Path, start: int) -> bool:
    """After a request past the end: `part` is complete, or it belongs to another file and is removed."""
    if error.headers.get("Content-Range") == f"bytes */{start}":
        return True
    part.unlink()
    return False
