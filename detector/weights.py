"""The variables of a detector by name, and initial weights from an exported detector."""

from pathlib import Path

import numpy as np
import tensorflow as tf
import tf_keras

from detector.classes import expand_classes
from engine import saved_model


def named_variables(model: tf_keras.Model) -> dict[str, tf.Variable]:
    """{path of attributes, as 'backbone.layer_with_weights-0.kernel': variable}, the same in each process."""
    return model.get_weight_paths()


def take_weights(model: tf_keras.Model, path: Path) -> None:
    """Load the weights of an exported detector with the same settings into a model; its pixel head is left as it is.

    A model with categories can start from one with parts only, and a model with box context from one without: its
    predictions are the same at first, see `expand`.

    Raises:
        ValueError: the exported detector has other settings.
    """
    stored = _named(saved_model.weights(path), model)
    own = {name: variable for name, variable in named_variables(model).items() if name in stored}
    first = {name: expand(stored[name], variable.shape) for name, variable in own.items()}
    if len(own) < len(stored) or any(own[name].shape != weight.shape for name, weight in first.items()):
        raise ValueError(f"{path}: a detector with other settings; give those of its config.json by --set")
    for name, variable in own.items():
        variable.assign(first[name])


def _named(stored: dict[str, np.ndarray], model: tf_keras.Model) -> dict[str, np.ndarray]:
    """Weights by name; detectors exported in format 1 store them by the number of the variable."""
    names = {id(variable): name for name, variable in named_variables(model).items()}
    numbered = {str(n): names[id(variable)] for n, variable in enumerate(model.variables)}
    return {numbered.get(name, name): weight for name, weight in stored.items()}


def expand(weight: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Expand a weight to the shape of a layer with more classes or more inputs; new inputs get zero weights."""
    weight = expand_classes(weight, shape)
    if weight.ndim == 2 and weight.shape[0] < shape[0]:
        return np.pad(weight, [(0, shape[0] - weight.shape[0]), (0, 0)])
    return weight
