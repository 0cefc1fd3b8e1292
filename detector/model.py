"""The Model Garden's Faster R-CNN, on a backbone of this project where the settings name one; tf_keras, as it is."""

import numpy as np
import tensorflow as tf
import tf_keras
from official.vision.modeling import factory
from official.vision.ops import preprocess_ops

from detector.layers import adapt
from engine.backbones.efficientnet_lite import VERSIONS, pyramid


def build_detector(config) -> tf_keras.Model:
    """The model of a GarmentTaskConfig, with random weights; its heads get theirs as it is called first."""
    specification = tf_keras.layers.InputSpec(shape=[None, *config.model.input_size])
    decay = tf_keras.regularizers.l2(config.losses.l2_weight_decay / 2)  # as tf.nn.l2_loss
    backbone = None  # the library's own
    if config.backbone in VERSIONS:
        momentum = config.model.norm_activation.norm_momentum
        backbone = lite_backbone(
            VERSIONS[config.backbone], config.model.input_size, momentum, decay, config.backbone_rate
        )
    return adapt(factory.build_maskrcnn(specification, config.model, decay, backbone), config)


class Pyramid(tf_keras.Model):
    """A backbone as the library takes it."""

    @property
    def output_specs(self) -> dict[str, tf.TensorShape]:
        """The shape of each level."""
        return {level: tensor.shape for level, tensor in self.output.items()}


def lite_backbone(version: int, size: list[int], momentum: float, regularizer, rate: float) -> Pyramid:
    """EfficientNet-Lite on photos normalised as the library does it: (B, H, W, 3) -> {'2': ..., '5': features}.

    Args:
        version: 0, 1 or 2.
        size: (height, width, 3) of the photos.
        momentum: of the batch normalisations.
        regularizer: of the convolutions that are not depthwise.
        rate: share of the gradient that reaches it.
    """
    image = tf_keras.Input(size, name="image")
    scale = np.array(preprocess_ops.STDDEV_RGB) / 128
    offset = (np.array(preprocess_ops.MEAN_RGB) - 127) / 128
    scaled = tf_keras.layers.Rescaling(scale.tolist(), offset.tolist())(image)
    levels = pyramid(tf_keras, scaled, version, momentum, regularizer)
    return Pyramid(image, {level: SlowGradient(rate, name=f"slow_{level}")(x) for level, x in levels.items()})


class SlowGradient(tf_keras.layers.Layer):
    """The identity, whose gradient is scaled, so that what lies before it learns at a share of the learning rate."""

    def __init__(self, rate: float, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, x):
        """(...) -> the same."""

        @tf.custom_gradient
        def identity(x):
            return tf.identity(x), lambda gradient: gradient * self.rate

        return identity(x)
