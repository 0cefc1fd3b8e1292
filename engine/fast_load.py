"""Fast loading: TensorFlow gets the function of a model as it was saved, without building a graph in Python.

It uses private parts of TensorFlow, so it is limited to tested versions; `engine.load` falls back where it fails.
"""

from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from engine.saved_model import HALF, Saved, value

if TYPE_CHECKING:
    from tensorflow.core.framework.function_pb2 import FunctionDef
    from tensorflow.core.framework.node_def_pb2 import NodeDef

TESTED = ("2.20",)  # versions of TensorFlow
MIN_LIFTED = 16384  # elements; smaller constants stay in the graph, where normalisations can be folded
FLOAT = 1  # TensorFlow's number of float32
COUNT = count()  # of the functions loaded


def fast_function(saved: Saved) -> Callable[[dict], dict]:
    """A function of {input: array} that gives {output: array}.

    The large weights become arguments of the function: as constants they would be copied repeatedly while TensorFlow
    optimises its graph (measured: 1.6 instead of 3.3 GB for the three shipped models, and a quarter less time to the
    first photo).

    Args:
        saved: the model; its FunctionDef is changed.

    Raises:
        RuntimeError: it was not tested with this version of TensorFlow.
        Exception: nearly any, where internals of TensorFlow have changed.
    """
    import tensorflow as tf
    from tensorflow.python.eager.context import context

    if tf.__version__.rpartition(".")[0] not in TESTED:
        raise RuntimeError(f"TensorFlow {tf.__version__} is not one of the tested versions ({', '.join(TESTED)})")
    function, outputs = saved.function, saved.outputs  # `run` holds no FunctionDef: its weights would stay in memory
    inputs = [argument.name for argument in function.signature.input_arg]
    weights = [tf.constant(array) for array in _lift_weights(function)]
    function.signature.name = f"frozen_{next(COUNT)}"
    context().ensure_initialized()
    context().add_function_def(function)
    call = _caller(function)

    def run(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        found = call([*(tf.constant(arrays[name]) for name in inputs), *weights])
        return {output: tensor.numpy() for output, tensor in zip(outputs, found, strict=True)}

    return run


def _caller(function: "FunctionDef") -> Callable:
    """A function of a list of tensors that calls a FunctionDef registered in TensorFlow.

    The graph stays as simplified at export, except that layers are fused and, on a GPU, their axes ordered.
    """
    import tensorflow as tf
    from tensorflow.python.eager import execute
    from tensorflow.python.eager.context import context

    config = context().config
    on_gpu = ["layout"] if tf.config.list_physical_devices("GPU") else []
    config.graph_options.rewrite_options.optimizers.extend([*on_gpu, "remap"])
    sides = function.signature.input_arg, function.signature.output_arg
    types = [[argument.type for argument in side] for side in sides]
    attributes = (
        "Tin", types[0], "Tout", types[1], "f", function.signature.name, "config", "",
        "config_proto", config.SerializeToString(), "executor_type", "",
    )  # fmt: skip
    return lambda tensors: execute.execute(b"PartitionedCall", len(types[1]), tensors, attributes, context())


def _lift_weights(function: "FunctionDef") -> list[np.ndarray]:
    """Make the large half-precision constants of a FunctionDef its last arguments, in float32; return their values."""
    found = {node.name: f"w{n}" for n, node in enumerate(filter(_is_half, function.node_def))}
    values = [value(node) for node in function.node_def if node.name in found]
    for node in function.node_def:
        source = node.input[0].split(":")[0] if node.op == "Cast" else None
        if source in found:
            node.input[0] = found[source]
            node.attr["SrcT"].type = FLOAT
    kept = [node for node in function.node_def if node.name not in found]
    del function.node_def[:]
    function.node_def.extend(kept)
    for name in found.values():
        function.signature.input_arg.add(name=name, type=FLOAT)
    return values


def _is_half(node: "NodeDef") -> bool:
    if node.op != "Const" or not node.name.endswith(HALF):
        return False
    return np.prod([side.size for side in node.attr["value"].tensor.tensor_shape.dim]) >= MIN_LIFTED
