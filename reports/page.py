"""A report on disk: one offline HTML page, each table as CSV, each plot as PNG, all numbers in figures.json."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader
from PIL import Image

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TEMPLATES = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True)


class Page:
    """Collects the blocks of a report in order; `write` renders the page."""

    def __init__(self, out: Path, title: str):
        self.out, self.title = out, title
        self._blocks: list[dict] = []
        self._verdicts: list[tuple[str, bool, str]] = []
        self._numbers: dict[str, Any] = {}
        out.mkdir(parents=True, exist_ok=True)

    def verdict(self, words: str, bad: bool, link: str = "") -> None:
        """The headline of the report, optionally with a link to a page with details."""
        self._verdicts.append((words, bad, link))
        self._numbers.setdefault("verdicts", []).append(words)

    def table(
        self,
        name: str,
        heading: str,
        table: pd.DataFrame,
        words: str = "",
        shade: np.ndarray | None = None,
        links: dict[tuple[int, int], str] | None = None,
    ) -> None:
        """A table, also as NAME.csv; the index is the first column.

        Args:
            name: of the CSV and in figures.json.
            heading: above the table.
            table: numbers and text.
            words: text between heading and table.
            shade: (rows, columns) 0..1, the darkness of each cell, or None.
            links: {(row, column): anchor of another block or cell}, by position.
        """
        table.to_csv(self.out / f"{name}.csv")
        self._numbers[name] = json.loads(table.to_json(orient="index"))
        rows = []
        for r, (label, values) in enumerate(zip(table.index, table.itertuples(index=False), strict=True)):
            cells = [
                dict(text=shown(v), shade=None if shade is None else round(float(shade[r][c]), 2))
                | dict(link=(links or {}).get((r, c)))
                for c, v in enumerate(values)
            ]
            rows.append([dict(text=str(label)), *cells])
        self._block(heading, words, rows=rows, columns=[table.index.name or "", *table.columns])

    def picture(self, name: str, heading: str, figure: "Figure", words: str = "") -> None:
        """A plot, as NAME.png."""
        figure.savefig(self.out / f"{name}.png", dpi=110, bbox_inches="tight")
        self._block(heading, words, picture=f"{name}.png")

    def image(self, name: str, heading: str, image: Image.Image, words: str = "") -> None:
        """An image, as NAME.png."""
        image.save(self.out / f"{name}.png")
        self._block(heading, words, picture=f"{name}.png")

    def crops(self, heading: str, crops: list[dict], words: str = "") -> None:
        """Small pictures: dicts of file (relative to the page) and words (the caption)."""
        self._block(heading, words, crops=crops)

    def cells(self, heading: str, cells: list[dict], words: str = "") -> None:
        """Collapsed sections: dicts of anchor, words (the title), crops, files (text)."""
        self._block(heading, words, cells=cells)

    def number(self, name: str, value: Any) -> None:
        """A value for figures.json that is not in a table."""
        self._numbers[name] = value

    def write(self) -> Path:
        """Write index.html and figures.json; returns the page."""
        (self.out / "figures.json").write_text(json.dumps(self._numbers, indent=1), encoding="utf-8")
        page = TEMPLATES.get_template("page.html")
        html = page.render(title=self.title, verdicts=self._verdicts, blocks=self._blocks)
        (self.out / "index.html").write_text(html, encoding="utf-8")
        return self.out / "index.html"

    def _block(self, heading: str, words: str, **content: Any) -> None:
        anchor = "".join(c if c.isalnum() else "-" for c in heading.lower())
        self._blocks.append(dict(heading=heading, anchor=anchor, words=words, **content))


def shown(value: Any) -> str:
    """A cell as text: numbers with three digits, empty if not finite."""
    if isinstance(value, (float, np.floating)):
        return "" if not np.isfinite(value) else f"{value:.3f}"
    return str(value)
