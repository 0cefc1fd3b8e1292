"""Classes of pixels for a folder of photos: python -m segmenter.predict --model models/segmenter FOLDER --out OUT"""

import argparse
import csv
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from tqdm import tqdm

from engine.checksums import SUMS
from garments.command import command
from garments.locking import lock
from photos.files import PhotoError, find_files, photo_name
from photos.reading import read_photo
from segmenter.colours import as_image, overlay
from segmenter.exported import Segmenter

LOG, SETTINGS = ".done.jsonl", ".settings.json"  # a line a file that is done; what the results depend on
COLUMNS, PROBLEM_COLUMNS = ["photo", "class", "pixels", "share"], ["file", "reason", "remedy"]
JPEG = dict(quality=88)


def predict(model: Path, folder: Path, out: Path, fresh: bool = False) -> tuple[int, int]:
    """Segment every photo of a folder; the same call resumes a run that was stopped, and does new and changed files.

    Args:
        model: of an exported network.
        folder: the photos; sub-folders are included.
        out: gets maps/PHOTO.png (class numbers, in colours), overlays/PHOTO.jpg, classes.csv (photo, class, pixels,
            share) and problems.csv (file, reason, remedy).
        fresh: replace the results of another model or folder.

    Returns:
        How many photos have results, and how many files could not be used.

    Raises:
        ValueError: the folder has no files, or `out` has results of another model or folder, or another run.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder; give the folder that holds the photos")
    files = list(find_files(folder, leave_out=out))
    if not files:
        raise ValueError(f"{folder} holds no files; give the folder that holds the photos")
    out.mkdir(parents=True, exist_ok=True)
    try:
        handle = lock(out / ".lock")
    except BlockingIOError as error:
        raise ValueError(f"another run writes to {out}; wait for its end, or give another --out") from error
    with handle:
        _agree(model, folder, out, fresh)
        done = _done(out)
        names = {photo_name(file, folder): file for file in files}
        todo = {name: file for name, file in names.items() if done.get(name, {}).get("state") != _state(file)}
        with open(out / LOG, "a", encoding="utf-8") as log:
            for line in _lines(Segmenter.load(model), todo, folder, out) if todo else ():
                log.write(json.dumps(line) + "\n")
                log.flush()
                done[line["photo"]] = line
        return _write_tables([done[name] for name in names], out)


def _agree(model: Path, folder: Path, out: Path, fresh: bool) -> None:
    """Start, resume, or replace the run of a folder."""
    sums = model / SUMS
    digest = hashlib.sha256(sums.read_bytes() if sums.exists() else b"").hexdigest()[:12]
    settings = {"model": digest, "folder": str(folder.resolve())}
    file = out / SETTINGS
    if fresh:
        for name in (LOG, SETTINGS, "classes.csv", "problems.csv"):
            (out / name).unlink(missing_ok=True)
        for name in ("maps", "overlays"):
            shutil.rmtree(out / name, ignore_errors=True)
    there = json.loads(file.read_text(encoding="utf-8")) if file.exists() else settings
    if there != settings:
        changed = ", ".join(name for name in settings if there.get(name) != settings[name])
        raise ValueError(f"{out} has results of another {changed}; give another --out, or replace them by --fresh")
    file.write_text(json.dumps(settings), encoding="utf-8")


def _done(out: Path) -> dict[str, dict]:
    """The last line of each file in the log; one that was cut off as the run was killed is cut out."""
    log = out / LOG
    lines = log.read_bytes().splitlines(keepends=True) if log.exists() else []
    whole = [line for line in lines if line.endswith(b"\n")]
    if len(whole) < len(lines):
        log.write_bytes(b"".join(whole))
    return {entry["photo"]: entry for entry in map(json.loads, whole)}


def _state(file: Path) -> list[int]:
    try:
        status = os.stat(file)
    except OSError:
        return []
    return [status.st_size, status.st_mtime_ns]


def _lines(model: Segmenter, todo: dict[str, Path], folder: Path, out: Path) -> Iterator[dict]:
    """The line of each file, after its pictures are written."""
    for name, file in tqdm(todo.items(), unit="photo", disable=None):
        line = {"photo": name, "state": _state(file)}
        try:
            photo, pixels = read_photo(file, folder)
            numbers = model(pixels)
        except PhotoError as error:
            yield line | {"reason": error.reason, "remedy": error.remedy}
            continue
        _save(out / "overlays" / f"{name}.jpg", Image.fromarray(overlay(pixels, numbers, model.classes)), **JPEG)
        full = Image.fromarray(numbers).resize((photo.width, photo.height), Image.Resampling.NEAREST)
        whole = np.asarray(full)
        _save(out / "maps" / f"{name}.png", as_image(whole, model.classes))
        counts = np.bincount(whole.ravel(), minlength=len(model.classes))
        yield line | {"pixels": {model.classes[n]: int(counts[n]) for n in np.flatnonzero(counts)}}


def _save(path: Path, image: Image.Image, **options: Any) -> None:
    """Write an image whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".part{path.suffix}")
    image.save(part, **options)
    os.replace(part, path)


def _write_tables(lines: list[dict], out: Path) -> tuple[int, int]:
    """classes.csv and problems.csv."""
    good, bad = ([line for line in lines if ("reason" in line) == failed] for failed in (False, True))
    rows = [
        dict(zip(COLUMNS, (line["photo"], name, count, round(count / sum(line["pixels"].values()), 5)), strict=True))
        for line in good
        for name, count in line["pixels"].items()
    ]
    problems = [dict(file=line["photo"], reason=line["reason"], remedy=line["remedy"]) for line in bad]
    for name, columns, table in (("classes", COLUMNS, rows), ("problems", PROBLEM_COLUMNS, problems)):
        part = out / f".{name}.csv"
        with open(part, "w", newline="", encoding="utf-8", errors="backslashreplace") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(table)
        os.replace(part, out / f"{name}.csv")
    return len(good), len(bad)


@command
def main(arguments: list[str] | None = None) -> int:
    """The command line; exit status 0 success, 1 some files failed, 2 nothing could be done."""
    parser = argparse.ArgumentParser(prog="python -m segmenter.predict", description=__doc__.partition(":")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the photos")
    parser.add_argument("--model", type=Path, required=True, help="an exported segmentation network")
    parser.add_argument("--out", type=Path, required=True, help="where results go; the same command resumes the run")
    parser.add_argument("--fresh", action="store_true", help="replace the results of another model or folder in OUT")
    args = parser.parse_args(arguments)
    good, bad = predict(args.model, args.folder, args.out, args.fresh)
    print(f"{good} photos: {args.out / 'classes.csv'}, maps/, overlays/")
    if bad:
        print(f"{bad} files could not be used, see {args.out / 'problems.csv'}", file=sys.stderr)
    return 2 if not good else 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
