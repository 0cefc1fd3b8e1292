"""Reading the files of an exported model: settings, function and weights, checked; nothing is run."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import numpy as np

from engine.checksums import ModelError, verified_files
from engine.startup import import_tensorflow

if TYPE_CHECKING:
    from tensorflow.core.framework.function_pb2 import FunctionDef
    from tensorflow.core.framework.graph_pb2 import GraphDef
    from tensorflow.core.framework.node_def_pb2 import NodeDef

FORMAT = 2  # of exported models; 1, absent from config.json, has the detector's weights under numbers
HALF = "/half"  # ends the name of a half-precision constant
CALLS = {"PartitionedCall", "StatefulPartitionedCall"}
CALLING = {*CALLS, "Identity", "NoOp"}  # operations of a function that only calls another
COMPUTING = {  # TensorFlow's groups of operations that only compute, not those of files and code
    f"tensorflow.python.ops.gen_{group}_ops" for group in ("array", "control_flow", "image", "list", "math", "nn")
}
FUNCTIONS = {"user_object", "function", "bare_concrete_function"}  # types of objects in a SavedModel
REFUSED = {"Abort", "ImmutableConst"}  # end the process; read a file


class Settings(dict[str, Any]):
    """The config.json of a model.

    Attributes:
        file: its path.
    """

    def __init__(self, file: Path, text: bytes):
        """Args: file: its path; text: its content.

        Raises:
            ModelError: it is no JSON object, or its format is newer than FORMAT.
        """
        self.file = file
        try:
            super().__init__(json.loads(text))
        except ValueError as error:
            raise ModelError(f"{file}: expected a JSON object: export the model again") from error
        if not isinstance(number := self.get("format", 1), int) or number > FORMAT:
            remedy = "update this project, or export the model again with this version of it"
            raise ModelError(f"{file}: expected a format up to {FORMAT}, got {number!r}: {remedy}")

    def __missing__(self, name: str) -> NoReturn:
        raise ModelError(f"{self.file}: expected {name!r} in it: export the model again")


class Saved(NamedTuple):
    """The content of the files of an exported model.

    Attributes:
        function: the FunctionDef that is served.
        outputs: the names of its outputs, in its order.
        settings: of its config.json.
    """

    function: "FunctionDef"
    outputs: list[str]
    settings: Settings


def read(path: Path) -> Saved:
    """Read an exported model.

    Raises:
        FileNotFoundError: there is no model at `path`.
        ModelError: its files have changed since the export, its format is unknown, or its graph does more than compute.
    """
    path = Path(path)
    contents = verified_files(path, "saved_model.pb")
    settings = Settings(path / "config.json", contents.get("config.json", b"{}"))
    import_tensorflow()
    from tensorflow.core.protobuf import saved_model_pb2

    saved = saved_model_pb2.SavedModel.FromString(contents["saved_model.pb"]).meta_graphs[0]
    _refuse_objects(path, {node.WhichOneof("kind") for node in saved.object_graph_def.nodes})
    outputs = saved.signature_def["serving_default"].outputs
    function = _served(saved.graph_def, {tensor.name.partition(":")[0] for tensor in outputs.values()})
    if function is None:
        raise ModelError(f"{path}: expected a model that serves a function: export it again")
    refuse_foreign_operations(path, {node.op for node in function.node_def})
    return Saved(function, sorted(outputs), settings)


def without_outputs(saved: Saved, names: Collection[str]) -> Saved:
    """A model without some of its outputs, if it has them; what only they need is then not computed.

    Args:
        saved: the model; its FunctionDef is changed.
        names: of the outputs.
    """
    function = saved.function
    for name, argument in list(zip(saved.outputs, function.signature.output_arg, strict=True)):
        if name in names:
            del function.ret[argument.name]
            function.signature.output_arg.remove(argument)
    return saved._replace(outputs=[name for name in saved.outputs if name not in names])


def weights(path: Path) -> dict[str, np.ndarray]:
    """The variables of an exported model by the names that `engine.export.freeze` was given.

    Raises:
        FileNotFoundError: there is no model at `path`.
        ModelError: as `read`.
    """
    constants = {node.name: node for node in read(path).function.node_def if node.op == "Const"}
    named = json.loads((path / "weights.json").read_text())
    return {name: value(constants.get(node + HALF) or constants[node]) for name, node in named.items()}


def value(node: "NodeDef") -> np.ndarray:
    """The value of a Const node, in float32."""
    import tensorflow as tf

    return tf.make_ndarray(node.attr["value"].tensor).astype(np.float32)


def refuse_foreign_operations(path: Path, operations: set[str]) -> None:
    """Refuse operations that do more than compute: those that touch files, run code or keep state.

    Raises:
        ModelError: there are such operations.
    """
    import tensorflow as tf

    groups = {name: getattr(getattr(tf.raw_ops, name, None), "__module__", None) for name in operations}
    foreign = sorted(name for name, group in groups.items() if group not in COMPUTING or name in REFUSED)
    if foreign:
        raise ModelError(
            f"{path}: expected a graph that only computes, got {', '.join(foreign)}: do not use this model"
        )


def _refuse_objects(path: Path, types: set[str]) -> None:
    """Refuse objects other than functions: tables, files and the like act as soon as they are loaded."""
    if foreign := sorted(types - FUNCTIONS):
        raise ModelError(
            f"{path}: expected a model of functions alone, got {', '.join(foreign)}: do not use this model"
        )


def _served(graph: "GraphDef", names: set[str]) -> "FunctionDef | None":
    """The FunctionDef that the nodes of these names call, below those that only call another; None without a call."""
    functions = {function.signature.name: function for function in graph.library.function}
    found, nodes = None, [node for node in graph.node if node.name in names]
    while (calls := [node for node in nodes if node.op in CALLS]) and {node.op for node in nodes} <= CALLING:
        found = functions[calls[0].attr["f"].func.name]
        nodes = found.node_def
    return found
