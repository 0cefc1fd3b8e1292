"""The collapse watch: after every epoch, on held-out crops, say so if the model has turned lazy."""

from collections.abc import Callable

import numpy as np


def collapse_watch(data, find: Callable[[np.ndarray], list], stop: bool):
    """A Keras callback.

    Args:
        data: a finite tf.data.Dataset as `fit` takes it, of the held-out crops.
        find: takes their (N, K) probabilities, returns findings with `says` and `remedy`; none for a healthy model.
        stop: end the training at a finding after the first epoch, when a model cannot know much yet.
    """
    import keras

    class CollapseWatch(keras.callbacks.Callback):
        """Attributes: findings, those of the last epoch."""

        findings = ()

        def on_epoch_end(self, epoch, logs=None):
            self.findings = find(self.model.predict(data, verbose=0)["category"])
            for finding in self.findings:
                print(f"COLLAPSE after epoch {epoch + 1}: {finding.says}. Remedy: {finding.remedy}.", flush=True)
            if self.findings and stop and epoch:
                self.model.stop_training = True

    return CollapseWatch()
