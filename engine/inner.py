"""Tensors from inside an exported model, such as the feature pyramid of a detector, as a function of its inputs."""

from pathlib import Path
from typing import Any

from engine.checksums import ModelError
from engine.saved_model import read


def inner_function(path: Path, nodes: list[str]) -> Any:
    """A TensorFlow function of the inputs of an exported model, in its order, that gives outputs of inner nodes.

    What these do not need is not computed. It may be called in a `tf.function`, and exported with it.

    Args:
        path: the folder of the model.
        nodes: their names; of each the first output is given.

    Raises:
        FileNotFoundError: there is no model at `path`.
        ModelError: it has no such node, or as `engine.saved_model.read`.
    """
    import tensorflow as tf
    from tensorflow.python.framework.function_def_to_graph import function_def_to_graph_def

    function = read(path).function
    there = {node.name for node in function.node_def}
    if missing := [node for node in nodes if node not in there]:
        raise ModelError(f"{path}: expected a node {missing[0]!r} in its graph: export the model again")
    graph, _ = function_def_to_graph_def(function)
    imported = tf.compat.v1.wrap_function(lambda: tf.graph_util.import_graph_def(graph, name=""), [])
    inputs = [f"{argument.name}:0" for argument in function.signature.input_arg]
    return imported.prune(inputs, [f"{node}:0" for node in nodes])
