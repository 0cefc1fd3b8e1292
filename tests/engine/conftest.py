"""A small exported model with all that matters: a loop, weights that fit half precision and that do not."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest


class Exported(NamedTuple):
    """The folder of a model and the variables it was exported with."""

    path: Path
    matrix: np.ndarray
    loose: np.ndarray


@pytest.fixture(scope="session")
def exported(tmp_path_factory) -> Exported:
    """A model that gives sum = matrix x + y, large = loose x and first = the first column of x."""
    import tensorflow as tf

    from engine.export import freeze

    rng = np.random.default_rng(0)
    matrix = tf.Variable(rng.normal(size=(512, 256)).astype(np.float32))
    unused = tf.Variable([1.0])
    loose = tf.Variable(rng.normal(size=(512, 256)).astype(np.float32) * 1e5)  # beyond half precision
    path = tmp_path_factory.mktemp("model") / "exported"

    def function(x, y):
        looped = tf.map_fn(lambda row: tf.linalg.matvec(matrix, row, transpose_a=True), x)
        return {"sum": looped + y, "large": tf.matmul(x, loose), "first": x[:, :1]}

    signature = [tf.TensorSpec([None, 512], tf.float32, "x"), tf.TensorSpec([None, 256], tf.float32, "y")]
    freeze(function, signature, path, {"size": 512}, {"matrix": matrix, "loose": loose, "unused": unused})
    return Exported(path, matrix.numpy(), loose.numpy())


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    """Inputs of that model."""
    x = np.random.default_rng(1).normal(size=(5, 512)).astype(np.float32)
    return {"x": x, "y": np.ones((5, 256), np.float32)}
