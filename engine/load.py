"""Exported models, loaded: arrays in, a dict of arrays out.

`engine.fast_load` halves the memory but uses private parts of TensorFlow; where it fails, or was not tested with the
version, `tf.saved_model.load` is the fallback.
"""

import warnings
from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np

from engine import saved_model
from engine.checksums import ModelError
from engine.fast_load import fast_function
from engine.saved_model import CALLS, Settings, refuse_foreign_operations, without_outputs


class Model:
    """A loaded exported model: called with its inputs by name, it returns its outputs by name.

    Attributes:
        settings: of its config.json.
    """

    def __init__(self, settings: Settings, function: Callable[[dict], dict], fallback: Callable[[], Callable] | None):
        """Args: function: of {input: array}; fallback: makes the function to use if the first call fails."""
        self.settings, self._function, self._fallback = settings, function, fallback

    def __call__(self, **arrays: np.ndarray) -> dict[str, np.ndarray]:
        """{output: array} of a batch."""
        fallback = self._fallback
        if fallback is None:
            return self._function(arrays)
        try:
            found = self._function(arrays)
        except Exception as error:
            function = fallback()
            found = function(arrays)  # raises too if the arrays are wrong
            self._function = function
            _warn(self.settings, error)
        self._fallback = None
        return found


def load(path: Path, without: Collection[str] = ()) -> Model:
    """Load the model that `engine.export.freeze` wrote; it computes in float32.

    Args:
        path: its folder.
        without: outputs to leave out.

    Raises:
        FileNotFoundError: there is no model at `path`.
        ModelError: its files have changed since the export, its format is unknown, or its graph does more than compute;
            or later, when a setting is read that config.json lacks.
    """
    saved = without_outputs(saved_model.read(path), without)
    settings = saved.settings
    try:
        function = fast_function(saved)
    except ModelError:
        raise  # the fallback would refuse it too, after loading it
    except Exception as error:
        _warn(settings, error)
        return Model(settings, public_function(path, without), None)
    return Model(settings, function, lambda: public_function(path, without))


def public_function(path: Path, without: Collection[str] = ()) -> Callable[[dict], dict]:
    """A function of {input: array} that gives {output: array}, loaded by `tf.saved_model.load`.

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
        return {name: tensor.numpy() for name, tensor in found.items() if name not in without}

    return run


def _warn(settings: Settings, error: Exception) -> None:
    reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    warnings.warn(
        f"{settings.file.parent} is loaded by tf.saved_model.load, which takes more memory and time, because fast "
        f"loading failed ({reason})",
        RuntimeWarning,
        stacklevel=3,
    )
