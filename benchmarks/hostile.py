"""Generates a folder of many photos with all types of bad files among them, and checks the results of a run over it.

python benchmarks/hostile.py --source PHOTOS --out FOLDER --photos 10000 --bad 1000
python pipeline.py FOLDER --out RESULTS
python benchmarks/hostile.py --out FOLDER --check RESULTS

FOLDER.json, beside FOLDER, lists the files: {"good": [name], "bad": {name: type}}.
"""

import argparse
import csv
import json
import os
import shutil
import sys
from collections import Counter
from itertools import cycle
from pathlib import Path
from typing import Any

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from samples.hostile import BAD, GOOD, make

FOLDERS = 20
UNREADABLE_ELSEWHERE = {"HEIC"}  # other tools that check the results read with Pillow alone


def generate(source: Path, out: Path, photos: int, bad: int) -> None:
    """Fill a new folder with `photos` files, `bad` of them bad, and write the list of them.

    Good ones are one of each unusual type, and links to the photos of `source`; bad ones are of each type in turn.
    """
    originals = sorted(path for path in source.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if not originals:
        raise SystemExit(f"{source} holds no .jpg or .png; give a folder of photos by --source")
    folders = [out / f"{number:02d}" for number in range(FOLDERS)]
    for folder in folders:
        folder.mkdir(parents=True)
    unusual = [case for case in GOOD if case not in UNREADABLE_ELSEWHERE][: photos - bad]
    with Image.open(originals[0]) as image:
        photo = image.convert("RGB")
        photo.thumbnail((400, 400))
    listed: dict[str, Any] = {"good": [], "bad": {}}
    for number, case in enumerate(unusual):
        listed["good"].append(_name(make(case, folders[number % FOLDERS], photo, number), out))
    for number, original in zip(range(len(unusual), photos - bad), cycle(originals)):
        path = folders[number % FOLDERS] / f"{number:06d}{original.suffix}"
        _link(original, path)
        listed["good"].append(_name(path, out))
    number = photos - bad
    for case in cycle(BAD):
        if len(listed["bad"]) == bad:
            break
        try:
            listed["bad"][_name(make(case, folders[number % FOLDERS], photo, number), out)] = case
            number += 1
        except PermissionError as error:
            if number < photos - bad + len(BAD):
                print(f"left out: {case} ({error})")
    _list_of(out).write_text(json.dumps(listed, indent=0), encoding="utf-8")
    print(f"{out}: {len(listed['good'])} good, {len(listed['bad'])} bad of {len(set(listed['bad'].values()))} types")


def check(out: Path, results: Path) -> list[str]:
    """A line for each file that a run over a generated folder lost, misjudged, reported twice or made up."""
    listed = json.loads(_list_of(out).read_text(encoding="utf-8"))
    good, bad = (
        {_as_written(name) for name in listed["good"]},
        {_as_written(name): k for name, k in listed["bad"].items()},
    )
    photos, problems = _rows(results / "photos.csv"), _rows(results / "problems.csv")
    ok = Counter(_as_written(row["photo"]) for row in photos if row["status"] == "ok")
    failed = Counter(_as_written(row["photo"]) for row in photos if row["status"] != "ok")
    reported = {_as_written(row["file"]): row["reason"] for row in problems}
    wrong = [f"lost: {name!r}" for name in sorted((good | set(bad)) - set(ok) - set(failed))]
    problematic = set(failed) | set(reported)
    wrong += [f"good, but a problem: {name!r}: {reported.get(name)}" for name in sorted(good & problematic)]
    wrong += [f"bad ({bad[name]}), but ok: {name!r}" for name in sorted(set(bad) & set(ok))]
    wrong += [f"failed, but not in problems.csv: {name!r}" for name in sorted(set(failed) ^ set(reported))]
    wrong += [f"reported more than once: {name!r}" for name, times in (ok + failed).items() if times > 1]
    wrong += [f"made up: {name!r}" for name in sorted((set(ok) | set(failed)) - good - set(bad))]
    wrong += [
        f"another reason for {case}: {reported[name]}"
        for name, case in bad.items()
        if name in reported and not reported[name].startswith(BAD[case].reason or "")
    ]
    return wrong


def _link(original: Path, path: Path) -> None:
    try:
        os.link(original.resolve(), path)
    except OSError:  # on another disk
        shutil.copy(original, path)


def _list_of(out: Path) -> Path:
    return out.with_name(out.name + ".json")


def _name(path: Path, out: Path) -> str:
    return path.relative_to(out).as_posix()


def _as_written(name: str) -> str:
    """A name as in the tables: bytes that are not UTF-8 are escaped by backslashes."""
    return os.path.normpath(name.encode("utf-8", "backslashreplace").decode())


def _rows(path: Path) -> list[dict]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def main(arguments: list[str] | None = None) -> int:
    """The command line; exit status 1 if the check found something."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="the generated folder")
    parser.add_argument("--source", type=Path, help="folder of the photos to generate from")
    parser.add_argument("--photos", type=int, default=10_000, help="files in all (default: %(default)s)")
    parser.add_argument("--bad", type=int, default=1_000, help="bad ones among them (default: %(default)s)")
    parser.add_argument("--check", type=Path, help="results of the pipeline over the folder")
    args = parser.parse_args(arguments)
    if args.check is None:
        if args.source is None:
            parser.error("give --source to generate, or --check")
        generate(args.source, args.out, args.photos, args.bad)
        return 0
    wrong = check(args.out, args.check)
    print("\n".join([*wrong[:50], f"{len(wrong)} files lost or misjudged"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
