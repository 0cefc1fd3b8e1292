"""The first weights of a network: those that a saved classifier has under the same names."""

from pathlib import Path

import keras

from engine import saved_model


def take_weights(model: keras.Model, path: Path) -> list[str]:
    """Give a model every weight that a saved classifier of this project has under the same name and in the same shape.

    Args:
        model: of any kind in this package; what the file lacks keeps its values.
        path: the .keras file of a training run, or the folder of an exported classifier.

    Returns:
        The layers that start anew.

    Raises:
        FileNotFoundError: there is neither.
        ValueError: the file holds no ResNet50.
    """
    if Path(path).is_dir():
        stored = saved_model.weights(Path(path))
    elif not Path(path).exists():
        raise FileNotFoundError(f"{path}: expected the .keras file of a classifier, or the folder of an exported one")
    else:
        stored = named_weights(keras.saving.load_model(path, compile=False, safe_mode=True))
    if "conv1_conv/kernel" not in stored:
        raise ValueError(f"{path}: expected a classifier of this project, got weights {sorted(stored)[:3]}")
    anew = {}
    for name, weight in named_weights(model, values=False).items():
        if name in stored and stored[name].shape == tuple(weight.shape):
            weight.assign(stored[name])
        else:
            anew[name.partition("/")[0]] = None
    return list(anew)


def named_weights(model: keras.Model, values: bool = True) -> dict:
    """{layer/weight: the weight, as an array or as the Keras variable}."""
    return {weight.path: weight.numpy() if values else weight for weight in model.weights}
