"""The variables of a detector by name, and the first weights that an exported detector gives."""

from pathlib import Path

import numpy as np
import tensorflow as tf
import tf_keras

from detector.classes import finer
from engine import saved_model


def named_variables(model: tf_keras.Model) -> dict[str, tf.Variable]:
    """{path of attributes, as 'backbone.layer_with_weights-0.kernel': variable}, the same in each process."""
    return model.get_weight_paths()


def take_weights(model: tf_keras.Model, path: Path) -> None:
    """Give a model the weights of an exported detector of the same settings; its pixel head keeps its own.

    A model that tells categories apart also takes those of one that tells parts apart, and one that sees the
    surroundings of boxes those of one that does not: both answer as that one did, see `grown`.

    Raises:
        ValueError: the exported detector has other settings.
    """
    stored = _named(saved_model.weights(path), model)
    own = {name: variable for name, variable in named_variables(model).items() if name in stored}
    first = {name: grown(stored[name], variable.shape) for name, variable in own.items()}
    if len(own) < len(stored) or any(own[name].shape != weight.shape for name, weight in first.items()):
        raise ValueError(f"{path}: a detector with other settings; give those of its config.json by --set")
    for name, variable in own.items():
        variable.assign(first[name])


def _named(stored: dict[str, np.ndarray], model: tf_keras.Model) -> dict[str, np.ndarray]:
    """Weights by name; detectors exported in format 1 have them by the number of the variable."""
    names = {id(variable): name for name, variable in named_variables(model).items()}
    numbered = {str(n): names[id(variable)] for n, variable in enumerate(model.variables)}
    return {numbered.get(name, name): weight for name, weight in stored.items()}


def grown(weight: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The weight for a layer of that shape that has more classes, or more inputs, which count for nothing yet."""
    weight = finer(weight, shape)
    if weight.ndim == 2 and weight.shape[0] < shape[0]:
        return np.pad(weight, [(0, shape[0] - weight.shape[0]), (0, 0)])
    return weight
