import json
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from engine import fast_load
from engine.checksums import ModelError, seal
from engine.load import load, public_function
from engine.saved_model import read

ROOT = Path(__file__).resolve().parents[2]


def fails(*_):
    raise AttributeError("changed within TensorFlow")


@pytest.fixture(autouse=True)
def warnings_fail():
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        yield


def of_format(number, exported, tmp_path) -> Path:
    """A copy of the model with that format in its config.json."""
    path = tmp_path / "model"
    shutil.copytree(exported.path, path)
    settings = {"size": 512} if number is None else {"format": number, "size": 512}
    (path / "config.json").write_text(json.dumps(settings))
    seal(path)
    return path


def test_a_loaded_model_computes_what_the_function_did(exported, arrays):
    found = load(exported.path)(**arrays)
    assert np.allclose(found["sum"], arrays["x"] @ exported.matrix + 1, rtol=0.02, atol=0.3)
    assert np.allclose(found["large"], arrays["x"] @ exported.loose, rtol=0.02, atol=3e4)
    assert np.array_equal(found["first"], arrays["x"][:, :1])


def test_a_model_computes_in_full_precision_and_two_loads_do_not_mix(exported, arrays):
    first, second = load(exported.path), load(exported.path)
    halved = arrays["x"] @ exported.matrix.astype(np.float16).astype(np.float32) + 1
    assert np.allclose(first(**arrays)["sum"], halved, atol=1e-3)
    assert np.array_equal(first(**arrays)["sum"], second(**arrays)["sum"])


def test_both_loaders_predict_the_same(exported, arrays):
    fast, public = load(exported.path)(**arrays), public_function(exported.path)(arrays)
    assert list(fast) == sorted(public) and all(fast[name].dtype == public[name].dtype for name in fast)
    assert all(np.allclose(fast[name], public[name], rtol=1e-4, atol=1e-3) for name in fast)


@pytest.mark.parametrize("name", ["detector", "img_bbox"])
def test_both_loaders_predict_the_same_for_the_shipped_models(name):
    rng, path = np.random.default_rng(0), ROOT / "models" / name
    model = load(path)
    height, width = model.settings.get("input_size") or [model.settings["size"]] * 2
    photo = rng.integers(0, 255, (height // 16, width // 16, 3), dtype=np.uint8).repeat(16, 0).repeat(16, 1)
    given = {
        "images": photo[None],
        "sizes": np.array([[height, width * 0.8]], np.float32),
        "image": photo[None],
        "place": rng.random((1, 8), np.float32),
    }
    names = [argument.name for argument in read(path).function.signature.input_arg]
    given = {name: given[name] for name in names}
    fast, public = model(**given), public_function(path)(given)
    assert fast.keys() == public.keys()
    assert all(np.allclose(fast[name], public[name], rtol=1e-3, atol=1e-3) for name in fast)


def test_an_untested_tensorflow_falls_back_to_the_public_loader(exported, arrays, monkeypatch):
    monkeypatch.setattr(fast_load, "TESTED", ("1.0",))
    with pytest.warns(RuntimeWarning, match=r"is loaded by tf.saved_model.load.*not one of the tested versions"):
        model = load(exported.path)
    assert np.array_equal(model(**arrays)["sum"], public_function(exported.path)(arrays)["sum"])


def test_fast_loading_that_fails_falls_back_to_the_public_loader(exported, arrays, monkeypatch):
    monkeypatch.setattr(fast_load, "_caller", fails)
    with pytest.warns(RuntimeWarning, match="AttributeError: changed within TensorFlow"):
        model = load(exported.path)
    assert np.array_equal(model(**arrays)["sum"], public_function(exported.path)(arrays)["sum"])


def test_a_failing_first_call_falls_back_to_the_public_loader(exported, arrays, monkeypatch):
    monkeypatch.setattr(fast_load, "_caller", lambda *_: fails)
    model = load(exported.path)
    with pytest.warns(RuntimeWarning, match="AttributeError: changed within TensorFlow"):
        first = model(**arrays)
    assert np.array_equal(first["sum"], public_function(exported.path)(arrays)["sum"])
    assert np.array_equal(model(**arrays)["sum"], first["sum"])  # without another warning


def test_wrong_arrays_do_not_cause_a_fallback(exported, arrays):
    model = load(exported.path)
    with pytest.raises(Exception, match="y"):
        model(x=arrays["x"])
    assert np.array_equal(model(**arrays)["sum"], load(exported.path)(**arrays)["sum"])


def test_a_missing_setting_is_reported_with_a_remedy(exported):
    with pytest.raises(ModelError, match=r"config.json: expected 'input_size' in it: export the model again"):
        load(exported.path).settings["input_size"]


@pytest.mark.parametrize("number", [None, 1, 2])
def test_models_of_known_formats_are_loaded(number, exported, tmp_path):
    assert load(of_format(number, exported, tmp_path)).settings["size"] == 512


@pytest.mark.parametrize("number", [3, "2"])
def test_a_model_of_another_format_is_refused(number, exported, tmp_path):
    with pytest.raises(
        ModelError, match=rf"config.json: expected a format up to 2, got {number!r}: update this project"
    ):
        load(of_format(number, exported, tmp_path))


def test_settings_that_are_no_json_are_refused(exported, tmp_path):
    path = of_format(2, exported, tmp_path)
    (path / "config.json").write_text("{")
    seal(path)
    with pytest.raises(ModelError, match=r"config.json: expected a JSON object: export the model again"):
        load(path)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="export command"):
        load(tmp_path)


@pytest.fixture(scope="module")
def started() -> dict:
    """What a process of its own knows: modules after the import, after loading, and Keras imported last."""
    code = f"""
import json, sys
from pathlib import Path
from engine.load import public_function
from engine.startup import import_tensorflow

tensorflow = import_tensorflow()
at_start = set(sys.modules)
public_function(Path({str(ROOT / "models" / "img")!r}))
loaded = set(sys.modules)
import keras, scipy
known = [sorted(modules & {{"keras", "scipy"}}) for modules in (at_start, loaded)]
print(json.dumps(known + [tensorflow.keras.layers.Dense.__name__]))"""
    output = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return dict(zip(("at_start", "loaded", "layer"), json.loads(output), strict=True))


def test_tensorflow_is_imported_without_keras_and_scipy(started):
    assert started["at_start"] == []


def test_the_public_loader_needs_neither(started):
    assert started["loaded"] == []


def test_keras_and_scipy_can_be_imported_afterwards(started):
    assert started["layer"] == "Dense"
