"""Categories of the user's own, from a folder of folders to an exported classifier that names them."""

import json

import numpy as np
import pytest
from PIL import Image

from classifier import evaluate, export, train
from classifier.data import allowed_categories, cut_crops
from classifier.models import load, preset
from engine.backbones import BACKBONES
from engine.settings import parse_settings
from garments.storage import load_table
from readers import read
from samples.shallow import shallow

COLOURS = {"kimono": (200, 40, 60), "poncho": (40, 160, 60), "tee": (40, 60, 200)}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Photos of three categories in folders of their names; the project knows one of them."""
    root = tmp_path_factory.mktemp("shop")
    for label, colour in COLOURS.items():
        for split, count in (("train", 12), ("val", 3)):
            folder = root / split / label
            folder.mkdir(parents=True)
            for n in range(count):
                Image.new("RGB", (40, 60), tuple(value + n for value in colour)).save(folder / f"{n}.png")
    (root / "taxonomy.csv").write_text("label,part,category\nkimono,full,kimono\nponcho,upper,poncho\n")
    return root


def test_a_classifier_learns_and_predicts_own_categories(shop, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(BACKBONES, "resnet50", shallow)
    out, data = tmp_path / "run", ["--data", f"folders:{shop}"]
    own = ["--set", "categories=kimono,poncho"]
    train.main(["--model", "img", *data, "--tiny", *own, "--out", str(out)])
    assert "12 crops left out" in capsys.readouterr().out
    export.main(["--run", str(out), "--out", str(tmp_path / "img")])
    assert json.loads((tmp_path / "img" / "config.json").read_text())["categories"] == ["kimono", "poncho"]
    assert load(tmp_path / "img").categories == ("kimono", "poncho")
    evaluate.main(["--model", str(tmp_path / "img"), *data, "--out", str(tmp_path / "seen")])
    predicted = load_table(tmp_path / "seen" / "predicted").garments
    assert set(predicted["category"]) <= {"kimono", "poncho"} and np.allclose(
        predicted["p:kimono"] + predicted["p:poncho"], 1, atol=0.02
    )
    figures = json.loads((tmp_path / "seen" / "figures.json").read_text())
    assert figures["accuracy_low"] <= figures["accuracy"] <= figures["accuracy_high"]
    assert "9 garments" in capsys.readouterr().out  # a tee counts, and is always wrong


def test_a_truth_of_another_category_allows_none(shop, tmp_path):
    assert allowed_categories(["tee", "tee|coat", "coat", ""], ("tee", "dress")).tolist() == [
        [1, 0],
        [0, 0],
        [0, 0],
        [0, 0],
    ]
    crops = cut_crops(read(f"folders:{shop}"), preset("img", categories=("poncho", "kimono"), size=32), tmp_path)
    assert crops.allowed.sum(0).tolist() == [15, 15] and len(crops.with_category()) == 30


def test_categories_are_checked():
    with pytest.raises(ValueError, match="two or more different names"):
        preset("img", categories=("tee", "tee"))
    config_class = type(preset("img"))
    assert parse_settings(config_class, ["categories=kimono,tee"]) == {"categories": ("kimono", "tee")}
