import pytest

from garments.types import Table
from metrics.end_to_end import OUTCOMES, contradictions, outcome_table, outcomes
from reports import pipeline

PHOTOS = [dict(photo=name, path="", width=100, height=150) for name in "abcd"]


def table(*rows):
    columns = ("photo", "part", "category", "x_min", "y_min", "x_max", "y_max", "score")
    return Table.of(PHOTOS, [dict(zip(columns, row, strict=False)) for row in rows], [])


TRUTH = table(
    ("a", "upper", "tee", 0, 0, 20, 30),
    ("a", "lower", "jeans", 0, 40, 20, 90),
    ("a", "full", "coat|jacket", 0, 0, 50, 140),
    ("b", "upper", "shirt", 0, 0, 20, 30),
    ("b", "lower", "", 0, 60, 20, 90),
    ("b", "lower", "skirt", 60, 60, 90, 90),
    ("c", "upper", "tee"),
    ("d", "full", "dress"),
)
FOUND = table(
    ("a", "upper", "tee", 0, 0, 20, 29, 0.9),
    ("a", "full", "pants", 0, 40, 20, 88, 0.8),
    ("a", "full", "coat", 0, 0, 50, 130, 0.7),
    ("b", "upper", "tank", 0, 0, 20, 12, 0.9),
    ("c", "lower", "shorts", 0, 0, 20, 30, 0.4),
    ("c", "upper", "vest", 0, 0, 20, 30, 0.5),
)


def test_each_garment_has_one_outcome():
    result = outcomes(TRUTH, FOUND)
    expected = ["right", "part wrong", "right", "box wrong", "missed", "category wrong", "missed"]
    assert result["outcome"].tolist() == expected and result.index.tolist() == [0, 1, 2, 3, 5, 6, 7]
    assert (
        result.loc[2, "truth"] == "coat" and result.loc[6, "predicted"] == "vest" and result.loc[7, "predicted"] == ""
    )


def test_the_table_counts_every_garment_once():
    counts = outcome_table(outcomes(TRUTH, FOUND))
    assert counts.loc["all", "garments"] == 7 and counts.loc["all", list(OUTCOMES)].sum() == 7
    assert counts.loc["tee", "share right"] == 0.5 and counts.loc["all", "share right"] == pytest.approx(2 / 7)


def test_two_garments_of_one_place_take_one_box_each():
    both = table(("a", "upper", "tee", 0, 0, 20, 30), ("a", "upper", "vest", 0, 0, 20, 31))
    assert outcomes(both, FOUND)["outcome"].tolist() == ["right", "box wrong"]


def test_the_page_of_the_pipeline(tmp_path):
    page = pipeline.report(TRUTH, FOUND, tmp_path)
    html = page.read_text(encoding="utf-8")
    assert "28.6% of 7 garments have the right category, 42.9% are not found" in html and "box wrong: 1" in html
    nothing = table()
    assert "0.0% of 7" in pipeline.report(TRUTH, nothing, tmp_path).read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="no garment with a known category"):
        pipeline.report(nothing, FOUND, tmp_path)


def test_contradictions_are_counted_in_the_answers_alone_and_in_what_is_written():
    row = dict(photo="a", x_min=0, y_min=0, x_max=9, y_max=9)
    rows = [
        {**row, "part": "full", "category": "dress", "detector_part": "upper", "own_category": "dress"},
        {**row, "part": "upper", "category": "tee", "detector_part": "upper", "own_category": "tee"},
        {**row, "part": "lower", "category": "kimono", "detector_part": "lower", "own_category": "kimono"},
        {**row, "part": "lower", "category": "tee", "detector_part": "upper", "own_category": "tee"},
    ]
    shares = contradictions(Table.of([dict(photo="a", path="", width=9, height=9)], rows, []))
    assert shares["detector and classifier alone"][0] == 0.25
    assert shares["written"][0] == 0.25
