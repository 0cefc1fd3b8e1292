"""The command that compares models: its tasks, what it refuses and leaves out, one tiny backbone, and made-up ones."""

import json

import numpy as np
import pandas as pd
import pytest

from engine.backbones import BACKBONES
from garments.types import Table
from metrics.classification import paired
from metrics.tables import markdown
from reports import compare
from reports.compare_classifiers import Contestant, section, two_by_two
from reports.contest import Photos, once
from reports.page import Page
from samples.shallow import shallow
from samples.shapes import write_shapes
from samples.tiny import export_tiny_models

CATEGORIES = ["tee", "dress", "jeans"]


def contestant(wrong: int, minutes: float = 2.0) -> Contestant:
    """Of sixty garments so many are named wrong; on found boxes, of which there are forty, alike."""
    truth = [CATEGORIES[n % 3] for n in range(60)]
    said = [CATEGORIES[(n + (n < wrong)) % 3] for n in range(60)]
    photos = pd.DataFrame({"photo": [f"{n}" for n in range(60)]})
    box = dict(part="full", x_min=0, y_min=0, x_max=9, y_max=9)
    rows = (photos.assign(category=names, score=0.9, **box) for names in (truth, said))
    true, named = (Table.of(photos, garments, []) for garments in rows)
    log = pd.DataFrame({"loss": [2.0, 1.0], "val_loss": [2.0, 1.5], "seconds": minutes * 30})
    return Contestant(log, 4.2, 1.5, true, named, Table.of(photos, named.garments[:40], []))


def test_the_page_compares_figures_costs_and_losses(tmp_path):
    page = Page(tmp_path, "Models compared")
    table = section(page, {"good": contestant(6), "bad": contestant(30)})
    assert table["accuracy"].str[:7].tolist() == ["0.900 [", "0.500 ["] and table["minutes"].tolist() == ["2", "2"]
    html = page.write().read_text()
    assert "good: " in html and "4.2 M" in html and (tmp_path / "classification-losses.png").exists()
    found = pd.read_csv(tmp_path / "found.csv", index_col=0)
    assert found.index.tolist() == [*sorted(CATEGORIES), "mean"]
    assert found.loc["tee", "good"].startswith(".86 / .60 / ")  # 14 named tee, 2 of them wrong; 20 there
    assert table.loc["good", "on found boxes"] == " / ".join(found.loc["mean", "good"].split(" / ")[:2])


def test_two_contestants_are_tested_on_the_same_garments():
    pairs = {name: paired(of.truth, of.predicted) for name, of in (("a", contestant(6)), ("b", contestant(30)))}
    row = two_by_two(pairs).loc["a, b"]
    assert row["difference"].startswith("-0.400") and float(row["p"]) == pytest.approx(2 * 0.5**24, rel=0.01)


def test_a_table_becomes_markdown():
    table = pd.DataFrame({"x": ["1"]}, index=pd.Index(["a"], name="n"))
    assert markdown(table) == "| n | x |\n| --- | --- |\n| a | 1 |\n"


def test_work_that_came_to_its_end_is_not_done_again(tmp_path):
    calls = iter([{"ms": 1.5}])
    assert once(tmp_path, lambda: next(calls)) == once(tmp_path, lambda: next(calls)) == {"ms": 1.5}


def test_the_report_shows_each_task_as_soon_as_it_is_done(tmp_path):
    table = pd.DataFrame({"x": ["1"]}, index=pd.Index(["a"], name="n"))

    def fail(page):
        assert "## Classification\n\n| n | x |" in (tmp_path / "comparison.md").read_text()
        raise OSError

    with pytest.raises(OSError):
        compare.report({"classification": lambda page: table, "detection": fail}, tmp_path)
    assert "cores" in (tmp_path / "comparison.md").read_text() and (tmp_path / "index.html").exists()


def test_a_setting_belongs_to_a_task():
    settings = compare.settings_of(["detection.steps=3", "classification.size=32", "detection.ema=0"])
    assert settings["detection"] == ["steps=3", "ema=0"] and settings["classification"] == ["size=32"]
    for wrong in ("steps=3", "detector.steps=3"):
        with pytest.raises(ValueError, match="expected TASK"):
            compare.settings_of([wrong])


