"""Exported models, loaded: arrays in, a dict of arrays out.

`engine.fast_load` halves the memory but uses parts of TensorFlow that are not public; where it fails, or does not know
the version, `tf.saved_model.load` takes its place.
"""

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine import saved_model
from engine.checksums import ModelError
from engine.fast_load import fast_function
from engine.saved_model import CALLS, Settings, refuse_foreign_operations


class Model:
    """An exported model, loaded; called with its inputs by name, it gives its outputs by name.

    Attributes:
        settings: of its config.json.
    """

    def __init__(self, settings: Settings, function: Callable[[dict], dict], spare: Callable[[], Callable] | None):
        """Args: function: of {input: array}; spare: makes the one that takes its place if the first call fails."""
        self.settings, self._function, self._spare = settings, function, spare

    def __call__(self, **arrays: np.ndarray) -> dict[str, np.ndarray]:
        """{output: array} of a batch."""
        spare = self._spare
        if spare is None:
            return self._function(arrays)
        try:
            found = self._function(arrays)
        except Exception as error:
            function = spare()
            found = function(arrays)  # where the arrays are wrong, this says so
            self._function = function
            _warn(self.settings, error)
        self._spare = None
        return found


def load(path: Path, bfloat16: bool | Callable[[dict], bool] = True) -> Model:
    """Load the model that `engine.export.freeze` wrote.

    Args:
        path: its folder.
        bfloat16: whether convolutions and the like are computed in bfloat16 where the processor can, or a function that
            says so of the settings; `tf.saved_model.load` computes in float32.

    Raises:
        FileNotFoundError: there is no model at `path`.
        ModelError: its files are not those that were exported, its format is not known, or its graph does more than
            compute; or later, as the settings are asked for what config.json lacks.
    """
    saved = saved_model.read(path)
    settings = saved.settings
    wanted = bfloat16(settings) if callable(bfloat16) else bfloat16
    try:
        function = fast_function(saved, wanted)
    except ModelError:
        raise  # the other way would refuse it too, after loading it
    except Exception as error:
        _warn(settings, error)
        return Model(settings, public_function(path), None)
    return Model(settings, function, lambda: public_function(path))


def public_function(path: Path) -> Callable[[dict], dict]:
    """A function of {input: array} that gives {output: array}, by way of `tf.saved_model.load`.

    Raises:
        ModelError: its graph does more than compute.
    """
    import tensorflow as tf

    call = tf.saved_model.load(str(path)).signatures["serving_default"]
    graph = call.graph.as_graph_def()
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    refuse_foreign_operations(path, {node.op for node in nodes} - CALLS)

    def run(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        found = call(**{name: tf.constant(array) for name, array in arrays.items()})
        return {name: tensor.numpy() for name, tensor in found.items()}

    return run


def _warn(settings: Settings, error: Exception) -> None:
    reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    warnings.warn(
        f"{settings.file.parent} is loaded by tf.saved_model.load, which takes more memory and time, as the fast way "
        f"cannot be used ({reason})",
        RuntimeWarning,
        stacklevel=3,
    )
