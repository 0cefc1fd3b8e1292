"""The mean of the weights over the last steps, which is evaluated and kept in place of the weights themselves."""

from typing import Any

import keras


class EvaluateAverage(keras.callbacks.SwapEMAWeights):
    """Keras's exchange of weights and their mean around evaluations and epochs, for a run that resumes too.

    A backup is made at the end of an epoch, when the mean stands in the model and the weights in the optimizer. Give it
    before the callbacks that keep the weights. Polyak, Juditsky: Acceleration of Stochastic Approximation by Averaging,
    1992.
    """

    def __init__(self, resumed: bool):
        """Args: resumed: whether a backup is read as the training begins."""
        super().__init__(swap_on_epoch=True)
        self._resumed = resumed

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Note that the mean stands in the model, as the backup has it."""
        self._ema_weights_in_model = self._resumed
