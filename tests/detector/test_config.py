"""Settings and classes of a detector."""

from pathlib import Path

import pandas as pd
import pytest

from detector.classes import CLASSES, class_numbers
from detector.config import PRESETS, DetectorConfig, preset
from detector.experiment import Data as RecordFiles
from detector.experiment import experiment
from engine.settings import parse_settings

ROOT = Path(__file__).resolve().parents[2]


def test_a_garment_without_exactly_one_category_has_the_class_of_its_part():
    garments = pd.DataFrame(
        [("upper", "tee"), ("upper", "tee|top"), ("lower", ""), ("upper", "coat")], columns=["part", "category"]
    )
    assert [CLASSES[n - 1] for n in class_numbers(garments, True)] == ["tee", "upper", "lower", "upper"]
    assert [CLASSES[n - 1] for n in class_numbers(garments, False)] == ["upper", "upper", "lower", "upper"]


@pytest.mark.parametrize("name", PRESETS)
def test_presets_become_configurations_of_the_library(name):
    params = experiment(preset(name), RecordFiles(["a"], "b", 8))
    assert params.task.model.num_classes == (4 if name.endswith(("r50fpn", "r50")) else 22)
    assert params.task.model.include_mask == (name == "mask_r50")
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
    from detector.weights import settings_of

    settings = settings_of(ROOT / "models" / "detector")
    assert settings.backbone == "efficientnet-lite2" and settings.masks
