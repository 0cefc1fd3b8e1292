"""The preprocessing of keras.applications as a layer, so that every model takes RGB in 0..255."""

import keras


@keras.saving.register_keras_serializable("garments")
class Preprocess(keras.layers.Layer):
    """RGB in 0..255 -> what ResNet50 and VGG of keras.applications were trained on: BGR less the mean of ImageNet."""

    def call(self, images: keras.KerasTensor) -> keras.KerasTensor:
        """(B, H, W, 3) RGB -> (B, H, W, 3) BGR."""
        return images[..., ::-1] - keras.ops.convert_to_tensor([103.939, 116.779, 123.68])
