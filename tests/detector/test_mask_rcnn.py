"""A tiny Mask R-CNN, trained, exported and evaluated by its commands."""

import json
from pathlib import Path

import numpy as np
import pytest

from detector import average, evaluate, export, train
from detector.config import MASK_SIDE, preset
from detector.predict import Detector
from engine import saved_model
from garments.masks import decode
from garments.storage import load_table
from readers import read

pytestmark = pytest.mark.usefixtures("without_graph_optimisation")
MODELS = Path(__file__).resolve().parents[2] / "models"


def trained(ccp, out, *more):
    train.main(["--data", f"ccp:{ccp}?outlines", "--preset", "tiny", "--masks", "--out", str(out), *more])
    export.main(["--run", str(out), "--out", str(out / "exported")])
    return out


@pytest.fixture(scope="module")
def whole(ccp, tmp_path_factory):
    return trained(ccp, tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def head_alone(ccp, whole, tmp_path_factory):
    """The same detector, whose mask head was trained further and nothing else."""
    init = ["--init", str(whole / "exported"), "--set", "freeze=true", "--set", "ema=0"]
    return trained(ccp, tmp_path_factory.mktemp("head"), *init)


def outputs(run):
    pixels = np.random.default_rng(0).integers(0, 255, (1, 64, 64, 3), dtype=np.uint8)
    return Detector.load(run / "exported")._run(images=pixels, sizes=np.array([[64, 48]], np.float32))


def test_training_logs_the_loss_and_the_figures_of_masks(whole):
    lines = [json.loads(line) for line in (whole / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    assert all(0 <= line["mask_AP"] <= line["mask_AP50"] <= 1 for line in lines)


def test_a_mask_covers_its_box(whole):
    found = outputs(whole)
    assert found["masks"].shape == (*found["scores"].shape, MASK_SIDE, MASK_SIDE) and found["masks"].dtype == np.uint8


def test_a_trained_head_alone_leaves_the_boxes_as_they_are(whole, head_alone):
    before, after = outputs(whole), outputs(head_alone)
    assert before["count"] > 0
    for name in ("boxes", "scores", "parts"):
        assert np.array_equal(before[name], after[name]), name
    assert not np.array_equal(before["masks"], after["masks"])


def test_the_mean_of_two_detectors(whole, head_alone, tmp_path, capsys):
    models = [str(run / "exported") for run in (whole, head_alone)]
    average.main([*models, "--out", str(tmp_path / "mean")])
    export.main(["--run", str(tmp_path / "mean"), "--out", str(tmp_path / "exported")])
    first, second, mean = (saved_model.weights(path) for path in (*map(Path, models), tmp_path / "exported"))
    name = "mask_head._mask_regressor.kernel"
    assert np.abs(first[name] - second[name]).max() > 2e-3 and set(mean) == set(first)
    assert all(np.allclose(mean[n], (first[n] + second[n]) / 2, atol=5e-4) for n in mean)
    with pytest.raises(SystemExit):
        average.main([*models, "--out", str(tmp_path / "mean")])
    assert "holds a run" in capsys.readouterr().err


def test_detectors_of_other_networks_are_not_averaged(whole):
    with pytest.raises(ValueError, match="expected the network of"):
        average.average([whole / "exported", MODELS / "detector"], whole / "mean")


def test_evaluation_gives_figures_of_boxes_and_masks(whole, ccp, tmp_path, capsys):
    evaluate.main(["--model", str(whole / "exported"), "--data", f"ccp:{ccp}?outlines", "--out", str(tmp_path)])
    figures = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert {"AP", "mask AP", "mask AP50_low", "mask IoU", "boundary IoU_high"} <= set(figures)
    assert f"\nAP50       {figures['mask AP50']:.3f}\n" in capsys.readouterr().out.partition("\nmasks\n")[2]
    predicted = load_table(tmp_path / "predicted")
    row, photo = predicted.garments.iloc[0], predicted.photos.iloc[0]
    mask = decode(row["segmentation"])
    assert mask.shape == (photo["height"], photo["width"])
    x = np.nonzero(mask)[1]
    if len(x):
        assert row["x_min"] - 1 <= x.min() and x.max() <= row["x_max"]


def test_only_photos_whose_garments_all_have_outlines_are_held_out(ccp):
    table = read(f"ccp:{ccp}?outlines").in_splits("train")
    table.garments.loc[table.garments.index[0], "segmentation"] = None
    left_out = train._incomplete(table, masks=True)
    assert table.photos["photo"][left_out].tolist() == [table.garments["photo"].iloc[0]]
    assert train._incomplete(read(f"ccp:{ccp}").in_splits("train"), masks=True).all()
    assert not train._incomplete(table, masks=False).any()


def test_data_without_outlines_are_refused(ccp, tmp_path, capsys):
    with pytest.raises(SystemExit):
        train.main(["--data", f"ccp:{ccp}", "--preset", "tiny", "--masks", "--out", str(tmp_path)])
    assert "0 with annotated boxes and outlines to hold out" in capsys.readouterr().err


def test_a_frozen_detector_without_masks_is_refused():
    with pytest.raises(ValueError, match="needs masks=true"):
        preset("tiny", freeze=True)


def test_the_published_settings_build_a_network():
    from detector.experiment import Data, experiment

    task = experiment(preset("mask_r50", input_size=(64, 64), bfloat16=False), Data()).task
    from detector.task import GarmentTask

    model = GarmentTask(task).build_model()
    assert model.mask_head.get_config()["num_convs"] == 4 and task.model.mask_sampler.num_sampled_masks == 128


def test_all_masks_come_from_the_level_that_is_set():
    import tensorflow as tf

    from detector.layers import OneLevelAligner

    features = {str(level): tf.fill([1, 512 >> level, 512 >> level, 2], float(level)) for level in (3, 4, 5)}
    boxes = tf.constant([[[8.0, 8, 500, 500], [8, 8, 40, 24]]])
    for level in (3, 4):
        assert np.allclose(OneLevelAligner(level, crop_size=7)(features, boxes), level, atol=1e-5)
    with pytest.raises(ValueError, match="mask_level"):
        preset("tiny", mask_level=7)
