"""The fast way of loading: TensorFlow is handed the function of a model as it was saved, no graph is built in Python.

It uses parts of TensorFlow that are not public, so only with versions it was tried with; `engine.load` knows what to do
where it fails.
"""

from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from engine.saved_model import HALF, Saved, value

if TYPE_CHECKING:
    from tensorflow.core.framework.function_pb2 import FunctionDef
    from tensorflow.core.framework.node_def_pb2 import NodeDef

TRIED = ("2.20",)  # versions of TensorFlow
LIFTED = 16384  # elements; smaller constants stay in the graph as it is loaded, where normalisations can be folded
FLOAT = 1  # TensorFlow's number of float32
COUNT = count()  # of the functions loaded


def fast_function(saved: Saved, bfloat16: bool) -> Callable[[dict], dict]:
    """A function of {input: array} that gives {output: array}.

    The large weights become arguments of the function: as constants they would be copied over and over while TensorFlow
    optimises its graph (measured: 1.6 in place of 3.3 GB for the three shipped models, and a quarter less time to the
    first photo).

    Args:
        saved: the model; its FunctionDef is changed.
        bfloat16: whether convolutions and the like are computed in bfloat16 where the processor can.

    Raises:
        RuntimeError: it was not tried with this version of TensorFlow.
        Exception: nearly any, where TensorFlow has changed within.
    """
    import tensorflow as tf
    from tensorflow.python.eager.context import context

    if tf.__version__.rpartition(".")[0] not in TRIED:
        raise RuntimeError(f"TensorFlow {tf.__version__} is none of those it was tried with ({', '.join(TRIED)})")
    function, outputs = saved.function, saved.outputs  # `run` holds no FunctionDef: its weights would stay in memory
    inputs = [argument.name for argument in function.signature.input_arg]
    weights = [tf.constant(array) for array in _lift_weights(function)]
    function.signature.name = f"frozen_{next(COUNT)}"
    context().ensure_initialized()
    context().add_function_def(function)
    call = _caller(function, bfloat16)

    def run(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        found = call([*(tf.constant(arrays[name]) for name in inputs), *weights])
        return {output: tensor.numpy() for output, tensor in zip(outputs, found, strict=True)}

    return run


def _caller(function: "FunctionDef", bfloat16: bool) -> Callable:
    """A function of a list of tensors that calls a FunctionDef TensorFlow has been given, in that precision.

    In float32 the graph is left as it was simplified at export, but for layers that the processor computes as one and,
    on a GPU, the order of their axes.
    """
    import tensorflow as tf
    from tensorflow.core.protobuf.rewriter_config_pb2 import RewriterConfig
    from tensorflow.python.eager import execute
    from tensorflow.python.eager.context import context

    config = context().config
    options = config.graph_options.rewrite_options
    if bfloat16:
        options.auto_mixed_precision_onednn_bfloat16 = RewriterConfig.ON
    else:
        on_gpu = ["layout"] if tf.config.list_physical_devices("GPU") else []
        options.optimizers.extend([*on_gpu, "remap"])
    sides = function.signature.input_arg, function.signature.output_arg
    types = [[argument.type for argument in side] for side in sides]
    attributes = (
        "Tin", types[0], "Tout", types[1], "f", function.signature.name, "config", "",
        "config_proto", config.SerializeToString(), "executor_type", "",
    )  # fmt: skip
    return lambda tensors: execute.execute(b"PartitionedCall", len(types[1]), tensors, attributes, context())


def _lift_weights(function: "FunctionDef") -> list[np.ndarray]:
    """Make the large half-precision constants of a FunctionDef its last arguments, in float32; gives their values."""
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
    return np.prod([side.size for side in node.attr["value"].tensor.tensor_shape.dim]) >= LIFTED
