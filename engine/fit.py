"""Keras `fit` that resumes: the same call continues a run that was killed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import keras
import tensorflow as tf

from engine.callbacks import epochs_done, standard_callbacks


@dataclass(frozen=True)
class Fit:
    """How a compiled model is trained.

    Attributes:
        out: the folder of the run, see `callbacks.standard_callbacks`.
        epochs, steps: of the whole run; of an epoch.
        measure: the metric that chooses the best epoch, as '<output>_<metric>' of the held-out data, or as a callback
            names it.
        mode: 'max' or 'min', which value is best.
        notes: epoch -> further entries of its line in metrics.jsonl.
        callbacks: further callbacks.
        first: callbacks that come before all others; what they add to the logs may be the measure.
    """

    out: Path
    epochs: int
    steps: int
    measure: str
    mode: str = "max"
    notes: Callable[[int], dict] | None = None
    callbacks: Iterable[keras.callbacks.Callback] = field(default=())
    first: Iterable[keras.callbacks.Callback] = field(default=())

    def __call__(
        self, model: keras.Model, data_from: Callable[[int], tf.data.Dataset], held_out: tf.data.Dataset | None
    ) -> keras.callbacks.History:
        """Train; a finished run is left as it is.

        Args:
            model: compiled, with a dict of outputs, or one output.
            data_from: epoch -> the endless training data from that epoch on.
            held_out: finite data, evaluated after each epoch; None where a callback gives the measure.

        Returns:
            The Keras History of the epochs of this call.
        """
        data = data_from(len(epochs_done(self.out)))
        some = data if held_out is None else held_out
        model.evaluate(some, steps=1, verbose=0)  # makes the variables of losses and metrics: `BackupAndRestore`
        measure = self.measure if held_out is None else logged_name(model, self.measure)
        return model.fit(
            data,
            validation_data=held_out,
            epochs=self.epochs,
            steps_per_epoch=self.steps,
            callbacks=[*self.first, *standard_callbacks(self.out, measure, self.mode, self.notes), *self.callbacks],
            shuffle=False,  # the data is already drawn at random
            verbose=2,
        )


def logged_name(model: keras.Model, measure: str) -> str:
    """The name of '<output>_<metric>' of held-out data in the logs of `fit`, which do not name a single output."""
    return "val_" + (measure if len(model.output) > 1 else measure.partition("_")[2])


def set_up(seed: int, bfloat16: bool) -> None:
    """Set all seeds; with `bfloat16` compute in bfloat16 where the processor supports it."""
    keras.utils.set_random_seed(seed)
    if bfloat16:
        tf.config.optimizer.set_experimental_options({"auto_mixed_precision_onednn_bfloat16": True})