def tasks(*arguments):
    """The tasks of a command line, on photos that were never labelled but by `garments`."""
    args = compare.parser().parse_args(["--data", "ccp:x", "--out", "x", *arguments])
    garments = [dict(photo="a", part="upper", category="tee", x_min=0, y_min=0, x_max=9, y_max=9)]
    table = Table.of([dict(photo="a", path="", width=20, height=20)], garments, [])
    return compare.tasks_of(args, Photos(table, table, {}))


def test_what_the_data_lack_is_left_out_and_said_unless_it_was_asked_for(capsys):
    assert list(tasks()) == ["classification", "detection"]
    said = capsys.readouterr().err
    assert "segmentation is left out: " in said and "Mask R-CNN is left out" in said
    with pytest.raises(ValueError, match="none of the 1 photos has a class for its pixels"):
        tasks("--task", "segmentation")
    with pytest.raises(KeyError, match="there is no 'pose'"):
        tasks("--task", "pose")
    with pytest.raises(ValueError, match="vgg99"):
        tasks("--set", "classification.backbone=vgg99")


def test_the_command_trains_what_is_missing_once(ccp, tmp_path, monkeypatch):
    monkeypatch.setitem(BACKBONES, "mobilenet", shallow)
    detector = export_tiny_models(tmp_path / "models") / "detector"
    out = tmp_path / "out"
    arguments = ["--data", f"ccp:{ccp}", "--task", "classification", "--tiny", "--set", "classification.epochs=1"]
    arguments += ["--backbones", "mobilenet", "--pretrained", "", "--detector", str(detector), "--out", str(out)]
    compare.main(arguments)
    run = out / "classification" / "mobilenet"
    found = run / "found" / "garments.parquet"
    first = found.stat().st_mtime_ns, (run / "run" / "metrics.jsonl").read_text()
    table = pd.read_csv(out / "page" / "classification.csv", index_col=0)
    assert table.index.tolist() == ["mobilenet"] and {"accuracy", "macro-F1", "on found boxes: AP"} <= set(table)
    assert np.isfinite(float(table.loc["mobilenet", "ms a crop"]))
    compare.main(arguments)
    assert first == (found.stat().st_mtime_ns, (run / "run" / "metrics.jsonl").read_text())


def test_networks_with_one_loss_and_one_network_with_all(tmp_path, monkeypatch):
    root, out = write_shapes(tmp_path / "shapes", photos=4, val=2), tmp_path / "out"

    def result(config, training, held, folder, store, init):
        (folder / "run").mkdir(parents=True)
        line = {"epoch": 0, "val_loss": 1.0, "val_mean_iou": 0.5}
        (folder / "run" / "metrics.jsonl").write_text(json.dumps(line))
        row = dict(network=config.model, loss=config.loss, init="random", parameters=2_500_000, minutes=3.0)
        bounds = {f"{start}parts: mean IoU{end}": 0.5 for start in ("", "background everywhere: ") for end in ENDS}
        return {"row": {**row, "ms a photo": 5.0, **bounds}, "classes": {"parts": {"upper": 0.5}}}

    monkeypatch.setattr("segmenter.compare._result", result)
    arguments = [
        "--data",
        f"labelmaps:{root}",
        "--task",
        "segmentation",
        "--networks",
        "unet,fcn",
        "--losses",
        "ce,dice",
    ]
    compare.main([*arguments, "--out", str(out)])
    table = pd.read_csv(out / "page" / "segmentation.csv", index_col=0)
    assert table.columns.tolist() == ["unet, dice+ce", "fcn, dice+ce", "unet, ce", "unet, dice"]
    assert (
        "| fcn, dice+ce | random | 2.5 M | 3 | 5 | 0.500 [0.500, 0.500] |" in (out / "page/comparison.md").read_text()
    )


ENDS = ("", "_low", "_high")
