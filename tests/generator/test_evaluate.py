"""The figures of a generator, through the command, with features that are cheap."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from generator import evaluate
from generator.evaluate import ARRAYS, features, main, resized
from samples.generated import write_ccp


@pytest.fixture
def cheap(monkeypatch) -> list[int]:
    """Features by mean colours; the list grows by the pictures of each call."""
    seen: list[int] = []

    def embed(pictures: np.ndarray) -> np.ndarray:
        seen.append(len(pictures))
        return pictures.reshape(len(pictures), 4, 32, 4, 32, 3).mean((2, 4)).reshape(len(pictures), -1) / 64

    monkeypatch.setattr(evaluate, "imagenet_features", lambda side: embed)
    return seen


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> str:
    root = tmp_path_factory.mktemp("more") / "ccp"
    write_ccp(root, photos=48)
    return f"ccp:{root}"


def test_the_command_tells_all_figures_and_keeps_what_the_page_needs(model, data, cheap, tmp_path, capsys):
    arguments = ["--model", str(model), "--data", data, "--out", str(tmp_path)]
    main(arguments)
    figures = json.loads((tmp_path / "figures.json").read_text())
    for name in ("kid", "precision", "recall"):
        assert {name, f"{name}_low", f"{name}_high", f"{name}_real"} <= set(figures)
    assert figures["kid"] > figures["kid_real_high"]  # a tiny generator is bad
    with np.load(tmp_path / ARRAYS) as kept:
        assert kept["samples"].shape == kept["neighbours"].shape == (figures["samples"], 16, 16, 3)
        assert figures["copies"] == (kept["distances"] < 1).sum()
    assert "kid" in capsys.readouterr().out
    calls = len(cheap)
    main(arguments)
    assert len(cheap) == calls  # features are kept


@pytest.mark.parametrize("step", [1, -1])
def test_samples_that_are_copies_or_their_mirror_images_are_counted(model, data, cheap, tmp_path, monkeypatch, step):
    def copies(self, count, seed=0, category=""):
        return training[:count, :, ::step], [""] * count

    training = np.zeros((0,))
    original = evaluate.pictures_for

    def remember(generator, table, folder):
        nonlocal training
        pictures = original(generator, table, folder)
        training = np.concatenate([pictures.images] * 2)  # the last call is for the training; all photos twice
        return replace(
            pictures, images=training, categories=np.tile(pictures.categories, 2),
            garments=pd.concat([pictures.garments] * 2),
        )  # fmt: skip

    monkeypatch.setattr(evaluate, "pictures_for", remember)
    monkeypatch.setattr(evaluate.Generator, "__call__", copies)
    main(["--model", str(model), "--data", data, "--out", str(tmp_path)])
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["copies"] == figures["samples"] and figures["precision"] > 0.5


def test_too_few_pictures_are_told(model, data, cheap, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(evaluate, "FEWEST", 10000)
    with pytest.raises(SystemExit):
        main(["--model", str(model), "--data", data, "--out", str(tmp_path)])
    assert "too few" in capsys.readouterr().err


def test_pictures_are_resized_with_antialiasing():
    stripes = np.zeros((512, 512, 3), np.uint8)
    stripes[:, ::2] = 255
    assert np.abs(resized(stripes)[:, 2:-2].astype(int) - 127.5).max() < 30  # without, all would be black or white


def test_features_are_those_of_the_network(tmp_path):
    images = np.random.default_rng(0).integers(0, 255, (3, 16, 16, 3)).astype(np.uint8)
    found = features(images, tmp_path, lambda pictures: pictures.mean((1, 2)))
    assert found.shape == (3, 3) and np.allclose(found, images.mean((1, 2)), atol=2)
