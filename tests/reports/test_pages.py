import json
import re
from importlib import import_module

import numpy as np
import pandas as pd
import pytest

from garments.storage import load_table, save_table
from garments.types import Table
from garments.vocabulary import CATEGORIES
from metrics.classification import paired
from readers import read
from readers.__main__ import main
from reports import classifier, data, detector
from reports.page import Page


def predicted(truth: Table, seed: int, knows: float = 0.5) -> Table:
    """The predictions of a made-up classifier: right more often than not."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(len(CATEGORIES), 0.2), len(truth.garments))
    known = truth.garments["category"].map(lambda c: CATEGORIES.index(c.split("|")[0]) if c else 0)
    p = (1 - knows) * p + knows * np.eye(len(CATEGORIES))[known]
    columns = {f"p:{name}": p[:, n] for n, name in enumerate(CATEGORIES)}
    found = truth.garments.assign(category=np.array(CATEGORIES, object)[p.argmax(1)], score=p.max(1), **columns)
    return Table(truth.photos, found, truth.problems)


@pytest.fixture(scope="module")
def page(ccp, tmp_path_factory):
    """The report of two classifiers on two sets, made by the command."""
    out = tmp_path_factory.mktemp("report")
    arguments = []
    for number, (name, split) in enumerate([("img", "val"), ("img+bbox", "val"), ("img", "train")]):
        truth, folder = read(f"ccp:{ccp}").in_splits(split), out / f"predictions-{number}"
        save_table(truth, folder / "truth")
        save_table(predicted(truth, number), folder / "predicted")
        arguments += ["--predictions", f"{name}@{split}={folder}"]
    run = out / "run"
    run.mkdir()
    lines = [
        dict(epoch=n, loss=2 - n, val_loss=2.5 - n, val_macro_f1=n / 9, drawn={"tee": 3, "dress": n}) for n in (0, 1)
    ]
    (run / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    classifier.main([*arguments, "--training", f"img={run}", "--out", str(out / "pages")])
    return out / "pages"


def test_every_link_and_picture_of_a_page_leads_somewhere(page):
    pages = sorted(page.rglob("index.html"))
    assert len(pages) == 4
    for file in pages:
        html = file.read_text(encoding="utf-8")
        anchors = set(re.findall(r'id="([^"]+)"', html))
        assert set(re.findall(r'href="#([^"]+)"', html)) <= anchors
        files = re.findall(r'src="([^"]+)"', html) + re.findall(r'href="([^#"]+)"', html)
        assert files and all((file.parent / name).is_file() for name in files)
        assert "http" not in re.sub(r"<!DOCTYPE.*?>", "", html) and "{{" not in html


def test_tables_pictures_and_numbers_lie_beside_the_page(page):
    one = page / "img_bbox-val"
    figures = pd.read_csv(one / "figures.csv", index_col=0)
    assert {"accuracy", "top-3", "majority", "random", "margin"} <= set(figures.index)
    confusion = pd.read_csv(one / "confusion.csv", index_col=0)
    assert confusion.to_numpy().sum() == 10 and sorted(confusion.index) == sorted(confusion.columns)
    assert json.loads((one / "figures.json").read_text(encoding="utf-8"))["verdicts"][0].startswith("verdict: ")
    assert len(list((one / "crops").glob("*.jpg"))) == 10 and (one / "curves.png").exists()
    cases = pd.read_csv(page / "cases-val.csv", index_col=0)
    assert cases.loc["all", ["both right", "only img@val", "only img+bbox@val", "both wrong"]].sum() == 10
    assert "train change" in pd.read_csv(page / "sets-img.csv") and (page / "training-img.png").exists()
    assert pd.read_csv(page / "drawn-img.csv", index_col=0).loc["dress", "2"] == 1


def test_of_three_classifiers_each_two_are_compared(ccp, tmp_path):
    truth = read(f"ccp:{ccp}").in_splits("val")
    pairs = {f"{name}@val": paired(truth, predicted(truth, n, n / 2)) for n, name in enumerate(("a", "b", "c"))}
    classifier.compare_classifiers(Page(tmp_path, "three"), pairs)
    assert sorted(file.stem for file in tmp_path.glob("*.csv")) == ["cases-val-a-b", "cases-val-a-c", "cases-val-b-c"]
    last = pd.read_csv(tmp_path / "cases-val-b-c.csv", index_col=0)
    right = [(pairs[name]["truth"] == pairs[name]["predicted"]).mean() for name in ("b@val", "c@val")]
    assert last.loc["all", ["b@val", "c@val"]].tolist() == right


def test_a_collapsed_classifier_is_named_first(ccp, tmp_path):
    truth = read(f"ccp:{ccp}").in_splits("train", "val")
    collapsed = predicted(truth, 0)
    columns = {f"p:{name}": float(name == "tee") for name in CATEGORIES}
    garments = collapsed.garments.assign(category="tee", score=1.0, **columns)
    classifier.one_classifier("collapsed", truth, Table(truth.photos, garments, truth.problems), tmp_path, 5)
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert html.index("verdict: COLLAPSED") < html.index("<h2>") and len(list((tmp_path / "crops").iterdir())) == 5


def test_a_folder_without_predictions_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="evaluate command"):
        load_table(tmp_path)
    with pytest.raises(ValueError, match="NAME=FOLDER"):
        classifier.named_folders(["img"])


def test_the_page_of_a_detector_shows_its_errors(ccp, tmp_path):
    truth = read(f"ccp:{ccp}").in_splits("val")
    moved = truth.garments.assign(score=np.linspace(0.9, 0.4, len(truth.garments)), x_min=truth.garments["x_min"] - 9)
    moved.loc[moved.index[0], "part"] = "full" if moved["part"].iloc[0] != "full" else "upper"
    out = tmp_path / "page"
    save_table(truth, tmp_path / "truth")
    save_table(Table(truth.photos, moved.drop(moved.index[-1]), truth.problems), tmp_path / "predicted")
    detector.main(["--predictions", str(tmp_path), "--out", str(out)])
    errors = pd.read_csv(out / "errors.csv", index_col=0)
    assert errors.loc["class", "count"] == 1 and errors.loc["missed", "count"] == 1 and errors["AP50 lost"].max() > 0.1
    html = (out / "index.html").read_text(encoding="utf-8")
    assert "AP50" in html and all((out / name).is_file() for name in re.findall(r'src="([^"]+)"', html))
    with pytest.raises(ValueError, match="expected garments with boxes"):
        detector.report(Table(truth.photos, truth.garments.iloc[:0], truth.problems), truth, out)


def test_masks_are_drawn_on_the_page_of_a_data_set(ccp, tmp_path):
    [(plain, _)], [(tinted, _)] = (list(data.drawn(read(f"ccp:{ccp}{how}").sample(1), 1)) for how in ("", "?outlines"))
    assert (np.asarray(plain) != np.asarray(tinted)).any(-1).sum() > 100


def test_the_page_of_a_data_set(ccp, tmp_path, capsys):
    main(["ccp", str(ccp), "--page", str(tmp_path), "--duplicates"])
    printed = capsys.readouterr().out
    assert "pairs of photos look the same" in printed and str(tmp_path / "index.html") in printed
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "24 photos, 30 garments, 30 with a box, 0 problems" in html and "shirt = shirt" in html
    assert html.count("photos/") == 24 == len(list((tmp_path / "photos").iterdir()))
    assert pd.read_csv(tmp_path / "category.csv", index_col=0).loc["dress"].tolist() == [4, 2]
    table = read(f"ccp:{ccp}").in_splits("val")
    marks = [[row.x_min, row.y_min, 2.0, 0, 0, 0] for row in table.garments.itertuples()]
    data.report(Table(table.photos, table.garments.assign(landmarks=marks), table.problems), "ccp", tmp_path)
    assert (tmp_path / "landmarks.png").is_file()
    data.report(read(f"ccp:{ccp}").in_splits("tags"), "tags", tmp_path)


@pytest.mark.parametrize(
    ("columns", "module", "expected"),
    [
        (
            {"p:tee": 1.0},
            "detector",
            "expected the --out of detector.evaluate or pipeline.evaluate, got that of classifier",
        ),
        ({"p:tee": 1.0}, "pipeline", "expected the --out of pipeline.evaluate, got that of classifier.evaluate"),
        ({}, "classifier", "expected the --out of classifier.evaluate, got that of detector.evaluate"),
        ({"landmarks": None}, "classifier", "got that of classifier.evaluate of a landmark regressor"),
        ({}, "landmarks", "expected the --out of classifier.evaluate of a landmark regressor or pipeline.evaluate"),
    ],
)
def test_predictions_of_another_command_are_refused(ccp, tmp_path, capsys, columns, module, expected):
    truth = read(f"ccp:{ccp}")
    save_table(truth, tmp_path / "truth")
    save_table(Table(truth.photos, truth.garments.assign(**columns), truth.problems), tmp_path / "predicted")
    given = f"img@val={tmp_path}" if module == "classifier" else str(tmp_path)
    with pytest.raises(SystemExit):
        import_module(f"reports.{module}").main(["--predictions", given, "--out", str(tmp_path / "page")])
    assert expected in capsys.readouterr().err
