"""The comparison of backbones: one tiny one by the command, and the page of made-up ones."""

import numpy as np
import pandas as pd
import pytest

from garments.types import Table
from metrics.classification import paired
from reports.compare import Contestant, main, markdown, report, two_by_two

CATEGORIES = ["tee", "dress", "jeans"]


def contestant(wrong: int, minutes: float = 2.0) -> Contestant:
    """Of sixty garments so many are named wrong."""
    truth = [CATEGORIES[n % 3] for n in range(60)]
    said = [CATEGORIES[(n + (n < wrong)) % 3] for n in range(60)]
    photos = pd.DataFrame({"photo": [f"{n}" for n in range(60)]})
    rows = (photos.assign(category=names, score=0.9) for names in (truth, said))
    tables = [Table.of(photos, garments, []) for garments in rows]
    log = pd.DataFrame({"loss": [2.0, 1.0], "val_loss": [2.0, 1.5], "seconds": minutes * 30})
    return Contestant(log, 4.2, 1.5, *tables)


@pytest.fixture
def page(tmp_path):
    """The folder of a page on a good and a bad backbone."""
    return report({"good": contestant(6), "bad": contestant(30)}, tmp_path / "page").parent


def test_the_page_compares_figures_costs_and_losses(page):
    html = (page / "index.html").read_text()
    assert "0.900 [" in html and "0.500 [" in html and "4.2 M" in html
    assert (page / "losses.png").exists()
    table = (page / "comparison.md").read_text()
    assert table.startswith("| backbone | accuracy |") and "| good | 0.900" in table and table.count("| 2 |") == 2


def test_two_contestants_are_tested_on_the_same_garments():
    pairs = {name: paired(of.truth, of.predicted) for name, of in (("a", contestant(6)), ("b", contestant(30)))}
    row = two_by_two(pairs).loc["a, b"]
    assert row["difference"].startswith("-0.400") and float(row["p"]) == pytest.approx(2 * 0.5**24, rel=0.01)


def test_a_table_becomes_markdown():
    table = pd.DataFrame({"x": ["1"]}, index=pd.Index(["a"], name="n"))
    assert markdown(table) == "| n | x |\n| --- | --- |\n| a | 1 |\n"


def test_the_command_trains_what_is_missing_once(ccp, tmp_path, capsys):
    arguments = [
        "--data",
        f"ccp:{ccp}",
        "--tiny",
        "--backbones",
        "mobilenet",
        "--pretrained",
        "",
        "--out",
        str(tmp_path),
    ]
    main(arguments)
    predicted = tmp_path / "mobilenet" / "predicted" / "garments.parquet"
    first = predicted.stat().st_mtime_ns, (tmp_path / "mobilenet" / "run" / "metrics.jsonl").read_text()
    table = pd.read_csv(tmp_path / "page" / "comparison.csv", index_col=0)
    assert table.index.tolist() == ["mobilenet"] and {"accuracy", "macro-F1", "ms a crop", "minutes"} <= set(table)
    main(arguments)
    assert first == (predicted.stat().st_mtime_ns, (tmp_path / "mobilenet" / "run" / "metrics.jsonl").read_text())
    assert np.isfinite(float(table.loc["mobilenet", "ms a crop"]))
