"""What a data set in YOLO's format declares: the names of its classes, its splits, and the points of its poses."""

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from garments.text_files import read_text
from readers.photo_finder import PhotoFinder
from readers.sources import place_of
from readers.splits import split_name, split_of_folders, strictest

YAMLS = (".yaml", ".yml")
NAMES = ("obj.names", "classes.txt", "_darknet.labels")  # a name a line
REMEDY = "write the folder or list that has these photos, relative to data.yaml"
EXPECTED = "expected a data.yaml with the names of the classes, or obj.names, or classes.txt"


@dataclass
class YoloFiles:
    """What a data set declares.

    Attributes:
        finder: of its photos.
        names: class number -> label.
        points: (points, numbers of each) of poses; (0, 0) for none.
        splits: split -> the photos and folders in it, below the root; empty where none is declared.
        declaration: the file that declares them.
        problems: declared paths that are not there, as rows of a Table's problems.
    """

    finder: PhotoFinder
    names: dict[int, str]
    points: tuple[int, int] = (0, 0)
    splits: dict[str, set[str]] = field(default_factory=dict)
    declaration: str = ""
    problems: list[dict] = field(default_factory=list)

    def declared(self, photo: str) -> str:
        """The split that the data set declares for a photo, by its path below the root; '' for none."""
        above = {photo, *map(str, PurePosixPath(photo).parents)}
        return strictest(split for split, places in self.splits.items() if above & places)

    def split_of(self, photo: str) -> str:
        """The declared split, else that of the folders."""
        return self.declared(photo) or split_of_folders(photo)


def yolo_files(source: Path) -> YoloFiles:
    """Read what is declared in a folder, or in the file that is given.

    Raises:
        ValueError: no file names the classes.
    """
    root, chosen = place_of(source, *YAMLS, ".names", ".data", ".txt")
    finder = PhotoFinder(root)
    yamls: list[tuple[Path, dict]] = []
    errors: list[str] = []
    for file in chosen or sorted(finder.files, key=lambda file: len(file.parts)):
        if file.suffix.lower() in YAMLS:
            content = _yaml(file, errors)
            yamls += [(file, content)] if "names" in content else []
    if yamls:
        files = YoloFiles(finder, _names(*yamls[0]), _points(yamls[0][1]), declaration=finder.relative(yamls[0][0]))
        given = {name: yamls[0][1].get(name) for name in yamls[0][1] if split_name(str(name))}
        _declare(files, yamls[0][0], given, _text(yamls[0][1].get("path") or ""))
        return files
    files = YoloFiles(finder, _listed_names(finder, errors))
    for file in finder.files:
        if file.name == "obj.data":
            files.declaration = finder.relative(file)
            pairs = [line.split("=", 1) for line in read_text(file).splitlines() if "=" in line]
            _declare(files, file, {key.strip(): value.strip() for key, value in pairs if split_name(key)}, "")
    return files


def _yaml(file: Path, errors: list[str]) -> dict:
    try:
        content = yaml.safe_load(read_text(file))
    except (ValueError, yaml.YAMLError, RecursionError, TypeError, AttributeError) as error:
        errors.append(f"{file.name} is no YAML: {' '.join(str(error).split()):.120}")
        return {}
    if not isinstance(content, dict) or not content.get("names"):
        errors.append(f"{file.name} has no names")
        return {}
    return content


def _names(file: Path, content: dict) -> dict[int, str]:
    """{class number: name} of data.yaml, whose names are a list or {number: name}."""
    names = content["names"]
    try:
        pairs = enumerate(names) if isinstance(names, list) else names.items()
        return {int(number): f"class {number}" if name is None else _text(name) for number, name in pairs}
    except (AttributeError, TypeError, ValueError) as error:
        got = f"{names!r:.80}"
        raise ValueError(f"{file}: {EXPECTED}; names is neither a list nor {{number: name}}, but {got}") from error


def _text(value: object) -> str:
    """A value as a text that can be written, without halves of surrogates."""
    return str(value).encode("utf-8", "replace").decode()


def _points(content: dict) -> tuple[int, int]:
    shape = content.get("kpt_shape")
    if isinstance(shape, list) and len(shape) == 2 and all(isinstance(n, int) for n in shape) and shape[1] in (2, 3):
        return shape[0], shape[1]
    return 0, 0


def _listed_names(finder: PhotoFinder, errors: list[str]) -> dict[int, str]:
    """{class number: name} of a list with a name a line, or of Label Studio's notes.json."""
    for wanted in NAMES:
        for file in finder.files:
            if file.name.lower() == wanted:
                lines = [line.strip() for line in read_text(file).splitlines()]
                while lines and not lines[-1]:
                    lines.pop()
                return dict(enumerate(lines))
    for file in finder.files:
        if file.name == "notes.json":
            try:
                return {int(c["id"]): str(c["name"]) for c in json.loads(read_text(file))["categories"]}
            except (ValueError, KeyError, TypeError, RecursionError):
                errors.append("notes.json has no categories")
    raise ValueError(f"{finder.root}: {EXPECTED}{''.join(f'; {error}' for error in errors)}")


def _declare(files: YoloFiles, file: Path, given: dict[str, Any], base: str) -> None:
    """Add the splits that `file` gives as {name: path or paths}."""
    seen: dict[frozenset, str] = {}
    for name, value in given.items():
        split, places = split_name(str(name)), set()
        for path in value if isinstance(value, list) else [value] if value else []:
            found = _places(files, file, _text(path), base)
            places |= found
            if not found:
                reason = f"{name} is {path!r:.100}, which is not there or has no photo"
                files.problems.append(dict(file=files.finder.relative(file), reason=reason, remedy=REMEDY))
        other = seen.setdefault(frozenset(places), split) if places else split
        if other != split:
            reason = f"{split} has the same photos as {other}; they are read as {other}"
            remedy = f"give {split} photos of its own"
            files.problems.append(dict(file=files.finder.relative(file), reason=reason, remedy=remedy))
        elif places:
            files.splits[split] = files.splits.get(split, set()) | places


def _places(files: YoloFiles, file: Path, path: str, base: str) -> set[str]:
    """The folder of a declared path, or the photos of a declared list, below the root; empty where it is not there."""
    root, path = files.finder.root, path.replace("\\", "/")
    parts = [part for part in path.split("/") if part not in ("", ".", "..")]
    tails = ["/".join(parts[n:]) for n in range(len(parts))]
    starts = [base.replace("\\", "/"), "."]
    for name in dict.fromkeys([*(f"{start}/{path}" for start in starts), path, *tails]):
        place = Path(os.path.normpath(file.parent / name))
        if place.is_relative_to(root) and os.path.isdir(place):
            return {files.finder.relative(place)}
        if place.is_relative_to(root) and os.path.isfile(place):
            return _listed_photos(files, place)
    return set()


def _listed_photos(files: YoloFiles, file: Path) -> set[str]:
    """The photos of a list with a path a line."""
    lines = [line.strip() for line in read_text(file).splitlines()]
    names = [re.sub(r"^\./", "", line) for line in lines if line]
    photos = set()
    for number, name in enumerate(names, start=1):
        found = files.finder.find(name, file.parent)
        if found.path:
            photos.add(found.photo)
        else:
            problem = dict(file=f"{files.finder.relative(file)}:{number}", reason=found.missing)
            files.problems.append({**problem, "remedy": "fetch this photo again, or take it out of the list"})
    return photos
