"""figures.json, which every evaluate command writes, and the intervals of a detector's figures."""

import json

import numpy as np
import pandas as pd
import pytest

from garments.types import BOX_COLUMNS, Table
from metrics.detection import detection_figures
from metrics.detection_intervals import ap_intervals, named_figures
from metrics.end_to_end import share_found
from metrics.figures import write_figures


def test_a_figure_stands_beside_the_bounds_of_its_interval(tmp_path):
    file = write_figures(tmp_path / "out", {"accuracy": (0.5, 0.25, np.float64(0.75)), "AP": 0.1})
    assert file == tmp_path / "out" / "figures.json"
    assert json.loads(file.read_text(encoding="utf-8")) == {
        "accuracy": 0.5,
        "accuracy_low": 0.25,
        "accuracy_high": 0.75,
        "AP": 0.1,
    }


def test_what_is_not_defined_is_null(tmp_path):
    file = write_figures(tmp_path, {"NE": (float("nan"), float("nan"), float("nan"))})
    assert json.loads(file.read_text(encoding="utf-8")) == {"NE": None, "NE_low": None, "NE_high": None}


def garments(photos: int, moved: np.ndarray) -> Table:
    """A garment a photo, moved to the right by so many pixels."""
    names = [f"{n:03d}" for n in range(photos)]
    rows = pd.DataFrame([[10.0, 20.0, 50.0, 100.0]] * photos, columns=BOX_COLUMNS) + np.outer(moved, [1, 0, 1, 0])
    rows = rows.assign(photo=names, part="upper", score=np.linspace(0.9, 0.4, photos))
    return Table.of([dict(photo=name, path="", width=400, height=600) for name in names], rows, [])


def test_a_perfect_detector_has_no_doubt():
    truth = garments(6, np.zeros(6))
    bounds = ap_intervals(truth, truth, resamples=5)
    assert bounds["upper"] == {"AP": (1.0, 1.0), "AP50": (1.0, 1.0), "AP75": (1.0, 1.0)}
    assert np.isnan(bounds["lower"]["AP"]).all()


def test_a_resample_has_the_figures_of_the_photos_that_were_drawn():
    truth, found = garments(8, np.zeros(8)), garments(8, np.arange(8) * 4.0)
    low, high = ap_intervals(truth, found, resamples=1, seed=3)["any part"]["AP"]
    drawn = np.random.default_rng(3).integers(8, size=8)
    tables = []
    for table in (truth, found):
        names = [f"{n} again" for n in range(8)]
        photos, rows = (frame.iloc[drawn].assign(photo=names) for frame in (table.photos, table.garments))
        tables.append(Table(photos.reset_index(drop=True), rows.reset_index(drop=True), table.problems))
    assert low == high == pytest.approx(detection_figures(*tables)["all"]["AP"])


def test_figures_of_a_detector_have_intervals_where_they_are_of_precision():
    truth, found = garments(8, np.zeros(8)), garments(8, np.arange(8) * 4.0)
    figures = named_figures(detection_figures(truth, found), truth, found)
    value, low, high = figures["AP50 upper"]
    assert low < value < high
    assert isinstance(figures["AR 10"], float)


def test_the_share_of_photos_with_a_garment_found():
    truth = garments(8, np.zeros(8))
    value, low, high = share_found(truth, truth.keep(truth.photos.index < 6))
    assert value == 0.75
    assert low < value < high
