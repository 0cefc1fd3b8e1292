"""A Match R-CNN through its commands: trained, resumed, exported, evaluated; and what is refused."""

import json

import numpy as np
import pytest

from garments.types import Garments, Photo
from retriever import evaluate, export, index, train
from retriever.match.predict import load
from samples.items import export_pyramid_detector, write_items
from samples.tiny import export_tiny_models, write_photos


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("match")
    data = ["--data", f"products:{write_items(folder / 'products')}"]
    detector = ["--detector", str(export_pyramid_detector(folder / "detector"))]
    command = ["--model", "match", "--tiny", *data, *detector, "--out", str(folder / "run")]
    train.main(command)
    export.main(["--run", str(folder / "run"), "--out", str(folder / "exported")])
    return folder, command, data


def test_epochs_are_judged_on_held_out_items(trained):
    lines = [json.loads(line) for line in (trained[0] / "run/metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [0, 1]
    assert all(0 <= line["val_recall_at_1"] <= 1 and np.isfinite(line["loss"]) for line in lines)


def test_the_same_command_resumes_and_another_detector_is_refused(trained, tmp_path, capsys):
    train.main(trained[1])
    assert "all epochs were done already" in capsys.readouterr().out
    other = export_tiny_models(tmp_path) / "detector"
    with pytest.raises(SystemExit, match="2"):
        train.main([*trained[1], "--detector", str(other)])
    assert "other settings or data: detector" in capsys.readouterr().err


def test_an_export_computes_what_the_run_does(trained):
    import keras
    import tensorflow as tf

    from retriever.match.features import RoiFeatures, network_inputs
    from retriever.match.model import vectors_of

    model = load(trained[0] / "exported")
    pixels = np.random.default_rng(0).integers(0, 255, (90, 60, 3), dtype=np.uint8)
    photo, boxes = Photo(trained[0], "p", 60, 90), np.array([[5, 10, 40, 80], [0, 0, 60, 30]], np.float32)
    garments = Garments(boxes, np.ones(2, np.float32), np.array(["full", "upper"], object))
    [found] = model([photo], [pixels], [garments])
    features = RoiFeatures(trained[0] / "detector", 4)
    rois = features(**network_inputs([photo], [pixels], [garments], features.input_size))
    best = vectors_of(keras.saving.load_model(trained[0] / "run/best.keras", compile=False))
    np.testing.assert_allclose(found.embeddings, best(tf.constant(rois)), atol=2e-2)
    assert model([photo], [pixels], [Garments.empty()])[0].embeddings.shape == (0, 16)


def test_items_are_found_more_often_than_by_chance(trained, tmp_path):
    command = ["--model", str(trained[0] / "exported"), *trained[2], "--no-baselines", "--out", str(tmp_path)]
    evaluate.main(command)
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["match R@1"] > 3 * figures["chance R@1"] and figures["match R@1_low"] <= figures["match R@1"]


def test_commands_for_embedders_say_so(trained, tmp_path, capsys):
    models = export_tiny_models(tmp_path / "models")
    photos = write_photos(tmp_path / "photos", 1)
    for main, command in (
        (index.main, [str(photos), "--out", str(tmp_path / "index"), "--models", str(models), "--embedder"]),
        (evaluate.main, [*trained[2], "--views", "4", "--model"]),
    ):
        with pytest.raises(SystemExit, match="2"):
            main([*command, str(trained[0] / "exported")])
        assert "expected an embedder, got 'match'" in capsys.readouterr().err


def test_data_without_items_is_refused(trained, ccp, tmp_path, capsys):
    detector = ["--detector", str(trained[0] / "detector"), "--out", str(tmp_path / "run")]
    with pytest.raises(SystemExit, match="2"):
        train.main(["--model", "match", "--tiny", "--data", f"ccp:{ccp}", *detector])
    assert "items with several photos, got 0: give more data with items" in capsys.readouterr().err


def test_a_detector_without_a_pyramid_is_refused(trained, tmp_path, capsys):
    models = export_tiny_models(tmp_path)
    command = ["--model", "match", "--tiny", *trained[2], "--out", str(tmp_path / "run")]
    with pytest.raises(SystemExit, match="2"):
        train.main([*command, "--detector", str(models / "detector")])
    assert "config.json: expected 'min_level' in it: export the model again" in capsys.readouterr().err
