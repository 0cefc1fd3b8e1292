"""A training that is killed goes on, at whatever moment that was."""

import keras
import numpy as np
import tensorflow as tf

from engine.callbacks import LOG
from engine.fit import Fit


def fit(out, epochs):
    """Train a layer; returns the numbers of the epochs of this call."""
    keras.utils.set_random_seed(0)
    image = keras.Input((3,))
    model = keras.Model(image, {"y": keras.layers.Dense(1)(image)})
    model.compile(keras.optimizers.Adam(0.1), {"y": "mse"}, metrics={"y": ["mae"]}, jit_compile=False)
    x = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
    data = tf.data.Dataset.from_tensor_slices((x, {"y": x.sum(1, keepdims=True)})).batch(4)
    return Fit(out, epochs, 2, "y_mae", "min")(model, lambda epoch: data.repeat(), data).epoch


def test_a_run_that_is_killed_as_it_writes_its_backup_goes_on_from_the_one_before(tmp_path):
    assert fit(tmp_path, 2) == [0, 1]
    backup, log = tmp_path / "backup" / "latest.weights.h5", tmp_path / LOG
    backup.write_bytes(backup.read_bytes()[:2000])
    log.write_text(log.read_text().splitlines(keepends=True)[0])
    assert fit(tmp_path, 3) == [1, 2]
    assert len(log.read_text().splitlines()) == 3
