"""The page of a search: each garment that was searched for, and the garments that were found."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from garments.types import Table
from reports.crops import write_crops
from reports.page import Page

TITLE = "Similar garments"
MOST = 100  # garments on a page that were searched for


def write_page(out: Path, results: pd.DataFrame, queries: pd.DataFrame, photos: Path) -> Path:
    """Write the page of a search; returns it.

    Args:
        out: folder of the page.
        results: as `retriever.search.search_garments` gives them.
        queries: the garments that were searched for, with columns photo, garment, category and the box.
        photos: the photo or the folder of photos they are in.
    """
    page = Page(out, TITLE)
    page.verdict(f"{len(queries)} garments were searched for", bad=not len(queries))
    folder = photos if photos.is_dir() else photos.parent
    start = 0
    for query in queries.head(MOST).to_dict("records"):
        own = (results["query"] == query["photo"]) & (results["query_garment"] == query["garment"])
        asked = pd.DataFrame([query]).assign(path=str(folder / query["photo"]))
        found = results[own].assign(path=lambda rows: rows["folder"] + "/" + rows["photo"])
        shown = crops_of(asked, out, start, lambda row: f"searched for: {row['category']}")
        shown += crops_of(found, out, start + 1, caption)
        start += len(found) + 1
        page.crops(f"{query['photo']}, garment {query['garment']}", shown)
    return page.write()


def caption(row: dict) -> str:
    """What is said of a garment that was found."""
    item = f"item {row['item']}, " if row["item"] else ""
    return f"{row['rank']}: {item}{row['photo']}, distance {row['distance']:.3f}"


def crops_of(garments: pd.DataFrame, out: Path, start: int, words: Callable[[dict], str]) -> list[dict]:
    """Crops for a page, in the order of the rows.

    Args:
        garments: photos by `path`, boxes, and what the words need.
        out: folder of the page.
        start: number of the first crop.
        words: the caption of a row.
    """
    rows = garments.assign(photo=garments["path"], part="").set_axis(range(start, start + len(garments)))
    photos = [{"photo": path, "path": path, "width": 1, "height": 1} for path in rows["path"].unique()]
    captions = {number: words(row) for number, row in zip(rows.index, garments.to_dict("records"), strict=True)}
    table = Table.of(photos, rows[["photo", "x_min", "y_min", "x_max", "y_max"]], [])
    table = Table(table.photos, table.garments.set_axis(rows.index), table.problems)
    made = write_crops(table, list(rows.index), out, captions.__getitem__)
    return [made[number] for number in rows.index if number in made]
