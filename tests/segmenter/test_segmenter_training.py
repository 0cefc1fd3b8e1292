"""Networks and losses on drawn shapes, and what is kept of a run."""

import json
from dataclasses import replace

import keras
import numpy as np
import pytest

import segmenter.densenet
import segmenter.segnet
from engine.backbones import BACKBONES, find_backbone
from samples.shallow import shallow
from samples.shapes import LABELS, draw_shapes, write_shapes
from segmenter.classes import UNKNOWN
from segmenter.collapse import find_collapse
from segmenter.config import SegmenterConfig
from segmenter.data import class_weights, strata
from segmenter.dilated import dilated
from segmenter.layers import Enlarge, PoolWithPlaces, Unpool
from segmenter.losses import PixelLoss
from segmenter.names import LOSSES, NETWORKS
from segmenter.networks import BUILDERS, build, stride_of
from segmenter.store import Scenes
from segmenter.train import compile_model, main

SIZE = (64, 64)
pytestmark = pytest.mark.usefixtures("without_graph_optimisation")


@pytest.mark.parametrize("loss", [*LOSSES, "dice+ce"])
def test_each_loss_teaches_shapes_of_plain_colours(loss):
    keras.utils.set_random_seed(0)
    drawn = [draw_shapes(seed, SIZE) for seed in range(8)]
    images, maps = (np.stack(column) for column in zip(*drawn, strict=True))
    network = keras.Sequential([
        keras.layers.Rescaling(1 / 64, -2), keras.layers.Conv2D(16, 1, activation="relu"),
        keras.layers.Conv2D(len(LABELS), 1),
    ])  # fmt: skip
    iou = keras.metrics.MeanIoU(len(LABELS), sparse_y_pred=False)
    network.compile(keras.optimizers.Adam(0.05), PixelLoss(loss, [1.0] * len(LABELS)), metrics=[iou], jit_compile=False)
    twenty = np.tile(images[:6], (20, 1, 1, 1)).astype("float32"), np.tile(maps[:6], (20, 1, 1))
    network.fit(*twenty, batch_size=3, verbose=0)
    assert network.evaluate(images[6:].astype("float32"), maps[6:], verbose=0)[1] > 0.8


def test_each_network_has_a_name():
    assert set(NETWORKS) == set(BUILDERS)


@pytest.mark.parametrize("network", NETWORKS)
def test_each_network_takes_any_multiple_of_32(network):
    config = SegmenterConfig(model=network, backbone="efficientnet-lite0", classes=("background", "a", "b"))
    model = build(config)
    stride = stride_of(model)
    found = model({"image": np.zeros((1, 96, 64, 3), np.float32)})["classes"]
    assert found.shape == (1, 96 // stride, 64 // stride, 3)
    assert stride <= 4


def test_a_dilated_backbone_has_the_weights_of_the_first_and_stride_16():
    image = keras.Input((None, None, 3))
    levels = find_backbone("efficientnet-lite0")(image, None)
    other = keras.Model(image, dilated(image, levels))
    first, found = keras.Model(image, levels), other(np.full((1, 64, 64, 3), 90.0, np.float32))
    assert found["5"].shape[1:3] == found["4"].shape[1:3] == (4, 4)
    for own, theirs in zip(first.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(own, theirs)


def test_enlarging_is_that_of_keras():
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 2)).astype(np.float32)
    expected = keras.layers.UpSampling2D(4, interpolation="bilinear")(x)
    np.testing.assert_allclose(Enlarge(4)(x), expected, atol=1e-6)


def test_unpooling_puts_maxima_back_where_they_were():
    x = np.random.default_rng(0).normal(size=(2, 4, 6, 3)).astype(np.float32)
    maxima, places = PoolWithPlaces()(x)
    np.testing.assert_array_equal(maxima, keras.ops.max_pool(x, 2))
    back = np.asarray(Unpool()([maxima, places]))
    np.testing.assert_array_equal(back[back != 0], x[back != 0])
    assert (back != 0).sum() == maxima.shape[1] * maxima.shape[2] * 6


