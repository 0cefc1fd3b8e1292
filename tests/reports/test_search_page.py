"""Pages of found garments show each garment by a picture of its own, however many are found."""

import pandas as pd
from PIL import Image

from garments.types import BOX_COLUMNS
from reports.boutique import write_page as write_boutique
from reports.search import write_page as write_search

FOUND = 120
BOX = dict(zip(BOX_COLUMNS, (0, 0, 8, 8), strict=True))


def files_of(page):
    words = page.read_text().split('src="')[1:]
    return [word.partition('"')[0] for word in words]


def test_no_picture_stands_for_two_garments(tmp_path):
    Image.new("RGB", (8, 8), (200, 30, 30)).save(tmp_path / "a & b.png")
    names = dict(query_garment=0, part="upper", category="tee", colour="red")
    row = dict(
        query="a & b.png", photo="a & b.png", folder=str(tmp_path), item="", distance=0.1, why="red", **BOX, **names
    )
    rows = [{**row, "rank": n + 1, "kind": kind} for kind in ("similar", "matching") for n in range(FOUND)]
    queries = pd.DataFrame([{**names, **BOX, "photo": "a & b.png", "garment": 0}])
    results = pd.DataFrame(rows)
    page = write_search(tmp_path / "search", results, queries, tmp_path)
    files = files_of(page)
    assert len(files) == len(set(files)) == 1 + 2 * FOUND and "a &amp; b.png" in page.read_text()
    files = files_of(write_boutique(tmp_path / "shop", results, queries, tmp_path / "a & b.png"))
    assert len(set(files)) == 2 + 2 * FOUND
