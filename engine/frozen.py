"""Models as frozen graphs: one SavedModel with its weights as half-precision constants, run without Keras.

Half the size on disk, nothing to initialise, and nothing but TensorFlow operations inside. The weights become float32
again as the graph is loaded; halving them is measured to change no figure (models/README.md).
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from itertools import count
from pathlib import Path
from threading import Lock
from types import SimpleNamespace

import numpy as np

from engine.simplify import simplified
from engine.trust import ModelError, refuse_foreign_operations, verified_files

LARGE = 1024  # elements; smaller constants stay in full precision
LIFTED = 16384  # elements; smaller constants stay in the graph as it is loaded, where normalisations can be folded
FLOAT = 1  # TensorFlow's number of float32
COUNT = count()  # of the functions loaded
UNNEEDED = ("keras", "scipy", "googleapiclient")  # TensorFlow imports them where they are; exported models need none
IMPORTING = Lock()
SILENCE = SimpleNamespace(lock=Lock(), depth=0, stderr=-1)  # how many threads want it
CALLS = {"PartitionedCall", "StatefulPartitionedCall"}
CALLING = {*CALLS, "Identity", "NoOp"}  # operations of a function that only calls another
HALF = "/half"  # ends the name of a half-precision constant


class Settings(dict):
    """What the config.json of a model says, whether it has one or not."""

    def __init__(self, path: Path, text: bytes):
        super().__init__(json.loads(text))
        self.path = path

    def __missing__(self, name: str):
        raise ModelError(f"{self.path / 'config.json'}: expected {name!r} in it: export the model again")


def freeze(function: Callable, signature: list, path: Path, variables: dict | None = None) -> None:
    """Save a function of tensors, with all variables it uses, as a SavedModel; `engine.trust.seal` comes last.

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


def weights(path: Path) -> dict[str, np.ndarray]:
    """The variables of a frozen model by the names that `freeze` was given, to train on from them.

    Raises:
        FileNotFoundError: there is no model at `path`.
        ModelError: its files are not those that were exported, or its graph does more than compute.
    """
    function, *_ = _saved(path)
    constants = {node.name: node for node in function.node_def if node.op == "Const"}
    named = json.loads((path / "weights.json").read_text())
    return {name: _value(constants.get(node + HALF) or constants[node]) for name, node in named.items()}


def halved(graph):
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
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    export(args.run, args.out)
    print(f"{args.out}: {sum(f.stat().st_size for f in args.out.rglob('*') if f.is_file()) / 1e6:.0f} MB")


def load(path: Path, bfloat16: bool | Callable[[dict], bool] = True) -> Callable:
    """The function that `freeze` saved: arrays in, a dict of arrays out; its `settings` are those of config.json.

    The large weights become arguments of the function: as constants they would be copied over and over while TensorFlow
    optimises its graph (measured: 1.6 in place of 3.3 GB for the three shipped models, and a quarter less time to the
    first photo). TensorFlow is given the function as it was saved; no graph is built in Python.

    Args:
        path: the folder that `freeze` wrote.
        bfloat16: whether convolutions and the like are computed in bfloat16 where the processor can, or a function that
            says so of the settings.

    Raises:
        FileNotFoundError: there is no model at `path`.
        ModelError: its files are not those that were exported, or its graph does more than compute; or later, as
            the settings are asked for what config.json lacks.
    """
    function, names, settings = _saved(path)
    import tensorflow as tf
    from tensorflow.python.eager.context import context

    quiet = os.environ["TF_CPP_MIN_LOG_LEVEL"] == "3"
    inputs = [argument.name for argument in function.signature.input_arg]
    weights = [tf.constant(value) for value in _lift_weights(function)]
    function.signature.name = f"frozen_{next(COUNT)}"
    context().ensure_initialized()
    context().add_function_def(function)
    call = _caller(function, bfloat16(settings) if callable(bfloat16) else bfloat16)

    def run(**arrays: np.ndarray) -> dict[str, np.ndarray]:
        given = [tf.constant(arrays[name]) for name in inputs]
        with nullcontext() if run.warm or not quiet else _silence():
            found = call([*given, *weights])
        run.warm = True
        return {output: value.numpy() for output, value in zip(names, found, strict=True)}

    run.warm, run.settings = False, settings
    return run


