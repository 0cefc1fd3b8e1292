import numpy as np
import pytest

from engine.frozen import freeze, load, weights
from engine.trust import ModelError, seal


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    import tensorflow as tf

    rng = np.random.default_rng(0)
    matrix = tf.Variable(rng.normal(size=(512, 256)).astype(np.float32))
    unused = tf.Variable([1.0])
    loose = tf.Variable(rng.normal(size=(512, 256)).astype(np.float32) * 1e5)  # beyond half precision
    path = tmp_path_factory.mktemp("model") / "frozen"

    def function(x, y):
        looped = tf.map_fn(lambda row: tf.linalg.matvec(matrix, row, transpose_a=True), x)
        return {"sum": looped + y, "large": tf.matmul(x, loose), "first": x[:, :1]}

    signature = [tf.TensorSpec([None, 512], tf.float32, "x"), tf.TensorSpec([None, 256], tf.float32, "y")]
    freeze(function, signature, path, {"matrix": matrix, "loose": loose, "unused": unused})
    seal(path)
    return path, matrix.numpy(), loose.numpy()


def test_a_frozen_model_computes_what_the_function_did(model):
    path, matrix, loose = model
    x = np.random.default_rng(1).normal(size=(5, 512)).astype(np.float32)
    y = np.ones((5, 256), np.float32)
    result = load(path)(x=x, y=y)
    assert np.allclose(result["sum"], x @ matrix + 1, rtol=0.02, atol=0.3)
    assert np.allclose(result["large"], x @ loose, rtol=0.02, atol=3e4)
    assert np.array_equal(result["first"], x[:, :1])


def test_a_model_without_its_settings_says_what_to_do(model):
    with pytest.raises(ModelError, match=r"config.json: expected 'input_size' in it: export the model again"):
        load(model[0]).settings["input_size"]


def test_weights_are_stored_in_half_precision_unless_they_do_not_fit(model):
    size = sum(f.stat().st_size for f in model[0].rglob("*") if f.is_file())
    half, full = 512 * 256 * 2, 512 * 256 * 4
    assert half + full < size < half + full + 100_000


def test_the_variables_come_back_by_name(model):
    path, matrix, loose = model
    found = weights(path)
    assert sorted(found) == ["loose", "matrix"]
    assert np.allclose(found["matrix"], matrix, rtol=1e-3) and np.array_equal(found["loose"], loose)


def test_a_folder_without_a_model_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match="export command"):
        load(tmp_path)


def test_without_bfloat16_a_model_computes_in_full_precision_and_two_loads_do_not_mix(model):
    path, matrix, _ = model
    x, y = np.random.default_rng(1).normal(size=(5, 512)).astype(np.float32), np.zeros((5, 256), np.float32)
    first, second = load(path, bfloat16=False), load(path, bfloat16=False)
    halved = x @ matrix.astype(np.float16).astype(np.float32)
    assert np.allclose(first(x=x, y=y)["sum"], halved, atol=1e-3)
    assert np.array_equal(first(x=x, y=y)["sum"], second(x=x, y=y)["sum"])
