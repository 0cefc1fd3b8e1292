"""The page: index.html, which opens at once, and the folder page/, which it loads on demand. It works from disk.

page/index.js has a line per photo: its path and, for each garment, part, category, both scores, colour and pattern,
which filters and sorting need. page/photos-N.js has the rest for PER_FILE photos, loaded when one of them is shown.
"""

import json
import re
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from garments.coco import KEYPOINTS
from garments.types import BOX_COLUMNS
from garments.vocabulary import PARTS
from photos.drawing import COLOURS
from pipeline.files import replacing
from pipeline.model_folders import CONTRACT, column
from pipeline.pictures import thumbnail_name
from pipeline.records import CONTOURS, Summary

PER_FILE = 200  # photos
NUMBERED = re.compile(r"photos-(\d+)\.js").fullmatch
TEMPLATE = Path(__file__).with_name("page.html")


class Numbers(dict[str, int]):
    """Names with their numbers, in order of appearance."""

    def number(self, name: str) -> int:
        """The number of a name."""
        return self.setdefault(name, len(self))


class Page:
    """Takes records one by one; all files are in place when the `with` block ends without an error."""

    def __init__(self, out: Path, summary: Summary, classifiers: Sequence[str] = CONTRACT):
        """Args: out: the output folder; summary: of the same records; classifiers: those that ran."""
        self._out, self._summary, self._classifiers = out, summary, classifiers
        self._files, self._count = ExitStack(), 0
        self._photos: list[list] = []
        self._categories, self._colours, self._patterns = Numbers(), Numbers(), Numbers()

    def __enter__(self) -> "Page":
        (self._out / "page").mkdir(exist_ok=True)
        self._index = self._files.enter_context(replacing(self._out, "page/index.js", encoding="utf-8"))
        self._index.write("garments.index([\n")
        return self

    def __exit__(self, error_type: type[BaseException] | None, *error: Any) -> None:
        if error_type is None:
            self._flush()
            self._index.write("]);\n")
        self._files.__exit__(error_type, *error)
        if error_type is None:
            self._write_page()

    def add(self, record: dict) -> None:
        """Add a photo with the rows of its garments; failed files are skipped."""
        if "rows" not in record:
            return
        line = [record["photo"]]
        for row in record["rows"]:
            places = PARTS.index(row["part"]), self._categories.number(row["category"])
            seen = [self._colours.number(row.get("colour", "")), self._patterns.number(row.get("pattern", ""))]
            line += [*places, row["part_score"], row["category_score"], *seen]
        self._index.write(_json(line) + ",\n")
        garments = [self._details(row) for row in record["rows"]]
        photo = [thumbnail_name(record["photo"]), record["width"], record["height"], garments]
        self._photos.append([*photo, *filter(None, [record.get("overlay")])])
        self._count += 1
        if len(self._photos) == PER_FILE:
            self._flush()

    def _details(self, row: dict) -> list:
        """[box, each classifier's category and score, visible landmarks, contours] of a row of a record."""
        starts = map(column, self._classifiers)
        names = [
            [self._categories.number(row[f"{start}_category"]), row[f"{start}_category_score"]] for start in starts
        ]
        points = [[row[f"{n}_x"], row[f"{n}_y"]] for n in KEYPOINTS["keypoints"] if row.get(f"{n}_visible")]
        return [[row[name] for name in BOX_COLUMNS], names, points, row.get(CONTOURS, [])]

    def _flush(self) -> None:
        number = (self._count - 1) // PER_FILE
        if self._photos:
            with replacing(self._out, f"page/photos-{number}.js", encoding="utf-8") as file:
                file.write(f"garments.photos({number}, {_json(self._photos)});\n")
        self._photos.clear()

    def _write_page(self) -> None:
        for stale in page_files(self._out, self._count):
            stale.unlink()
        colours = {part: f"rgb{COLOURS[part]}" for part in PARTS}
        about = dict(
            categories=list(self._categories),
            colours=colours,
            perFile=PER_FILE,
            problems=self._summary.problems,
            shades=list(self._colours),
            patterns=list(self._patterns),
        )
        text = TEMPLATE.read_text(encoding="utf-8").replace("{{about}}", _json(about), 1)
        text = text.replace("{{classifiers}}", json.dumps(self._classifiers), 1)
        with replacing(self._out, "index.html", encoding="utf-8") as file:
            file.write(text)


def page_files(out: Path, photos: int = 0) -> list[Path]:
    """The data files of page/ that a page of so many photos does not need; all of them for 0."""
    numbered = [(int(match[1]), path) for path in (out / "page").glob("photos-*.js") if (match := NUMBERED(path.name))]
    stale = [path for number, path in numbered if number * PER_FILE >= photos]
    return stale if photos else [*stale, out / "page" / "index.js"]


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
