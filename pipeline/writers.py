"""What a run writes of its records: tables, COCO JSON and the page. One record at a time is in memory."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from garments.coco import coco_annotation, coco_dataset, coco_image
from garments.types import BOX_COLUMNS
from pipeline.files import replacing
from pipeline.page import Page
from pipeline.records import COLUMNS, GARMENT_COLUMNS, LANDMARK_COLUMNS, NAMED_COLUMNS, TEXT, WHOLE, Summary

ROWS_AT_ONCE = 5000  # of a Parquet file
AS_TEXT = dict(newline="", encoding="utf-8", errors="backslashreplace")


class Tables:
    """The three CSV tables, open for writing; flushed photo by photo."""

    def __init__(self, files: dict):
        """Start the tables in text files, by the names of COLUMNS."""
        self._files = files
        self._writers = {name: csv.DictWriter(file, COLUMNS[name]) for name, file in files.items()}
        for writer in self._writers.values():
            writer.writeheader()

    def add(self, record: dict) -> None:
        """The rows of one record."""
        photo, rows = record["photo"], record.get("rows", [])
        for row in rows:
            self._writers["garments"].writerow({"photo": photo, **row})
        size = {name: record.get(name, "") for name in ("width", "height")}
        status = "failed" if "reason" in record else "ok"
        self._writers["photos"].writerow(dict(photo=photo, **size, status=status, garments=len(rows)))
        if status == "failed":
            told = dict(file=photo, reason=record["reason"], remedy=record["remedy"])
            self._writers["problems"].writerow(told)

    def flush(self) -> None:
        """What was added can be read."""
        for file in self._files.values():
            file.flush()


@contextmanager
def growing_tables(out: Path) -> Iterator[Tables]:
    """The tables of `out`, begun anew, to be read while they grow."""
    with ExitStack() as files:
        yield Tables({name: files.enter_context(open(out / f"{name}.csv", "w", **AS_TEXT)) for name in COLUMNS})


def finish(out: Path, records: Callable[[], Iterator[dict]], parquet: bool = False) -> Summary:
    """Write all tables and the page of an output folder.

    Args:
        out: the folder.
        records: gives all records in the order of the files, each time it is called.
        parquet: whether to write garments.parquet too.
    """
    summary = Summary(out)
    with ExitStack() as files:
        tables = Tables({n: files.enter_context(replacing(out, f"{n}.csv", **AS_TEXT)) for n in COLUMNS})
        page = files.enter_context(Page(out, summary))
        takers = [summary.add, tables.add, page.add]
        if parquet:
            takers.append(files.enter_context(parquet_rows(out)))
        for record in records():
            for take in takers:
                take(record)
        with replacing(out, "detections.json", encoding="utf-8") as file:
            write_coco(file, records)
    return summary


@contextmanager
def parquet_rows(out: Path) -> Iterator:
    """Gives a function that takes records and writes their rows to garments.parquet."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    kinds = {**dict.fromkeys(TEXT, pa.string()), **dict.fromkeys(WHOLE, pa.int32())}
    schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in GARMENT_COLUMNS])
    waiting = []
    with replacing(out, "garments.parquet", "wb") as file, ParquetWriter(file, schema) as writer:

        def write():
            writer.write_table(pa.Table.from_pylist(waiting, schema))
            waiting.clear()

        def add(record):
            waiting.extend({"photo": record["photo"], **row} for row in record.get("rows", []))
            if len(waiting) >= ROWS_AT_ONCE:
                write()

        yield add
        write()


def write_coco(file, records) -> None:
    """Write a COCO data set; `records` is called twice and gives the records each time."""
    frame = coco_dataset([], [])
    file.write(f'{{"info": {json.dumps(frame["info"])}, "images": [')
    _write_list(file, (image for image, _ in _coco(records())))
    file.write('], "annotations": [')
    _write_list(file, (annotation for _, annotations in _coco(records()) for annotation in annotations))
    file.write(f'], "categories": {json.dumps(frame["categories"])}}}\n')


def _write_list(file, entries: Iterable[dict]) -> None:
    for number, entry in enumerate(entries):
        file.write((",\n" if number else "\n") + json.dumps(entry))


def _coco(records: Iterable[dict]) -> Iterator[tuple[dict, Iterator[dict]]]:
    """(image, its annotations) of each photo that was analysed."""
    images = annotations = 0
    for record in records:
        if "rows" in record:
            images += 1
            first, annotations = annotations + 1, annotations + len(record["rows"])
            image = coco_image(images, record["photo"], record["width"], record["height"])
            yield image, (_annotation(n, images, row) for n, row in enumerate(record["rows"], first))


def _annotation(number: int, image: int, row: dict) -> dict:
    attributes = {name: row[name] for name in ("category", "category_score", *NAMED_COLUMNS)}
    box = [row[name] for name in BOX_COLUMNS]
    more = dict(score=row["part_score"], attributes=attributes, **keypoints(row))
    return coco_annotation(number, image, row["part"], box, **more)


def keypoints(row: dict) -> dict:
    """COCO's keypoints of a row of garments.csv; nothing where it has no landmarks."""
    points = []
    for x, y, visible in zip(*(LANDMARK_COLUMNS[n::3] for n in range(3)), strict=True):
        points += [row[x], row[y], 1 + row[visible]] if x in row else [0, 0, 0]
    labelled = sum(v > 0 for v in points[2::3])
    return {"keypoints": points, "num_keypoints": labelled} if labelled else {}
