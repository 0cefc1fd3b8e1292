import keras
import numpy as np

from engine.optimizer import AdamW


def fitted(optimizer):
    """The losses of six steps of one small network."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
    model.compile(optimizer, "mse")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 3)), rng.normal(size=(12, 1))
    return model, model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0).history["loss"]


def test_it_steps_as_that_of_keras_and_is_saved_with_its_schedule(tmp_path):
    schedule = keras.optimizers.schedules.CosineDecay(0.0, 4, warmup_target=0.1, warmup_steps=2)
    settings = dict(weight_decay=0.1, global_clipnorm=1.0)
    model, losses = fitted(AdamW(schedule, **settings))
    _, expected = fitted(keras.optimizers.AdamW(schedule, **settings))
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras").optimizer
    assert again.schedule.get_config() == schedule.get_config() and int(again.iterations) == 6
