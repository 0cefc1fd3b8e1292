"""The mean of the weights over a run that was killed is that of one that was not."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from engine.fit import Fit
from engine.run_folder import has_progress
from segmenter.average import EvaluateAverage


class Killed(BaseException):
    """Stands for the end of the process."""


class KillAt(keras.callbacks.Callback):
    """Ends the process in an epoch."""

    def __init__(self, epoch: int):
        super().__init__()
        self._epoch, self._now = epoch, -1

    def on_epoch_begin(self, epoch, logs=None):
        self._now = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self._now == self._epoch:
            raise Killed


def trained(out, kill=-1):
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
    data = tf.data.Dataset.from_tensor_slices((x, {"y": x.sum(1, keepdims=True)})).batch(2)
    image = keras.Input((3,))
    model = keras.Model(image, {"y": keras.layers.Dense(1)(image)})
    adam = keras.optimizers.Adam(0.05, use_ema=True, ema_momentum=0.9)
    model.compile(adam, {"y": "mse"}, metrics={"y": ["mae"]}, jit_compile=False)
    fit = Fit(out, 3, 4, "y_mae", "min", callbacks=[KillAt(kill)], first=[EvaluateAverage(has_progress(out))])
    fit(model, lambda epoch: data.repeat(), data)
    best = keras.models.load_model(out / "best.keras")
    return best.get_weights(), [
        line.partition('"seconds"')[0] for line in (out / "metrics.jsonl").read_text().splitlines()
    ]


@pytest.mark.parametrize("epoch", [0, 2])
def test_a_killed_run_ends_with_the_same_mean(tmp_path, epoch):
    weights, log = trained(tmp_path / "straight")
    with pytest.raises(Killed):
        trained(tmp_path / "killed", epoch)
    again, same = trained(tmp_path / "killed")
    assert len(log) == len(same) == 3
    for a, b in zip(weights, again, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
