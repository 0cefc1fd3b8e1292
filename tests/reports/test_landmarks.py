import json
import re

import numpy as np
import pandas as pd
import pytest

from garments.landmarks import LANDMARKS
from garments.storage import load_table, save_table
from garments.types import Table
from metrics.landmark_baseline import at_mean_places, mean_places
from metrics.landmark_collapse import LandmarkEvidence, find_landmark_collapse, spread
from metrics.landmark_metrics import BASELINE, GROUPS, LESS, landmark_figures
from metrics.landmark_pairs import on_true_boxes, pair_landmarks
from metrics.landmark_summary import measure
from readers import read
from reports import landmarks
from samples.made_up_landmarks import HIDDEN, SEEN, moved, points, street


def collapse_signals(truth, predicted, training):
    constant = at_mean_places(predicted, mean_places(training))
    pairs = pair_landmarks(truth, predicted)
    evidence = LandmarkEvidence(pairs, landmark_figures(pairs, pair_landmarks(truth, constant)))
    return {finding.signal for finding in find_landmark_collapse(evidence)}


def test_a_predictor_of_mean_places_is_named_and_a_healthy_one_is_not():
    truth, training = street(0), street(1)
    constant = at_mean_places(truth, mean_places(training))
    assert collapse_signals(truth, constant, training) == {"StandsStill", "NoBetterThanMeanPlaces", "BlindToHidden"}
    assert spread(pair_landmarks(truth, constant)) == pytest.approx(0, abs=1e-5)
    assert collapse_signals(truth, moved(truth, 0.05), training) == set()
    assert spread(pair_landmarks(truth, truth)) == pytest.approx(1)
    assert collapse_signals(truth, moved(truth, 0.2), training) == {"NoBetterThanMeanPlaces"}
    assert collapse_signals(truth, moved(truth, 0.05, visible=SEEN), training) == {"BlindToHidden"}


def test_a_constant_predictor_is_named_on_detected_boxes_too():
    truth, training, rng = street(0), street(1), np.random.default_rng(2)
    boxes = truth.garments[["x_min", "y_min", "x_max", "y_max"]] + rng.normal(0, 2, (60, 4))
    detected = Table(truth.photos, truth.garments.assign(**boxes), truth.problems)
    constant = at_mean_places(detected, mean_places(training))
    assert not on_true_boxes(truth, constant)
    assert {"StandsStill", "NoBetterThanMeanPlaces"} <= collapse_signals(truth, constant, training)
    assert collapse_signals(truth, detected, training) == set()


def test_no_predictions_are_a_finding_not_a_crash():
    truth = street(0, photos=6)
    nothing = Table.of(truth.photos, [], [])
    measured = measure(truth, nothing, truth)
    assert measured.figures["all", "PDL 35/512"][0] == 0 and np.isnan(measured.figures["all", "NE"][0])
    assert measured.precision["AP^pt, all landmarks"] == 0
    text, bad = landmarks.judged("none", measured)
    assert bad and "visible landmarks was found" in text and "NE" not in text
    assert [f.signal for f in measured.findings] == ["NothingFound"]


@pytest.fixture(scope="module")
def page(ccp, tmp_path_factory):
    """The report of a healthy regressor on true and on detected boxes, and of one that knows mean places only."""
    out = tmp_path_factory.mktemp("landmarks")
    truth = read(f"ccp:{ccp}").in_splits("train", "val")
    boxes = truth.garments[["x_min", "y_min", "x_max", "y_max"]].to_numpy()
    rng = np.random.default_rng(0)
    marks = [
        points(part, box, rng.uniform(0.1, 0.9, (8, 2)), np.where(rng.random(8) < 0.3, HIDDEN, SEEN)).ravel()
        for part, box in zip(truth.garments["part"], boxes, strict=True)
    ]
    garments = truth.garments.assign(landmarks=marks, landmark_source="made up")
    truth = Table(truth.photos, garments, truth.problems)
    healthy = moved(truth, 0.04)
    wider = {"x_max": healthy.garments["x_max"] + 2, "score": np.linspace(0.9, 0.5, len(garments))}
    detected = Table(truth.photos, healthy.garments.assign(**wider).iloc[1:], truth.problems)
    arguments = ["--mean-places", str(out / "good" / "truth"), "--cases", "7", "--out", str(out / "page")]
    for name, predicted in (
        ("good", healthy),
        ("found", detected),
        ("constant", at_mean_places(truth, mean_places(truth))),
    ):
        save_table(truth, out / name / "truth")
        save_table(predicted, out / name / "predicted")
        arguments += ["--predictions", str(out / name)]
    (out / "metrics.jsonl").write_text('{"epoch": 0, "loss": 2.5, "val_loss": 2.25}\n', encoding="utf-8")
    landmarks.main([*arguments, "--training", str(out)])
    return out / "page"


def test_the_page_opens_with_the_verdict_and_leads_to_files_that_are_there(page):
    html = (page / "index.html").read_text(encoding="utf-8")
    assert html.index("good, true boxes: verdict: no sign of collapse") < html.index(
        "constant, true boxes: verdict: COLL"
    )
    assert html.index("verdict: COLLAPSED") < html.index("<h2>") and "mean places give" in html
    files = re.findall(r'src="([^"]+)"', html)
    assert len(files) == 10 and all((page / name).stat().st_size > 5000 for name in files)
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(re.findall(r'id="([^"]+)"', html))
    assert "http" not in html and "{{" not in html


def test_the_tables_lie_beside_the_page(page):
    figures = pd.read_csv(page / "figures.csv", index_col=0)
    assert list(figures) == ["good, true boxes", "found, detected boxes", "constant, true boxes"]
    rows = {
        "NE",
        "PDL 10/224",
        LESS + "NE",
        "AP^pt, visible only",
        BASELINE + "AP^pt, all landmarks",
        "visibility recall",
    }
    assert rows <= set(figures.index)
    assert float(figures.loc["NE", "good, true boxes"].split()[0]) < 0.1
    each = pd.read_csv(page / "landmarks-found--detected-boxes.csv", index_col=0)
    assert list(each.index) == list(GROUPS) and each.loc["all", "found"] < 1
    assert each.loc[list(LANDMARKS), "visible landmarks"].sum() == each.loc["all", "visible landmarks"]
    errors = pd.read_csv(page / "errors-found--detected-boxes.csv")
    assert len(errors) == each.loc["all", "visible landmarks"] and np.isinf(errors["error"]).any()
    assert errors["error"].replace(np.inf, np.nan).mean() == pytest.approx(each.loc["all", "NE"])
    assert len(json.loads((page / "figures.json").read_text(encoding="utf-8"))["verdicts"]) == 3


def test_two_predictions_of_one_name_are_an_error(page):
    folder = page.parent / "good"
    with pytest.raises(ValueError, match="two predictions are named 'good, true boxes'"):
        landmarks.named([str(folder), str(folder)])
    assert list(landmarks.named([f"a={folder}"])) == ["a, true boxes"]
    assert len(load_table(folder / "predicted").garments["landmarks"][0]) == 24
