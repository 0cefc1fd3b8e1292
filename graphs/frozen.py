"""Models as frozen graphs: one SavedModel with its weights as half-precision constants, run without Keras.

Half the size on disk, nothing to initialise, and nothing but TensorFlow operations inside. The weights become float32
again as the graph is loaded; halving them is measured to change no figure (models/README.md).
"""

import argparse
import json
import os
from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np

LARGE = 1024  # elements; smaller constants stay in full precision


def freeze(function: Callable, signature: list, path: Path, variables: dict | None = None) -> None:
    """Save a function of tensors, with all variables it uses, as a SavedModel.

    Args:
        function: takes tensors as `signature` says and returns a dict of tensors.
        signature: the tf.TensorSpecs of its arguments, each with a name.
        path: the folder to write.
        variables: {name: tf.Variable}, those that `weights` gives back.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    concrete = tf.function(function, input_signature=signature).get_concrete_function()
    names = sorted(concrete.structured_outputs)
    frozen = convert_variables_to_constants_v2(concrete)
    inputs = [tensor.name for tensor in frozen.inputs]
    outputs = [tensor.name for tensor in frozen.outputs]
    graph = halved(frozen.graph.as_graph_def())
    pruned = tf.compat.v1.wrap_function(lambda: tf.graph_util.import_graph_def(graph, name=""), []).prune(
        inputs, outputs
    )

    module = tf.Module()
    module.serve = tf.function(lambda *args: dict(zip(names, pruned(*args), strict=True)), input_signature=signature)
    tf.saved_model.save(module, str(path), signatures={"serving_default": module.serve})
    handles = {id(outside): inside.op.name for outside, inside in concrete.graph.captures}
    nodes = {name: handles.get(id(variable.handle)) for name, variable in (variables or {}).items()}
    (path / "weights.json").write_text(json.dumps({name: node for name, node in nodes.items() if node}, indent=0))


def weights(path: Path) -> dict[str, np.ndarray]:
    """The variables of a frozen model by the names that `freeze` was given, to train on from them.

    Raises:
        FileNotFoundError: there is no model at `path`.
    """
    _expect_model(path)
    import tensorflow as tf
    from tensorflow.core.protobuf import saved_model_pb2

    saved = saved_model_pb2.SavedModel.FromString((path / "saved_model.pb").read_bytes())
    functions = saved.meta_graphs[0].graph_def.library.function
    constants = {node.name: node for f in functions for node in f.node_def if node.op == "Const"}
    named = json.loads((path / "weights.json").read_text())
    found = {name: constants.get(f"{node}/half") or constants[node] for name, node in named.items()}
    return {name: tf.make_ndarray(node.attr["value"].tensor).astype(np.float32) for name, node in found.items()}


def halved(graph):
    """A GraphDef whose large float32 constants are stored as float16 and cast back."""
    import tensorflow as tf

    result = tf.compat.v1.GraphDef()
    result.CopyFrom(graph)
    for nodes in (result.node, *(function.node_def for function in result.library.function)):
        for node in [node for node in nodes if _is_large(node)]:
            half = nodes.add()
            half.CopyFrom(node)
            half.name = node.name + "/half"
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


def _is_large(node) -> bool:
    import tensorflow as tf

    if node.op != "Const" or node.attr["dtype"].type != tf.float32.as_datatype_enum:
        return False
    values = tf.make_ndarray(node.attr["value"].tensor)
    return values.size >= LARGE and np.abs(values).max() < np.finfo(np.float16).max


def export_command(description: str, package: str, export: Callable, arguments: list[str] | None) -> None:
    """The command line of an export: --run and --out; `export` takes both and writes the SavedModel."""
    parser = argparse.ArgumentParser(prog=f"python -m {package}.export", description=description.partition(":")[0])
    parser.add_argument("--run", type=Path, required=True, help=f"the --out of python -m {package}.train")
    parser.add_argument("--out", type=Path, required=True, help="folder of the SavedModel")
    args = parser.parse_args(arguments)
    export(args.run, args.out)
    print(f"{args.out}: {sum(f.stat().st_size for f in args.out.rglob('*') if f.is_file()) / 1e6:.0f} MB")


def load(path: Path) -> Callable:
    """The function that `freeze` saved: arrays in, a dict of arrays out.

    Raises:
        FileNotFoundError: there is no model at `path`.
    """
    _expect_model(path)
    quiet = os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3") == "3"  # TensorFlow greets at length otherwise
    import tensorflow as tf

    tf.config.optimizer.set_experimental_options({"auto_mixed_precision_onednn_bfloat16": True})
    model = tf.saved_model.load(str(path))
    serve = model.signatures["serving_default"]

    def run(**arrays: np.ndarray) -> dict[str, np.ndarray]:
        with nullcontext() if run.warm or not quiet else _silence():
            found = {name: value.numpy() for name, value in serve(**arrays).items()}
        run.warm = True
        return found

    run.warm = False
    run.model = model  # a signature does not keep the model it came from alive
    return run


@contextmanager
def _silence():
    """Nothing reaches stderr: what TensorFlow says as it optimises a graph, which none of its options turns off."""
    stderr, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nothing)


def _expect_model(path: Path) -> None:
    if not (Path(path) / "saved_model.pb").exists():
        raise FileNotFoundError(f"no model in {path}: expected a SavedModel written by an export command")
