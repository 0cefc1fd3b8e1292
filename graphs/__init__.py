"""The TensorFlow leaf: graph operations and saved graphs that detector, classifier and pipeline share."""
