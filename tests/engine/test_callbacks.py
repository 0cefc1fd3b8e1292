import keras
import numpy as np
import pytest
import tensorflow as tf

from engine.callbacks import CollapseWatch
from engine.sampling import Sampler
from metrics.collapse import Evidence, find_collapse

NAMES = ("tee", "blouse", "tank", "cardigan", "jacket", "romper")
SKEW = np.array([900, 60, 40, 30, 20, 10])


def examples(counts, seed):
    """Garments whose features are weak evidence of their category."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(len(NAMES)), counts)
    return rng.normal(size=(len(truth), 12)) + 1.2 * np.eye(len(NAMES), 12)[truth], truth


def train(sampling: str, stop: bool, epochs: int = 12):
    """A small network trained on a skewed set, drawn with that sampling, and its watch."""
    keras.utils.set_random_seed(0)
    features, truth = examples(SKEW, 0)
    draws = 20 * 32
    sampler = Sampler(np.array(NAMES)[truth], sampling, draws)
    order = np.concatenate([sampler.order(epoch) for epoch in range(epochs)])
    data = tf.data.Dataset.from_tensor_slices((features[order], truth[order])).batch(32)
    held, held_truth = examples([60] * len(NAMES), 1)
    held_data = tf.data.Dataset.from_tensor_slices((held, held_truth)).batch(64)
    inputs = keras.Input((12,))
    hidden = keras.layers.Dense(16, activation="relu")(inputs)
    model = keras.Model(inputs, {"category": keras.layers.Dense(len(NAMES), activation="softmax")(hidden)})
    model.compile(keras.optimizers.Adam(3e-3), loss={"category": "sparse_categorical_crossentropy"})

    def find(outputs):
        p = outputs["category"]
        return find_collapse(Evidence(held_truth, p.argmax(1), NAMES, p))

    watch = CollapseWatch(held_data, find, stop)
    model.fit(data, epochs=epochs, steps_per_epoch=20, callbacks=[watch], verbose=0)
    return watch, model


def test_a_network_trained_on_a_skewed_set_collapses_and_is_named(capsys):
    watch, model = train("none", stop=False)
    predicted = model.predict(examples([60] * len(NAMES), 1)[0], verbose=0)["category"].argmax(1)
    assert (predicted == 0).mean() > 0.6  # a majority-class collapse
    assert {"Dominant", "Silent"} <= {finding.signal for finding in watch.findings}
    assert "of the predictions are 'tee', which is true for 17%" in capsys.readouterr().out


@pytest.mark.parametrize("sampling", ["balanced", "effective"])
def test_the_same_network_drawn_in_balance_is_healthy(sampling):
    watch, _ = train(sampling, stop=False)
    assert watch.findings == []


def test_the_watch_can_stop_the_training():
    watch, model = train("none", stop=True)
    assert watch.findings and len(model.history.epoch) == 2
