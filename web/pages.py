"""The pages as HTML, by Jinja2, which escapes all that comes from photos."""

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from garments.coco import KEYPOINTS
from garments.types import BOX_COLUMNS
from garments.vocabulary import CATEGORIES, PART_OF, PARTS
from pipeline.model_folders import column
from web import uploads

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.globals |= {
    "sides": dict(zip(BOX_COLUMNS, ("Left", "Top", "Right", "Bottom"), strict=True)),
    "parts": PARTS,
    "part_of": PART_OF,
}


class Cards:
    """Makes the part of the page that shows one photo."""

    def __init__(self, classifiers: Sequence[str]):
        """Args: classifiers: those that run."""
        self._classifiers = classifiers

    def html(self, record: dict, picture: str) -> str:
        """A photo with its garments, or why it cannot be used.

        Args:
            record: of the photo, as `analyse_batch` gives it.
            picture: its address, see `uploads.shown`.
        """
        more = [dict(words=self._words(row), points=points(row), area=area(row)) for row in record.get("rows", [])]
        rows = [row | seen for row, seen in zip(record.get("rows", []), more, strict=True)]
        known = {"key": secrets.token_hex(8), "picture": picture, "categories": categories(rows)}
        return TEMPLATES.get_template("photo.html").render(record, **known, rows=rows)

    def _words(self, row: dict) -> list[str]:
        """What is known of a garment, in lines."""
        names = [(name, column(name)) for name in self._classifiers]
        said = [f"{name} {row[f'{c}_category']} {row[f'{c}_category_score']:.2f}" for name, c in names]
        colours = [f"{row[c]} {row[f'{c}_share']:.0%}" for c in ("colour", "colour_2", "colour_3") if c in row]
        pattern = [f"{row['pattern']} {row['pattern_score']:.2f}"] if "pattern" in row else []
        seen = [name.replace("_", " ") for name, *_ in points(row)]
        return [
            f"{row['part']} {row['part_score']:.2f}, by the detector alone {row['detector_part']}",
            *said,
            ", ".join(colours + pattern),
            "landmarks: " + ", ".join(seen) if seen else "",
        ]


def points(row: dict) -> list[tuple[str, float, float]]:
    """The visible landmarks of a garment: name, x, y in pixels."""
    names = KEYPOINTS["keypoints"]
    return [(name, row[f"{name}_x"], row[f"{name}_y"]) for name in names if row.get(f"{name}_visible")]


def area(row: dict) -> float:
    """Of the box of a garment."""
    x1, y1, x2, y2 = (row[name] for name in BOX_COLUMNS)
    return (x2 - x1) * (y2 - y1)


def categories(rows: list[dict]) -> list[str]:
    """Categories to choose from: those of the project, and those that users' own models gave."""
    return [*CATEGORIES, *sorted({row["category"] for row in rows} - set(CATEGORIES))]


def page(cards: str, max_bytes: int, kept: bool) -> str:
    """The page with these cards.

    Args:
        cards: their HTML.
        max_bytes: of a request.
        kept: whether photos are kept.
    """
    known = dict(max_bytes=max_bytes, max_photos=uploads.PHOTOS, kept=kept)
    return TEMPLATES.get_template("page.html").render(known, cards=cards)


def reference(openapi: dict[str, Any]) -> str:
    """The page on the JSON API.

    Args:
        openapi: its description, as OpenAPI has it.
    """
    return TEMPLATES.get_template("reference.html").render(api=openapi, schemas=openapi["components"]["schemas"])
