"""Initial weights of a network, taken by name from a saved classifier."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine import saved_model

if TYPE_CHECKING:
    import keras


def wants_imagenet(weights: str | None) -> bool:
    """Whether a backbone starts with ImageNet weights.

    Raises:
        ValueError: neither 'imagenet' nor None.
    """
    if weights not in ("imagenet", None):
        raise ValueError(f"weights of a backbone: expected 'imagenet', or None for random ones, got {weights!r}")
    return weights == "imagenet"


def take_weights(model: "keras.Model", path: Path) -> list[str]:
    """Load every weight that a saved classifier of this project has under the same name and in the same shape.

    Args:
        model: a keras.Model; weights that the file lacks keep their values.
        path: the .keras file of a training run, or the folder of an exported classifier.

    Returns:
        The layers that keep their random weights.

    Raises:
        FileNotFoundError: there is neither.
        ValueError: the file holds another backbone, or none.
    """
    stored, own = _stored(Path(path)), named_weights(model, values=False)
    stem = next(name for name, weight in own.items() if len(weight.shape) == 4)  # the backbone's first convolution
    if stem not in stored:
        raise ValueError(f"{path}: expected a classifier of the same backbone, with {stem}; got {sorted(stored)[:3]}")
    random: dict[str, None] = {}
    for name, weight in own.items():
        if name in stored and stored[name].shape == tuple(weight.shape):
            weight.assign(stored[name])
        else:
            random[name.partition("/")[0]] = None
    return list(random)


def _stored(path: Path) -> dict[str, np.ndarray]:
    if path.is_dir():
        return saved_model.weights(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: expected the .keras file of a classifier, or the folder of an exported one")
    import keras

    import engine.backbones.preprocess  # noqa: F401  its layer is needed to read the file

    return named_weights(keras.saving.load_model(path, compile=False, safe_mode=True))


def named_weights(model: "keras.Model", values: bool = True) -> dict:
    """{layer/weight: the weight of a keras.Model, as an array or as the Keras variable}."""
    return {weight.path: weight.numpy() if values else weight for weight in model.weights}
