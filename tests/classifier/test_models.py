import json

import numpy as np
import pytest

from classifier.config import TINY
from classifier.image import IMG
from classifier.image_bbox import IMG_BBOX
from classifier.models import MODELS, build, load, preset
from classifier.tasks import Categories, Labels, Landmarks
from engine.checksums import ModelError, seal
from samples.tiny import export_tiny_models


def test_each_model_goes_by_its_name():
    assert [(name, model.name) for name, model in MODELS.items()] == [(name, name) for name in MODELS]


def test_folders_and_columns_are_those_of_the_shipped_models():
    found = {name: (model.folder, model.column) for name, model in MODELS.items() if model.predictor}
    assert found == {
        "img": ("img", "img"),
        "img+bbox": ("img_bbox", "img_bbox"),
        "img+bbox-lite": ("img_bbox_lite", "img_bbox_lite"),
        "landmarks": ("landmarks", ""),
    }


@pytest.mark.parametrize("task", [Categories, Labels, Landmarks])
def test_tasks_inherit_from_nothing(task):
    assert task.__bases__ == (object,)


def test_an_unknown_model_or_setting_is_refused_with_the_known_ones():
    with pytest.raises(
        KeyError, match=r"no model 'imgs'; there are img, img\+bbox, img\+bbox-lite, pretrain, landmarks"
    ):
        preset("imgs")
    with pytest.raises(KeyError, match=r"no setting .'sise'.; there are backbone, batch"):
        preset("img", sise=3)


@pytest.mark.parametrize("name", MODELS)
def test_an_unknown_backbone_is_refused_with_the_known_ones(name):
    with pytest.raises(ValueError, match=r"backbone: there is no 'resnet5'; there are .*resnet50"):
        build(name, preset(name, **TINY, backbone="resnet5"))


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    return export_tiny_models(tmp_path_factory.mktemp("models"))


@pytest.mark.parametrize("model", [IMG, IMG_BBOX], ids=lambda model: model.name)
def test_an_exported_model_is_read_by_its_predictor(model, exported):
    loaded = load(exported / model.folder)
    assert (type(loaded), loaded.name) == (model.predictor, model.name)


@pytest.mark.parametrize("name", ["mobile", "pretrain"])
def test_an_unknown_exported_model_is_refused(name, exported):
    path = exported / "img"
    settings = json.loads((path / "config.json").read_text())
    (path / "config.json").write_text(json.dumps({**settings, "name": name}))
    seal(path)
    with pytest.raises(ModelError, match=rf"img/config.json: expected the name of a model .*, got '{name}'"):
        load(path)


def test_a_model_takes_every_weight_of_the_same_name(tmp_path):
    first = build("landmarks", preset("landmarks", **TINY))
    first.save(tmp_path / "landmarks.keras")
    second = build("landmarks", preset("landmarks", **TINY), tmp_path / "landmarks.keras")
    assert all(np.array_equal(a, b) for a, b in zip(first.get_weights(), second.get_weights(), strict=True))
