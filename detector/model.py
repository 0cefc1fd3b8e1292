"""The Model Garden's Faster R-CNN, with one of this project's backbones where the settings name one (tf_keras)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras
from official.vision.configs.maskrcnn import MaskRCNNTask
from official.vision.modeling import factory
from official.vision.ops import preprocess_ops

from detector.layers import adapt
from engine.backbones.efficientnet_lite import VERSIONS, pyramid


def build_detector(config: MaskRCNNTask) -> tf_keras.Model:
    """The model of a GarmentTaskConfig, with random weights; its heads are built on the first call."""
    specification = tf_keras.layers.InputSpec(shape=[None, *config.model.input_size])
    decay = tf_keras.regularizers.l2(config.losses.l2_weight_decay / 2)  # as in tf.nn.l2_loss
    backbone = None  # the library builds it
    if config.backbone in VERSIONS:
        momentum = config.model.norm_activation.norm_momentum
        backbone = lite_backbone(
            VERSIONS[config.backbone], config.model.input_size, momentum, decay, config.backbone_rate
        )
    return adapt(factory.build_maskrcnn(specification, config.model, decay, backbone), config)


def built_detector(config: MaskRCNNTask) -> tf_keras.Model:
    """`build_detector` with its heads built, so that all variables are there."""
    model = build_detector(config)
    model(tf_keras.Input(config.model.input_size), image_shape=tf_keras.Input([2]), training=False)
    return model


class Pyramid(tf_keras.Model):
    """A backbone with the interface that the library expects."""

    @property
    def output_specs(self) -> dict[str, tf.TensorShape]:
        """The shape of each level."""
        return {level: tensor.shape for level, tensor in self.output.items()}


def lite_backbone(
    version: int, size: list[int], momentum: float, regularizer: tf_keras.regularizers.Regularizer | None, rate: float
) -> Pyramid:
    """EfficientNet-Lite on photos normalised by the library: (B, H, W, 3) -> {'2': ..., '5': features}.

    Args:
        version: 0, 1 or 2.
        size: (height, width, 3) of the photos.
        momentum: of the batch normalisation.
        regularizer: of the convolutions that are not depthwise.
        rate: factor for the gradient that reaches it.
    """
    image = tf_keras.Input(size, name="image")
    scale = np.array(preprocess_ops.STDDEV_RGB) / 128
    offset = (np.array(preprocess_ops.MEAN_RGB) - 127) / 128
    scaled = tf_keras.layers.Rescaling(scale.tolist(), offset.tolist())(image)
    levels = pyramid(tf_keras, scaled, version, momentum, regularizer)
    return Pyramid(image, {level: SlowGradient(rate, name=f"slow_{level}")(x) for level, x in levels.items()})


class SlowGradient(tf_keras.layers.Layer):
    """The identity with a scaled gradient, so that the layers before it learn at a share of the learning rate."""

    def __init__(self, rate: float, **kwargs: Any):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """(...) -> the same."""

        @tf.custom_gradient
        def identity(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
            return tf.identity(x), lambda gradient: gradient * self.rate

        return identity(x)
