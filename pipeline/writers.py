"""Writes the records of a run as tables, COCO JSON and the page. One record at a time is in memory."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, TypedDict

from garments.coco import coco_annotation, coco_dataset, coco_image
from garments.masks import area
from garments.storage import OUTLINES
from garments.types import BOX_COLUMNS
from pipeline import looks
from pipeline.files import PARQUET, replacing
from pipeline.model_folders import CONTRACT
from pipeline.page import Page
from pipeline.records import (
    LANDMARK_COLUMNS,
    PHOTO_COLUMNS,
    PROBLEM_COLUMNS,
    WHOLE,
    Summary,
    category_columns,
    garment_columns,
    text_columns,
)

ROWS_AT_ONCE = 5000  # of a Parquet file
NAMES = ("garments", "photos", "problems")  # of the CSV tables


class TextOptions(TypedDict):
    """Options of `open`."""

    newline: str
    encoding: str
    errors: str


AS_TEXT: TextOptions = dict(newline="", encoding="utf-8", errors="backslashreplace")


class Tables:
    """The three CSV tables, open for writing; flushed photo by photo."""

    def __init__(self, files: dict[str, IO[str]], classifiers: Sequence[str] = CONTRACT):
        """Start the tables in text files, {one of NAMES: file}."""
        self._files = files
        columns = dict(zip(NAMES, (garment_columns(classifiers), PHOTO_COLUMNS, PROBLEM_COLUMNS), strict=True))
        self._writers = {
            name: csv.DictWriter(file, columns[name], extrasaction="ignore") for name, file in files.items()
        }
        for writer in self._writers.values():
            writer.writeheader()

    def add(self, record: dict) -> None:
        """Write the rows of one record."""
        photo, rows = record["photo"], record.get("rows", [])
        for row in rows:
            self._writers["garments"].writerow({"photo": photo, **row})
        size = {name: record.get(name, "") for name in ("width", "height")}
        status = "failed" if "reason" in record else "ok"
        self._writers["photos"].writerow(dict(photo=photo, **size, status=status, garments=len(rows)))
        if status == "failed":
            problem = dict(file=photo, reason=record["reason"], remedy=record["remedy"])
            self._writers["problems"].writerow(problem)

    def flush(self) -> None:
        """Make the added rows readable by others."""
        for file in self._files.values():
            file.flush()


@contextmanager
def growing_tables(out: Path, classifiers: Sequence[str] = CONTRACT) -> Iterator[Tables]:
    """New tables in `out`, which can be read while they grow."""
    with ExitStack() as stack:
        files: dict[str, IO[str]] = {
            name: stack.enter_context(open(out / f"{name}.csv", "w", **AS_TEXT)) for name in NAMES
        }
        yield Tables(files, classifiers)


def finish(
    out: Path,
    records: Callable[[], Iterator[dict]],
    parquet: bool = False,
    classifiers: Sequence[str] = CONTRACT,
) -> Summary:
    """Write all tables and the page of an output folder.

    Args:
        out: the folder.
        records: returns all records in the order of the files, each time it is called.
        parquet: whether to also write garments.parquet.
        classifiers: those that ran.
    """
    summary = Summary(out)
    with ExitStack() as files:
        csvs = {name: files.enter_context(replacing(out, f"{name}.csv", **AS_TEXT)) for name in NAMES}
        tables = Tables(csvs, classifiers)
        page = files.enter_context(Page(out, summary, classifiers))
        outputs: list[Callable[[dict], None]] = [summary.add, tables.add, page.add]
        if parquet:
            outputs.append(files.enter_context(parquet_rows(out, classifiers)))
        for record in records():
            for add in outputs:
                add(record)
        with replacing(out, "detections.json", encoding="utf-8") as file:
            write_coco(file, records, classifiers)
    return summary


@contextmanager
def parquet_rows(out: Path, classifiers: Sequence[str], name: str = PARQUET) -> Iterator[Callable[[dict], None]]:
    """A function that takes a record and writes its rows to a Parquet file of an output folder."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    types = {**dict.fromkeys(text_columns(classifiers), pa.string()), **dict.fromkeys(WHOLE, pa.int32())}
    schema = pa.schema([(name, types.get(name, pa.float64())) for name in garment_columns(classifiers)])
    waiting: list[dict] = []
    with replacing(out, name, "wb") as file, ParquetWriter(file, schema) as writer:

        def write() -> None:
            writer.write_table(pa.Table.from_pylist(waiting, schema))
            waiting.clear()

        def add(record: dict) -> None:
            waiting.extend({"photo": record["photo"], **row} for row in record.get("rows", []))
            if len(waiting) >= ROWS_AT_ONCE:
                write()

        yield add
        write()


def write_coco(file: IO[str], records: Callable[[], Iterable[dict]], classifiers: Sequence[str] = CONTRACT) -> None:
    """Write a COCO data set; `records` is called twice and returns the records each time."""
    attributes = ["category", "category_score", *category_columns(classifiers), *looks.COLUMNS]
    frame = coco_dataset([], [])
    head = ", ".join(f'"{name}": {json.dumps(frame[name])}' for name in ("info", "licenses"))
    file.write(f'{{{head}, "images": [')
    _write_list(file, (image for image, _ in _coco(records(), attributes)))
    file.write('], "annotations": [')
    _write_list(file, (annotation for _, annotations in _coco(records(), attributes) for annotation in annotations))
    file.write(f'], "categories": {json.dumps(frame["categories"])}}}\n')


def _write_list(file: IO[str], entries: Iterable[dict]) -> None:
    for number, entry in enumerate(entries):
        file.write((",\n" if number else "\n") + json.dumps(entry))


def _coco(records: Iterable[dict], attributes: list[str]) -> Iterator[tuple[dict, Iterator[dict]]]:
    """(image, its annotations) of each photo that was analysed."""
    images = annotations = 0
    for record in records:
        if "rows" in record:
            images += 1
            first, annotations = annotations + 1, annotations + len(record["rows"])
            image = coco_image(images, record["photo"], record["width"], record["height"])
            yield image, (_annotation(n, images, row, attributes) for n, row in enumerate(record["rows"], first))


def _annotation(number: int, image: int, row: dict, attributes: list[str]) -> dict:
    box = [row[name] for name in BOX_COLUMNS]
    more: dict[str, Any] = dict(
        score=row["part_score"], attributes={n: row[n] for n in attributes if n in row}, **keypoints(row)
    )
    if OUTLINES in row:
        more |= {OUTLINES: row[OUTLINES], "area": area(row[OUTLINES])}
    return coco_annotation(number, image, row["part"], box, **more)


def keypoints(row: dict) -> dict:
    """COCO's keypoints of a row of garments.csv; empty if it has no landmarks."""
    points: list[float] = []
    for x, y, visible in zip(*(LANDMARK_COLUMNS[n::3] for n in range(3)), strict=True):
        points += [row[x], row[y], 1 + row[visible]] if x in row else [0, 0, 0]
    labelled = sum(v > 0 for v in points[2::3])
    return {"keypoints": points, "num_keypoints": labelled} if labelled else {}
