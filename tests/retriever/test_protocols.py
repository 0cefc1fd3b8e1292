"""Who is searched among whom, on true and on detected boxes."""

import numpy as np
import pandas as pd
import pytest

from garments.types import BOX_COLUMNS, Table
from retriever.evaluate import figures_of
from retriever.finding import COLUMNS, Described
from retriever.protocols import Entries, detected_entries, queries_found, sides, submission, true_entries

BOXES = {
    "000001.jpg": [(0, 0, 50, 50), (60, 0, 100, 50)],
    "000002.jpg": [(0, 0, 50, 50)],
    "000003.jpg": [(5, 5, 40, 40)],
}
ITEMS = {"000001.jpg": ["1 1", "1 2"], "000002.jpg": ["1 1"], "000003.jpg": [""]}
SOURCES = {"000001.jpg": "user", "000002.jpg": "shop", "000003.jpg": "shop"}


@pytest.fixture
def table():
    photos = [dict(photo=p, path=p, width=100, height=100, source=s, split="val") for p, s in SOURCES.items()]
    rows = [
        dict(photo=photo, item=item, **dict(zip(BOX_COLUMNS, box, strict=True)))
        for photo in BOXES
        for box, item in zip(BOXES[photo], ITEMS[photo], strict=True)
    ]
    return Table.of(photos, rows, [])


def detections(rows):
    frame = pd.DataFrame([dict(zip(("photo", "score", *BOX_COLUMNS), row, strict=True)) for row in rows])
    vectors = np.eye(len(rows), 4, dtype=np.float32)
    return lambda paths, names: Described(frame.reindex(columns=COLUMNS), vectors, {})


FOUND = [
    ("000001.jpg", 0.6, 0, 0, 50, 48),  # of the first garment, overlapping more
    ("000001.jpg", 0.9, 0, 0, 50, 30),  # of the first garment, of higher score
    ("000002.jpg", 0.8, 0, 0, 50, 20),  # overlaps its garment by less than a half
    ("000003.jpg", 0.7, 0, 0, 40, 40),
]


def test_the_detection_of_the_highest_score_stands_for_a_garment(table):
    queries = queries_found(table, detected_entries(table, detections(FOUND)))
    assert queries.garments["item"].tolist() == ["1 1", "1 2", "1 1"]
    np.testing.assert_array_equal(queries.embeddings[0], np.eye(4)[1])
    assert np.isnan(queries.embeddings[1]).all()  # no detection is nearest to it
    assert queries.garments["score"].tolist() == [0.9, 0.0, 0.8]


def test_photos_that_cannot_be_read_are_named_and_none_at_all_is_an_error(table, capsys):
    class Nothing:
        numbers = 4

        def __call__(self, *nothing):
            return []

    def nothing(paths, names):
        return Described(pd.DataFrame(columns=COLUMNS), np.zeros((0, 4), np.float32), dict.fromkeys(names, "is broken"))

    for entries in (lambda: detected_entries(table, nothing), lambda: true_entries(table, Nothing())):
        with pytest.raises(ValueError, match="no photo has a garment"):
            entries()
        assert "000001.jpg: " in capsys.readouterr().err


def test_an_entry_that_overlaps_too_little_shows_no_item(table):
    entries = detected_entries(table, detections(FOUND))
    assert entries.garments["item"].tolist() == ["1 1", "1 1", "", ""]


def test_customers_are_searched_for_among_shops(table):
    query, gallery = sides(table, "deepfashion2", table.garments["photo"])
    assert query.tolist() == [True, True, False, False] and gallery.tolist() == [False, False, True, True]
    entries = Entries(table.garments, np.eye(4, dtype=np.float32))
    figures = figures_of(entries.keep(query), entries.keep(gallery), "it")
    assert figures["it R@10"][0] == 1 and figures["chance R@1"] == 0.5  # of the one query with its item in the gallery


def test_a_submission_has_the_numbers_of_the_photos(table):
    entries = detected_entries(table, detections(FOUND))
    queries = queries_found(table, entries)
    query = sides(table, "deepfashion2", queries.garments["photo"])[0]
    gallery = sides(table, "deepfashion2", entries.garments["photo"])[1]
    [row] = submission(queries.keep(query), entries.keep(gallery))
    assert row["query_image_id"] == 1 and row["query_bbox"] == [0, 0, 50, 30] and row["query_score"] == 0.9
    assert sorted(row["gallery_image_id"]) == [2, 3] and len(row["gallery_bbox"]) == 2
