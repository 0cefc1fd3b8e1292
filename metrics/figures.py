"""Writes figures.json, the figures of an evaluate command as one flat dict."""

import json
import math
from collections.abc import Mapping
from pathlib import Path

from metrics.bootstrap import Interval

FILE = "figures.json"


def write_figures(folder: Path, figures: Mapping[str, float | Interval]) -> Path:
    """Write figures as FOLDER/figures.json: name -> value, and name_low, name_high where it has an interval.

    Args:
        folder: the --out of a command; created if needed.
        figures: {name: value, or (value, low, high) with the 95 % interval}; nan is written as null.

    Returns:
        The file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / FILE
    file.write_text(json.dumps(flat(figures), indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return file


def flat(figures: Mapping[str, float | Interval]) -> dict[str, float | None]:
    """The figures with the bounds of their intervals as separate figures, None for values that are not finite."""
    result = {}
    for name, figure in figures.items():
        value, *bounds = figure if isinstance(figure, tuple) else (figure,)
        result[name] = value
        result |= dict(zip((f"{name}_low", f"{name}_high"), bounds, strict=False))
    return {name: float(value) if math.isfinite(value) else None for name, value in result.items()}
