"""Shards: what workers of a run on many machines found, as files in the output folder; merged into the journal.

`shards/RUN-NUMBER.parquet` has the rows of garments.csv; `shards/RUN-NUMBER.jsonl`, written last, has a record a line.
A photo belongs to the shard that the hash of its name says.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256
from math import ceil
from pathlib import Path
from typing import NamedTuple

from pipeline.files import replacing
from pipeline.journal import Journal
from pipeline.reading import GROUP
from pipeline.writers import parquet_rows

SHARDS = "shards"
PHOTOS = 256  # of a shard, on average: what a killed worker loses


class File(NamedTuple):
    """A file to process: its name, and its size and time of change when it was listed."""

    name: str
    size: int
    changed: int


def plan(journal: Journal, run: str, workers: int) -> list[dict[str, str]]:
    """The files to do, as {shard: its name, files: JSON that `files_of` reads}, those of a shard in their order."""
    waiting = list(journal.waiting())
    several = min(4 * workers, ceil(len(waiting) / GROUP))  # so that few photos too are spread over the workers
    count = journal.shards(max(several, ceil(len(waiting) / PHOTOS)))
    shards = defaultdict(list)
    for file in waiting:
        shards[int(sha256(file[0].encode("utf-8", "surrogateescape")).hexdigest()[:15], 16) % count].append(file)
    return [{"shard": f"{run}-{number:05}", "files": json.dumps(shards[number])} for number in sorted(shards)]


def files_of(row: dict[str, str]) -> list[File]:
    """The files of a shard of a plan."""
    return [File(*file) for file in json.loads(row["files"])]


def is_finished(out: Path, shard: str) -> bool:
    """Whether a shard is there as a whole."""
    return (out / SHARDS / f"{shard}.jsonl").exists()


def write_shard(out: Path, shard: str, files: list[File], records: Iterable[dict], classifiers: Iterable[str]) -> None:
    """Write both files of a shard, each whole or not at all.

    Args:
        out: the output folder.
        shard: its name.
        files: those of the shard.
        records: of these files, in the same order.
        classifiers: those that ran.
    """
    lines = []
    with parquet_rows(out, tuple(classifiers), f"{SHARDS}/{shard}.parquet") as add:
        for file, record in zip(files, records, strict=True):
            add(record)
            lines.append(json.dumps({**record, "size": file.size, "changed": file.changed}, separators=(",", ":")))
    with replacing(out, f"{SHARDS}/{shard}.jsonl", encoding="ascii") as written:
        written.writelines(f"{line}\n" for line in lines)


def merge(journal: Journal, out: Path) -> None:
    """Take over the records of all finished shards that the journal does not know yet."""
    known = journal.merged()
    for path in sorted((out / SHARDS).glob("*.jsonl")):
        if path.stem not in known:
            with open(path, encoding="ascii") as lines:
                journal.merge(path.stem, map(json.loads, lines))
