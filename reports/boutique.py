"""My Boutique: a customer's photo, its garments, and what a shop has that is like them or goes with them."""

from pathlib import Path

import pandas as pd

from garments.types import BOX_COLUMNS
from photos.reading import read_photo
from reports.page import Page
from reports.search import crops_of

TITLE = "My Boutique"


def write_page(out: Path, results: pd.DataFrame, queries: pd.DataFrame, photo: Path) -> Path:
    """Write the page; returns it.

    Args:
        out: folder of the page.
        results: as `recommender.recommend.recommend` gives them.
        queries: the garments of the photo, with garment, part, category, colour and the box.
        photo: of the customer.
    """
    page = Page(out, TITLE)
    page.verdict(f"{len(queries)} garments were found in {photo.name}", bad=not len(queries))
    shown, _ = read_photo(photo)
    whole = dict(zip(BOX_COLUMNS, (0, 0, shown.width, shown.height), strict=True))
    page.crops("Your photo", crops_of(pd.DataFrame([{"path": str(photo), **whole}]), out, 0, lambda row: photo.name))
    start = 1
    for number, query in enumerate(queries.to_dict("records"), 1):
        asked = crops_of(pd.DataFrame([query]).assign(path=str(photo)), out, start, lambda row: "yours")
        start += 1
        for kind in ("similar", "matching"):
            own = results[(results["query_garment"] == query["garment"]) & (results["kind"] == kind)]
            found = own.assign(path=own["folder"] + "/" + own["photo"])
            items = crops_of(found, out, start, lambda row: f"{row['photo']}: {row['why']}")
            start += len(found)
            heading = f"{query['colour']} {query['category']} {number}: {kind}".strip()
            page.crops(heading, asked + items)
    return page.write()
