"""Text and CSV files as spreadsheets and scripts write them: any common encoding and delimiter."""

import codecs
import csv
import io
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

MARKS = [  # byte order mark -> encoding; that of UTF-32 starts with that of UTF-16
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
DELIMITERS = ",;\t|"
EXPORT = "save it again as CSV in UTF-8"


class Csv(NamedTuple):
    """The rows of a CSV as texts, with `line` ('file:12'), and problems, as rows of a Table's problems."""

    rows: pd.DataFrame
    problems: list[dict]


def read_text(file: Path) -> str:
    """The text of a file in UTF-8, UTF-16 or UTF-32, else in Windows' Western encoding.

    Raises:
        ValueError: it cannot be read, or is no text.
    """
    try:
        return decoded(file.read_bytes())
    except (OSError, ValueError) as error:
        raise ValueError(f"{file}: cannot be read as text ({error}); save it again in UTF-8") from error


def decoded(content: bytes) -> str:
    """Bytes as text; see `read_text`.

    Raises:
        ValueError: they are no text.
    """
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return content.decode(encoding)
    if content[1:2] == b"\0" or content[:1] == b"\0":
        return content.decode("utf-16-le" if content[1:2] == b"\0" else "utf-16-be")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read_csv(
    file: Path, needed: Sequence[str], numbers: Collection[str] = (), others: Mapping[str, Sequence[str]] | None = None
) -> Csv:
    """The rows of a CSV; names of columns in any case, empty lines left out.

    Args:
        file: separated by comma, semicolon, tab or |, whichever the header shows.
        needed: columns that must be there.
        numbers: columns in which a comma may be the decimal sign, where it does not separate the columns.
        others: column -> other names of it, which are taken for it where the file does not have it.

    Returns:
        Rows of the columns of the file; a cell that is missing at the end of a line is ''. A line with too many cells
        is a problem.

    Raises:
        ValueError: it is no CSV, or a needed column is missing.
    """
    text = read_text(file)
    start = 1 if text.lower().startswith("sep=") else 0  # as Excel writes it
    lines = text.splitlines(keepends=True)[start:]
    header, delimiter = _header(lines, needed, others or {})
    missing = [name for name in needed if name not in header]
    if missing or len(set(header)) < len(header):
        raise ValueError(f"{file}: expected the columns {_listed(needed)}, each once, got {', '.join(header)}")
    rows, problems = [], []
    for number, cells in _cells(file, lines, delimiter):
        line = f"{file.name}:{number + start}"
        if any(cells[len(header) :]):
            reason = f"expected {len(header)} cells, got {len(cells)}"
            problems.append(dict(file=line, reason=reason, remedy="put a cell with a comma into quotes"))
        elif any(cells):
            rows.append([*(cells + [""] * len(header))[: len(header)], line])
    frame = pd.DataFrame(rows, columns=[*header, "line"], dtype=object)
    for name in set(numbers) & set(header) if delimiter != "," else ():
        frame[name] = frame[name].str.replace(",", ".", regex=False)
    return Csv(frame, problems)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _header(lines: list[str], needed: Sequence[str], others: Mapping[str, Sequence[str]]) -> tuple[list[str], str]:
    """The names of the columns, and the delimiter that gives most of the needed ones."""
    first = next((line for line in lines if line.strip()), "").strip("\r\n")
    headers = {mark: _named(next(csv.reader([first], delimiter=mark), []), others) for mark in DELIMITERS}
    best = max(DELIMITERS, key=lambda mark: (len(set(needed) & set(headers[mark])), len(headers[mark])))
    while headers[best] and not headers[best][-1]:
        headers[best].pop()
    return headers[best], best


def _named(cells: list[str], others: Mapping[str, Sequence[str]]) -> list[str]:
    """The names of columns in lower case, those that are called otherwise by their usual name."""
    names = [cell.strip().lower() for cell in cells]
    for name, also in others.items():
        found = next((other for other in also if other in names), "")
        if name not in names and found:
            names[names.index(found)] = name
    return names


def _cells(file: Path, lines: list[str], delimiter: str) -> list[tuple[int, list[str]]]:
    """(number of the first line, cells) of each row below the header."""
    reader = csv.reader(io.StringIO("".join(lines), newline=""), delimiter=delimiter)
    rows, before = [], 0
    try:
        for cells in reader:
            rows.append((before + 1, [cell.strip() for cell in cells]))
            before = reader.line_num
    except csv.Error as error:
        raise ValueError(f"{file}:{before + 1}: no CSV ({error}); {EXPORT}") from error
    return [row for row in rows if any(row[1])][1:]
