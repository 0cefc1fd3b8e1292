"""Simplifying a graph once at export, so that TensorFlow does not have to at every start."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tensorflow.core.framework.graph_pb2 import GraphDef

OPTIMIZERS = (  # valid for any processor
    "constfold", "arithmetic", "loop", "dependency", "common_subgraph_elimination", "shape", "pruning",
)  # fmt: skip


def simplified(graph: "GraphDef", ends: list[str], weights: set[str]) -> "GraphDef":
    """An equivalent GraphDef with constants folded and common subexpressions merged.

    Weights keep their values and names: they pass through as unknown inputs.

    Args:
        graph: a GraphDef.
        ends: tensor names of its inputs and outputs.
        weights: names of its constants that are weights.
    """
    from tensorflow.core.protobuf import config_pb2, meta_graph_pb2, rewriter_config_pb2
    from tensorflow.python.grappler import tf_optimizer

    meta = meta_graph_pb2.MetaGraphDef(graph_def=graph)
    meta.collection_def["train_op"].node_list.value.extend(ends)  # where the optimizer looks for the requested outputs
    stored = {node.name: node for node in graph.node if node.name in weights}
    for node in [node for node in meta.graph_def.node if node.name in stored]:
        node.op = "Placeholder"
        node.attr["shape"].shape.CopyFrom(node.attr["value"].tensor.tensor_shape)
        del node.attr["value"]
    config = config_pb2.ConfigProto()
    options = config.graph_options.rewrite_options
    options.optimizers.extend(OPTIMIZERS)
    options.meta_optimizer_iterations = rewriter_config_pb2.RewriterConfig.TWO
    result = tf_optimizer.OptimizeGraph(config, meta)
    for node in [node for node in result.node if node.name in stored]:
        node.CopyFrom(stored[node.name])
    return result