def _caller(function, bfloat16: bool) -> Callable:
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
    kinds = [
        [argument.type for argument in side] for side in (function.signature.input_arg, function.signature.output_arg)
    ]
    attributes = ("Tin", kinds[0], "Tout", kinds[1], "f", function.signature.name, "config", "")
    attributes += ("config_proto", config.SerializeToString(), "executor_type", "")
    outputs = len(kinds[1])
    return lambda tensors: execute.execute(b"PartitionedCall", outputs, tensors, attributes, context())


def import_tensorflow():
    """TensorFlow, without packages that take as long to import as itself; they can be imported afterwards.

    Two threads that import it at the same time would wait for one another for ever.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # it greets at length otherwise
    with IMPORTING:
        absent = [name for name in UNNEEDED if name not in sys.modules and "tensorflow" not in sys.modules]
        sys.modules.update(dict.fromkeys(absent))
        try:
            import tensorflow
        finally:
            for name in absent:
                del sys.modules[name]
    return tensorflow


def _saved(path: Path) -> tuple:
    """The FunctionDef of a frozen model, the names of what it returns, and its settings, if it has any."""
    contents = verified_files(Path(path), "saved_model.pb")
    import_tensorflow()
    from tensorflow.core.protobuf import saved_model_pb2

    saved = saved_model_pb2.SavedModel.FromString(contents["saved_model.pb"]).meta_graphs[0]
    outputs = saved.signature_def["serving_default"].outputs
    function = _served(saved.graph_def, {tensor.name.partition(":")[0] for tensor in outputs.values()})
    if function is None:
        raise ModelError(f"{path}: expected a model that serves a function: export it again")
    refuse_foreign_operations(path, {node.op for node in function.node_def})
    settings = Settings(Path(path), contents.get("config.json", b"{}"))
    return function, sorted(outputs), settings


def _served(graph, names: set[str]):
    """The FunctionDef that the nodes of these names call, below those that only call another; None without a call."""
    functions = {function.signature.name: function for function in graph.library.function}
    found, nodes = None, [node for node in graph.node if node.name in names]
    while (calls := [node for node in nodes if node.op in CALLS]) and {node.op for node in nodes} <= CALLING:
        found = functions[calls[0].attr["f"].func.name]
        nodes = found.node_def
    return found


def _lift_weights(function) -> list[np.ndarray]:
    """Make the large half-precision constants of a FunctionDef its last arguments, in float32; gives their values."""
    found = {node.name: f"w{n}" for n, node in enumerate(filter(_is_half, function.node_def))}
    values = [_value(node) for node in function.node_def if node.name in found]
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


def _is_half(node) -> bool:
    if node.op != "Const" or not node.name.endswith(HALF):
        return False
    return np.prod([side.size for side in node.attr["value"].tensor.tensor_shape.dim]) >= LIFTED


def _value(node) -> np.ndarray:
    import tensorflow as tf

    return tf.make_ndarray(node.attr["value"].tensor).astype(np.float32)


@contextmanager
def _silence():
    """Nothing reaches stderr: what TensorFlow says as it optimises a graph, which none of its options turns off."""
    with SILENCE.lock:
        if not SILENCE.depth:
            SILENCE.stderr, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, 2)
            os.close(nothing)
        SILENCE.depth += 1
    try:
        yield
    finally:
        with SILENCE.lock:
            SILENCE.depth -= 1
            if not SILENCE.depth:
                os.dup2(SILENCE.stderr, 2)
                os.close(SILENCE.stderr)
