"""Lists in text files: columns separated by spaces, with or without the number of rows and a header above them."""

import csv
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd

FIX = "fix this line, or fetch the file again"


def read_list(
    file: Path,
    columns: list[str],
    problems: list[dict],
    header: int = 2,
    numbers: Collection[str] = (),
    min_columns: int | None = None,
    spaces: bool = False,
) -> pd.DataFrame:
    """The rows of a file as a data frame.

    Args:
        file: the file.
        columns: their names.
        problems: lines that cannot be used are appended here, as rows of a Table's problems.
        header: lines above the rows; of two, the first is the number of rows.
        numbers: the columns that are numbers.
        min_columns: minimum number of columns of a row, by default all; missing ones are nan.
        spaces: the first column may contain spaces.

    Returns:
        The columns, and `line`: 'file:12'. A line that cannot be used is a row of nan, so that the rows of the files of
        a data set stay aligned.

    Raises:
        ValueError: the file is missing or no text.
    """
    min_columns = min_columns or len(columns)
    frame = None if spaces else _valid(file, columns, header, numbers, min_columns)
    frame = _checked(file, columns, problems, header, numbers, min_columns, spaces) if frame is None else frame
    with open(file, encoding="utf-8") as lines:
        rows = next(lines, "").strip()
    if header and rows.isdigit() and int(rows) != len(frame):
        reason = f"expected {rows} rows, as its first line gives, got {len(frame)}"
        problems.append(dict(file=f"{file.name}:1", reason=reason, remedy="fetch the file again"))
    name = file.name
    return frame.assign(line=[f"{name}:{n}" for n in range(header + 1, header + 1 + len(frame))])


def _valid(
    file: Path, columns: list[str], header: int, numbers: Collection[str], min_columns: int
) -> pd.DataFrame | None:
    """The rows of a file without errors, read at once; None for a file with errors."""
    try:
        frame = pd.read_csv(
            file,
            sep=r"\s+",
            header=None,
            names=columns,
            skiprows=header,
            skip_blank_lines=False,
            quoting=csv.QUOTE_NONE,
            keep_default_na=False,
            na_values=[""],
            dtype={column: float if column in numbers else str for column in columns},
            on_bad_lines="error",
            encoding="utf-8",
        )
    except (OSError, ValueError):
        return None
    longer = not isinstance(frame.index, pd.RangeIndex)  # more columns than names
    return None if longer or frame[columns[:min_columns]].isna().any(axis=None) else frame


def _checked(
    file: Path,
    columns: list[str],
    problems: list[dict],
    header: int,
    numbers: Collection[str],
    min_columns: int,
    spaces: bool,
) -> pd.DataFrame:
    """The rows of any file, checked one by one; errors are added to `problems`."""
    k = len(columns)
    lines = _lines(file)
    rows = [line.rsplit(None, k - 1) if spaces else line.split() for line in lines[header:]]
    where = [f"{file.name}:{n}" for n in range(header + 1, len(lines) + 1)]
    wrong = {
        n: f"expected {k} columns, got {len(row)}" for n, row in enumerate(rows) if not min_columns <= len(row) <= k
    }
    frame = pd.DataFrame([[] if n in wrong else row for n, row in enumerate(rows)], dtype=object)
    frame = frame.reindex(columns=range(k)).astype(object).set_axis(columns, axis=1)
    for column in numbers:
        values = pd.to_numeric(frame[column], errors="coerce")
        for n in np.flatnonzero((values.isna() & frame[column].notna()).to_numpy()).tolist():
            wrong[n] = f"expected a number for {column}, got {frame[column][n]!r}"
        frame[column] = values
    frame.loc[list(wrong)] = np.nan
    problems += [dict(file=where[n], reason=reason, remedy=FIX) for n, reason in sorted(wrong.items())]
    return frame


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").rstrip().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{file}: cannot be read ({error}); give the folder that holds the data set") from error
