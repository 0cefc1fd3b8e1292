"""The ResNet50 that every classifier stands on.

He et al.: Deep Residual Learning for Image Recognition, CVPR 2016; as keras.applications.ResNet50.
"""

import keras


@keras.saving.register_keras_serializable("garments")
class Preprocess(keras.layers.Layer):
    """RGB in 0..255 -> what keras.applications.ResNet50 was trained on: BGR less the mean of ImageNet."""

    def call(self, images):
        """(B, H, W, 3) RGB -> (B, H, W, 3) BGR."""
        return images[..., ::-1] - keras.ops.convert_to_tensor([103.939, 116.779, 123.68])


LEVELS = {"2": "conv2_block3_out", "3": "conv3_block4_out", "4": "conv4_block6_out", "5": "conv5_block3_out"}


def resnet50(
    image: keras.KerasTensor, weights: str | None = None, norm_momentum: float = 0.99
) -> dict[str, keras.KerasTensor]:
    """The features of an image.

    Args:
        image: Keras tensor (B, S, S, 3), RGB in 0..255.
        weights: 'imagenet' (fetched by Keras), or None for random ones: each residual branch begins at zero, as in
            Goyal et al.: Accurate, Large Minibatch SGD, 2017.
        norm_momentum: of the batch normalisations.

    Returns:
        {level: (B, S / stride, S / stride, C)}: '2' at stride 4 with 256 channels, '3' at 8 with 512, '4' at 16 with
        1024, '5' at 32 with 2048.
    """
    network = keras.applications.ResNet50(include_top=False, weights=weights, input_shape=(*image.shape[1:3], 3))
    levels = {level: network.get_layer(name).output for level, name in LEVELS.items()}
    network = keras.Model(network.input, levels, name="resnet50")
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = norm_momentum
            if not weights and layer.name.endswith("_3_bn"):
                layer.gamma.assign(keras.ops.zeros_like(layer.gamma))
    return network(Preprocess(name="preprocess")(image))
