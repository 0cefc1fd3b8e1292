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