def test_a_network_that_says_background_everywhere_is_named():
    truth = np.zeros((2, 8, 8), np.uint8)
    truth[:, 2:6, 2:6], truth[:, 6:, :] = 1, UNKNOWN
    classes = ("background", "a", "b")
    [finding] = find_collapse(truth, np.zeros_like(truth), classes)
    assert "background" in finding.says and finding.remedy
    [finding] = find_collapse(truth, np.full_like(truth, 2), classes)
    assert "'b'" in finding.says or "b," in finding.says
    assert not find_collapse(truth, np.where(truth == 1, 1, 0), classes)


def scenes(pixels):
    none = np.zeros(len(pixels), object)
    return Scenes(none, none, none, np.array(pixels), [])


def test_rare_classes_weigh_more_and_absent_ones_nothing():
    pixels = [[90, 10, 0, 0], [80, 10, 10, 0], [100, 0, 0, 0]]
    for weighting in ("median", "effective"):
        weights = class_weights(scenes(pixels), weighting)
        assert weights[0] < weights[1] <= weights[2] and weights[3] == 0
    # frequencies .9, .1 and .1 of the pixels of photos that have the class
    np.testing.assert_allclose(class_weights(scenes(pixels), "median"), [1 / 9, 1, 1, 0])
    assert class_weights(scenes(pixels), "none") == [1, 1, 1, 0]


def test_a_photo_belongs_to_its_rarest_class():
    found = strata(scenes([[90, 10, 0], [80, 10, 10], [100, 0, 0]]), ("background", "a", "b"))
    assert found.tolist() == ["a", "b", "background"]


@pytest.mark.parametrize(
    "change", [dict(height=100), dict(model="lenet"), dict(loss="hinge"), dict(zoom_in=2.0), dict(classes=("a", "a"))]
)
def test_settings_are_refused(change):
    with pytest.raises(ValueError, match=f"{next(iter(change))}"):
        replace(SegmenterConfig(), **change)


def test_a_run_learns_resumes_and_refuses_other_settings(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(BACKBONES, "efficientnet-lite0", shallow)
    root = write_shapes(tmp_path / "shapes", photos=16, val=2)
    arguments = ["--data", f"labelmaps:{root}", "--tiny", "--model", "fcn", "--out", str(tmp_path / "run")]
    more = ["--set", "average=0.5", "--set", "epochs=3", "--set", "held_out=0.3"]
    main(arguments + more)
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [0, 1, 2]
    assert lines[-1]["loss"] < lines[0]["loss"]
    assert {"best.keras", "backup", "tensorboard"} <= {path.name for path in (tmp_path / "run").iterdir()}
    main(arguments + more)
    assert "finished already" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main([*arguments, *more, "--set", "batch=2"])
    assert "other settings" in capsys.readouterr().err


def small_densenet(**settings):
    """DenseNet121 with one layer a block."""
    from keras.src.applications.densenet import DenseNet

    return DenseNet([1, 1, 1, 1], **settings)


@pytest.mark.parametrize("network", NETWORKS)
def test_each_network_learns_drawn_shapes(network, monkeypatch):
    monkeypatch.setitem(BACKBONES, "efficientnet-lite0", shallow)
    monkeypatch.setattr(keras.applications, "DenseNet121", small_densenet)
    monkeypatch.setattr(segmenter.densenet, "LAYERS", {"4": 1, "3": 1, "2": 1})
    monkeypatch.setattr(segmenter.segnet, "BLOCKS", ((32, 2), (48, 2)))
    keras.utils.set_random_seed(0)
    config = SegmenterConfig(
        model=network, backbone="efficientnet-lite0", classes=LABELS, height=64, width=64, epochs=3, steps=24, batch=6,
        average=0.0, learning_rate=3e-3, backbone_rate=1.0, norm_momentum=0.8, dropout=0.0,
    )  # fmt: skip
    model = build(config)
    compile_model(model, config, [1.0] * len(LABELS))
    half, stride = stride_of(model) // 2, stride_of(model)
    images, maps = (np.stack(column) for column in zip(*(draw_shapes(n, SIZE) for n in range(30)), strict=True))
    images, maps = images.astype("float32"), maps[:, half::stride, half::stride]
    model.fit({"image": np.tile(images[6:], (18, 1, 1, 1))}, {"classes": np.tile(maps[6:], (18, 1, 1))}, 6, verbose=0)
    assert model.evaluate({"image": images[:6]}, {"classes": maps[:6]}, verbose=0, return_dict=True)["mean_iou"] > 0.8
