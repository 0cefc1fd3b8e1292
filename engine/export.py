"""Exporting a model: one SavedModel with its weights as half-precision constants, run without Keras.

It has half the size on disk, needs no initialisation, and holds TensorFlow operations only. The weights become float32
again when the graph is loaded; half precision was measured to change no figure (models/README.md).
"""

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.checksums import seal
from engine.saved_model import FORMAT, HALF
from engine.simplify import simplified

if TYPE_CHECKING:
    from tensorflow.core.framework.graph_pb2 import GraphDef
    from tensorflow.core.framework.node_def_pb2 import NodeDef

LARGE = 1024  # elements; smaller constants stay in full precision


def best_epoch(run: Path) -> Path:
    """The file of the best epoch of a training run.

    Raises:
        FileNotFoundError: there is none yet.
    """
    best = run / "best.keras"
    if not best.exists():
        raise FileNotFoundError(f"{best} does not exist: train first, until the first epoch ends")
    return best


def freeze(function: Callable, signature: list, path: Path, settings: dict, variables: dict | None = None) -> None:
    """Save a function of tensors, with all variables it uses, as a SavedModel with its settings and checksums.

    Args:
        function: takes tensors of `signature` and returns a dict of tensors.
        signature: the tf.TensorSpecs of its arguments, each with a name.
        path: the folder to write.
        settings: the entries of config.json besides the format.
        variables: {name: tf.Variable}, which `engine.saved_model.weights` reads back.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    concrete = tf.function(function, input_signature=signature).get_concrete_function()
    names = sorted(concrete.structured_outputs)
    handles = {id(outside): inside.op.name for outside, inside in concrete.graph.captures}
    captured = {name: id(variable.handle) for name, variable in (variables or {}).items()}
    nodes = {name: handles[outside] for name, outside in captured.items() if outside in handles}

    frozen = convert_variables_to_constants_v2(concrete)
    inputs = [tensor.name for tensor in frozen.inputs]
    outputs = [tensor.name for tensor in frozen.outputs]
    graph = halved(simplified(frozen.graph.as_graph_def(), inputs + outputs, set(nodes.values())))
    pruned = tf.compat.v1.wrap_function(lambda: tf.graph_util.import_graph_def(graph, name=""), []).prune(
        inputs, outputs
    )

    module = tf.Module()
    module.serve = tf.function(lambda *args: dict(zip(names, pruned(*args), strict=True)), input_signature=signature)
    tf.saved_model.save(module, str(path), signatures={"serving_default": module.serve})
    (path / "weights.json").write_text(json.dumps(nodes, indent=0))
    (path / "config.json").write_text(json.dumps({"format": FORMAT, **settings}, indent=1))
    seal(path)


def halved(graph: "GraphDef") -> "GraphDef":
    """A GraphDef whose large float32 constants are stored as float16 and cast back."""
    import tensorflow as tf

    result = tf.compat.v1.GraphDef()
    result.CopyFrom(graph)
    for nodes in (result.node, *(function.node_def for function in result.library.function)):
        for node in [node for node in nodes if _is_large(node)]:
            half = nodes.add()
            half.CopyFrom(node)
            half.name = node.name + HALF
            values = tf.make_ndarray(node.attr["value"].tensor)
            half.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(values.astype(np.float16)))
            half.attr["dtype"].type = tf.float16.as_datatype_enum
            in_function = nodes is not result.node
            node.op = "Cast"
            node.ClearField("attr")
            node.attr["SrcT"].type = tf.float16.as_datatype_enum
            node.attr["DstT"].type = tf.float32.as_datatype_enum
            node.input.append(half.name + (":output:0" if in_function else ""))
    return result


def _is_large(node: "NodeDef") -> bool:
    import tensorflow as tf

    if node.op != "Const" or node.attr["dtype"].type != tf.float32.as_datatype_enum:
        return False
    values = tf.make_ndarray(node.attr["value"].tensor)
    return values.size >= LARGE and np.abs(values).max() < np.finfo(np.float16).max


def export_command(
    description: str, package: str, export: Callable, arguments: list[str] | None, flags: dict[str, str] | None = None
) -> None:
    """The command line of an export.

    Args:
        description: what it does, then a colon.
        package: of the command.
        export: function of --run and --out, and of the flags by name, that writes the SavedModel.
        arguments: of the command line, by default those of the process.
        flags: {name: help}.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {package}.export", description=description.partition(":")[0])
    parser.add_argument("--run", type=Path, required=True, help=f"the --out of python -m {package}.train")
    parser.add_argument("--out", type=Path, required=True, help="folder of the SavedModel")
    for name, words in (flags or {}).items():
        parser.add_argument(f"--{name}", action="store_true", help=words)
    args = parser.parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    export(args.run, args.out, **{name: getattr(args, name) for name in flags or {}})
    print(f"{args.out}: {sum(f.stat().st_size for f in args.out.rglob('*') if f.is_file()) / 1e6:.0f} MB")
