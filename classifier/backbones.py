"""The ResNet50 that every classifier stands on, and where its first weights come from.

He et al.: Deep Residual Learning for Image Recognition, CVPR 2016; as keras.applications.ResNet50.
"""

from pathlib import Path

import keras

from graphs import frozen


@keras.saving.register_keras_serializable("garments")
class Preprocess(keras.layers.Layer):
    """RGB in 0..255 -> what keras.applications.ResNet50 was trained on: BGR less the mean of ImageNet."""

    def call(self, images):
        """(B, H, W, 3) RGB -> (B, H, W, 3) BGR."""
        return images[..., ::-1] - keras.ops.convert_to_tensor([103.939, 116.779, 123.68])


def resnet50(image, weights: str | None = None, norm_momentum: float = 0.99):
    """The features of an image.

    Args:
        image: Keras tensor (B, S, S, 3), RGB in 0..255.
        weights: 'imagenet' (fetched by Keras), or None for random ones: each residual branch begins at zero, as in
            Goyal et al.: Accurate, Large Minibatch SGD, 2017.
        norm_momentum: of the batch normalisations.

    Returns:
        Keras tensors: (B, S / 16, S / 16, 1024) and (B, S / 32, S / 32, 2048).
    """
    network = keras.applications.ResNet50(include_top=False, weights=weights, input_shape=(*image.shape[1:3], 3))
    network = keras.Model(
        network.input, [network.get_layer("conv4_block6_out").output, network.output], name="resnet50"
    )
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = norm_momentum
            if not weights and layer.name.endswith("_3_bn"):
                layer.gamma.assign(keras.ops.zeros_like(layer.gamma))
    return network(Preprocess(name="preprocess")(image))


def take_weights(model: keras.Model, path: Path) -> list[str]:
    """Give a model every weight that a saved classifier of this project has under the same name and in the same shape.

    Args:
        model: of any kind in this package; what the file lacks keeps its values.
        path: the .keras file of a training run, or the folder of an exported classifier.

    Returns:
        The layers that start anew.

    Raises:
        FileNotFoundError: there is neither.
        ValueError: the file holds no ResNet50.
    """
    if Path(path).is_dir():
        stored = frozen.weights(Path(path))
    elif not Path(path).exists():
        raise FileNotFoundError(f"{path}: expected the .keras file of a classifier, or the folder of an exported one")
    else:
        stored = named_weights(keras.saving.load_model(path, compile=False, safe_mode=True))
    if "conv1_conv/kernel" not in stored:
        raise ValueError(f"{path}: expected a classifier of this project, got weights {sorted(stored)[:3]}")
    anew = {}
    for name, weight in named_weights(model, values=False).items():
        if name in stored and stored[name].shape == tuple(weight.shape):
            weight.assign(stored[name])
        else:
            anew[name.partition("/")[0]] = None
    return list(anew)


def named_weights(model: keras.Model, values: bool = True) -> dict:
    """{layer/weight: the weight, as an array or as the Keras variable}."""
    return {weight.path: weight.numpy() if values else weight for weight in model.weights}
