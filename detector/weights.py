"""The variables of a detector by name, and initial weights from an exported detector."""

import json
from pathlib import Path

import numpy as np
import tensorflow as tf
import tf_keras

from detector.classes import expand_classes
from detector.config import DetectorConfig
from detector.experiment import Data, experiment
from detector.model import built_detector
from engine import saved_model

BACKBONE = "backbone."  # begins the names of its variables


def named_variables(model: tf_keras.Model) -> dict[str, tf.Variable]:
    """{path of attributes, as 'backbone.layer_with_weights-0.kernel': variable}, the same in each process."""
    return model.get_weight_paths()


def take_weights(model: tf_keras.Model, path: Path) -> None:
    """Load the weights of an exported detector with the same settings into a model; its pixel head is left as it is.

    A model with categories can start from one with parts only, and a model with box context from one without: its
    predictions are the same at first, see `expand`. A model with masks can start from one without.

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


def take_heads(model: tf_keras.Model, path: Path) -> list[str]:
    """Load the weights of an exported detector that has another backbone; the backbone of `model` is left as it is.

    Returns:
        The names of further variables that are left, as the exported detector has none of that name and shape.
    """
    stored = weights_by_name(path)
    heads = {name: variable for name, variable in named_variables(model).items() if not name.startswith(BACKBONE)}
    taken = {name for name, variable in heads.items() if name in stored and stored[name].shape == variable.shape}
    for name in taken:
        heads[name].assign(stored[name])
    return sorted(set(heads) - taken)


def settings_of(path: Path) -> DetectorConfig:
    """The settings of an exported detector."""
    settings = json.loads((path / "config.json").read_text(encoding="utf-8"))
    return DetectorConfig(**{name: value for name, value in settings.items() if name != "format"})


def weights_by_name(path: Path) -> dict[str, np.ndarray]:
    """The weights of an exported detector by name, of any format."""
    stored = saved_model.weights(path)
    if not any(name.isdigit() for name in stored):
        return stored
    return _named(stored, built_detector(experiment(settings_of(path), Data()).task))


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
