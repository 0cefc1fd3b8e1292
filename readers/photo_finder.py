"""Finds the photo of an entry: by what the entry says, then by a file name that is unambiguous below the root."""

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from photos.files import SYSTEM_NAMES
from readers.splits import split_of_folders

PLACES = ("", "images", "data", "JPEGImages", "..", "../images", "../data", "../JPEGImages")  # seen from the list
NO_PHOTOS = {
    ".txt", ".json", ".jsonl", ".xml", ".csv", ".tsv", ".yaml", ".yml", ".md", ".cache", ".npy", ".npz", ".names",
    ".data", ".labels", ".html", ".py", ".ipynb", ".log", ".zip", ".parquet", ".mat", ".pt", ".toml", ".cfg",
}  # fmt: skip
HASHED = re.compile(r"[0-9a-f]{8}-(.+)")  # Label Studio's name of an uploaded file
SHOWN = 8  # paths in a message


class Found(NamedTuple):
    """The photo of an entry.

    Attributes:
        photo: its path below the root; where there is none, what the entry says.
        path: the file; '' where there is none.
        missing: the reason why there is none, else ''.
        is_guess: it was found by its name alone, in another folder than the entry says.
    """

    photo: str
    path: str = ""
    missing: str = ""
    is_guess: bool = False


def visible_files(root: Path, links: bool = True) -> Iterator[Path]:
    """The files below a folder, sorted by folder; hidden ones and those of the system are left out.

    Args:
        root: the folder.
        links: whether linked folders are followed, each once.
    """
    seen = set()
    for folder, folders, files in os.walk(root, followlinks=links):
        real = os.path.realpath(folder)
        folders[:] = sorted(f for f in folders if _is_visible(f)) if real not in seen else []
        if real not in seen:
            yield from (Path(folder, f) for f in sorted(files) if _is_visible(f))
        seen.add(real)


def _is_visible(name: str) -> bool:
    return not name.startswith(".") and name.lower() not in SYSTEM_NAMES


def may_be_photo(path: Path) -> bool:
    """False for a file whose suffix says that it is something else."""
    return path.suffix.lower() not in NO_PHOTOS


class PhotoFinder:
    """Looks up photos below one folder, which is read once."""

    def __init__(self, root: Path):
        """Args: root: the folder of the data set."""
        self.root = Path(os.path.abspath(root))
        self.files = list(visible_files(self.root))
        self.photos = [file for file in self.files if may_be_photo(file)]
        self._named: dict[str, list[Path]] = defaultdict(list)
        for file in self.photos:
            self._named[_key(file.name)].append(file)

    def relative(self, path: Path) -> str:
        """The path below the root, with '/'."""
        return path.relative_to(self.root).as_posix()

    def find(self, said: str, near: Path, split: str = "") -> Found:
        """The photo of an entry.

        Args:
            said: its name or path, as the entry writes it.
            near: the folder of the file with the entry.
            split: of the entry; '' where it is not known. It decides between photos of one name.
        """
        name = _cleaned(said)
        found = self._find(name, near, split)
        again = found if found.path or unquote(name) == name else self._find(unquote(name), near, split)
        return again if again.path else found

    def _find(self, name: str, near: Path, split: str) -> Found:
        tried: list[str] = []
        outside = ""
        for place in ("",) if os.path.isabs(name) else PLACES:
            path = Path(os.path.normpath(near / place / name))
            if path.is_relative_to(self.root):
                if os.path.isfile(path):
                    return Found(self.relative(path), str(path))
                tried.append(self.relative(path))
            elif not place:
                outside = str(path)
                if os.path.isfile(path):
                    return Found(name, missing=f"{_shown(name)} leaves the data set, which is {self.root}")
        return self._by_name(name, near, split, tried, outside)

    def _by_name(self, name: str, near: Path, split: str, tried: list[str], outside: str) -> Found:
        parts = [part for part in name.split("/") if part not in ("", ".", "..")]
        last = parts[-1] if parts else ""
        hashed = HASHED.fullmatch(last)
        for tails in ([parts[n:] for n in range(len(parts))], [[hashed[1]]] if hashed else []):
            for n, tail in enumerate(tails):
                alike = [f for f in self._named[_key(tail[-1])] if _ends(f, tail)]
                same = [f for f in alike if list(f.parts[-len(tail) :]) == tail]  # in upper and lower case too
                matches = self._nearest(same or alike, near, split)
                if len(matches) == 1:
                    photo = self.relative(matches[0])
                    is_other = split_of_folders(photo) not in ("", split)
                    return Found(photo, str(matches[0]), "", n > 0 or bool(outside) or is_other or tail != parts)
                if matches:
                    several = ", ".join(map(self.relative, matches[:SHOWN]))
                    return Found(name, missing=f"{_shown(last)} may be any of {len(matches)} photos: {several}")
        leaves = f"{_shown(outside)} leaves the data set, which is {self.root}, and " if outside else ""
        places = ", ".join([*map(_plain, tried[:SHOWN]), f"any {_shown(last)} below {self.root}"])
        return Found(name, missing=f"{leaves}the photo is missing; tried {places}")

    def _nearest(self, matches: list[Path], near: Path, split: str) -> list[Path]:
        """Of several photos those of the split, then those of which most folders are those of the entry."""
        if len(matches) > 1 and split:
            matches = [f for f in matches if split_of_folders(self.relative(f)) == split] or matches
        if len(matches) > 1:
            shared = [len(os.path.commonpath([f, near])) for f in matches]
            matches = [f for f, length in zip(matches, shared, strict=True) if length == max(shared)]
        return matches


def _cleaned(said: str) -> str:
    """What an entry says as a path: without address, `?d=`, percent signs and backslashes."""
    name = said.strip().replace("\\", "/")
    if "?d=" in name:
        name = unquote(name.partition("?d=")[2])
    elif "://" in name:
        name = unquote(name.partition("://")[2].partition("?")[0]).partition("/")[2]
    return re.sub(r"^[A-Za-z]:(?=/)", "", name)


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _ends(file: Path, tail: list[str]) -> bool:
    return list(map(_key, file.parts[-len(tail) :])) == list(map(_key, tail))


def _shown(text: str) -> str:
    return f"{text!r:.100}"


def _plain(text: str) -> str:
    return text[:100].encode("utf-8", "replace").decode()
