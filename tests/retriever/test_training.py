"""A tiny embedder, trained, resumed and exported by its commands."""

import json

import numpy as np
import pytest


@pytest.fixture(scope="module")
def run(ccp, clothing, tmp_path_factory):
    from retriever import outlines, train

    folder = tmp_path_factory.mktemp("embedder")
    sources = ["--data", f"ccp:{ccp}", "--data", f"clothing:{clothing}"]
    outlines.main([*sources, "--alone", "--out", str(folder / "outlines")])
    command = [*sources, "--tiny", "--outlines", str(folder / "outlines"), "--out", str(folder / "run")]
    train.main([*command, "--set", "epochs=1"])
    return folder / "run", command


def test_an_epoch_is_judged_on_held_out_views(run):
    [line] = [json.loads(line) for line in (run[0] / "metrics.jsonl").read_text().splitlines()]
    assert 0 <= line["val_recall_at_1"] <= 1 and np.isfinite(line["loss"])
    assert (run[0] / "best.keras").exists()
