"""The ResNet50 that every classifier stands on, and where its first weights come from.

He et al.: Deep Residual Learning for Image Recognition, CVPR 2016; as keras.applications.ResNet50.
"""

from pathlib import Path

import keras


@keras.saving.register_keras_serializable("garments")
class Preprocess(keras.layers.Layer):
    """RGB in 0..255 -> what keras.applications.ResNet50 was trained on: BGR less the mean of ImageNet."""

    def call(self, images):
        """(B, H, W, 3) RGB -> (B, H, W, 3) BGR."""
        return images[..., ::-1] - keras.ops.convert_to_tensor([103.939, 116.779, 123.68])


def resnet50(image, weights: str | Path | None = None, norm_momentum: float = 0.99):
    """The features of an image.

    Args:
        image: Keras tensor (B, S, S, 3), RGB in 0..255.
        weights: None for random ones, 'imagenet' (fetched by Keras), or the .keras file of any classifier of this
            project, whose backbone is taken.
        norm_momentum: of the batch normalisations.

    Returns:
        Keras tensors: (B, S / 16, S / 16, 1024) and (B, S / 32, S / 32, 2048).

    Raises:
        ValueError: the file of weights holds no ResNet50.
    """
    named = weights if weights == "imagenet" else None
    network = keras.applications.ResNet50(include_top=False, weights=named, input_shape=(*image.shape[1:3], 3))
    network = keras.Model(
        network.input, [network.get_layer("conv4_block6_out").output, network.output], name="resnet50"
    )
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = norm_momentum
    if weights and not named:
        network.set_weights(backbone_of(weights).get_weights())
    return network(Preprocess(name="preprocess")(image))


def backbone_of(path: str | Path) -> keras.Model:
    """The ResNet50 inside a saved classifier."""
    model = keras.saving.load_model(path, compile=False)
    names = [layer.name for layer in model.layers]
    if "resnet50" not in names:
        raise ValueError(f"{path}: expected a model with a layer 'resnet50', got layers {names}")
    return model.get_layer("resnet50")
