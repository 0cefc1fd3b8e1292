import numpy as np

from engine.simplify import simplified


def test_a_simplified_graph_computes_the_same_with_fewer_nodes_and_keeps_its_weights():
    import tensorflow as tf

    graph = tf.Graph()
    with graph.as_default():
        x = tf.compat.v1.placeholder(tf.float32, [None, 3], "x")
        w = tf.constant(np.arange(6, dtype=np.float32).reshape(3, 2), name="w")
        scale = tf.exp(tf.constant([1.0, 2.0])) - 1.0
        y = tf.add(tf.matmul(x, w) * scale, tf.matmul(x, w) * scale, "y")
    before = graph.as_graph_def()
    after = simplified(before, [x.name, y.name], {"w"})

    operations = [node.op for node in after.node]
    assert "Exp" not in operations and operations.count("MatMul") == 1 and len(after.node) < len(before.node)
    kept = {node.name: node for node in after.node}["w"]
    assert np.array_equal(tf.make_ndarray(kept.attr["value"].tensor), np.arange(6).reshape(3, 2))
    given = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    answers = []
    for definition in (before, after):
        with tf.Graph().as_default() as loaded, tf.compat.v1.Session() as session:
            tf.import_graph_def(definition, name="")
            answers.append(session.run("y:0", {loaded.get_tensor_by_name("x:0"): given}))
    assert np.allclose(*answers, rtol=1e-6)
