"""The comparison of networks and losses goes on where it was stopped, and has a page."""

import json
import sys

import pandas as pd
import pytest

from engine.backbones import BACKBONES
from reports.segmenter import main as report
from reports.segmenter import verdicts
from samples.shallow import shallow
from samples.shapes import write_shapes
from segmenter.compare import main


def test_a_comparison_is_written_goes_on_and_has_a_page(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(BACKBONES, "efficientnet-lite0", shallow)
    root, out = write_shapes(tmp_path / "shapes", photos=10, val=2), tmp_path / "out"
    small = ["height=64", "width=64", "steps=2", "epochs=1", "batch=2", "held_out=0.4", "average=0"]
    settings = [word for pair in ["backbone=efficientnet-lite0", *small] for word in ("--set", pair)]
    command = ["--data", f"labelmaps:{root}", "--networks", "fcn", "--losses", "ce", *settings, "--out", str(out)]
    main(command)
    table = pd.read_csv(out / "table.csv")
    assert table[["network", "loss", "init"]].to_numpy().tolist() == [["fcn", "ce", "imagenet"]]
    assert table["parameters"][0] > 1e4 and table["ms a photo"][0] > 0 and table["minutes"][0] > 0
    assert 0 <= table["parts: mean IoU"][0] <= 1
    assert "| fcn, ce | imagenet | 0." in (out / "table.md").read_text()
    assert "| fcn, ce |" in capsys.readouterr().out
    monkeypatch.setattr(sys.modules["segmenter.compare"], "train", None)  # nothing is trained again
    main(command)
    for other, named in ((["--set", "batch=3"], "batch"), (["--evaluate-on", "train"], "evaluated on")):
        with pytest.raises(SystemExit):
            main(command + other)
        assert f"another {named};" in capsys.readouterr().err
    report(["--compared", str(out), "--out", str(tmp_path / "page")])
    assert "fcn, ce" in (tmp_path / "page" / "index.html").read_text()
    assert "fcn, ce" in json.dumps(json.loads((tmp_path / "page" / "figures.json").read_text()))


def test_a_network_below_its_baseline_is_named():
    measure = "parts: mean IoU"
    table = pd.DataFrame({measure: [0.5, 0.1], f"background everywhere: {measure}": [0.11, 0.11]}, ["a, ce", "b, ce"])
    best, low = verdicts(table)
    assert "a, ce" in best[0] and not best[1]
    assert low == (f"no better than background everywhere, {measure}: b, ce", True)
