"""`pretrain`: one ResNet50 that learns all the data sets say, as a start for the classifiers.

Two outputs: the data set's own label of the garment (finer than the categories), and the label of every pixel where
a label map exists, from the features at strides 16 and 32. Dense labels teach more a photo than one label a garment.
"""

import keras
from keras import ops

from classifier.config import ClassifierConfig
from engine.backbones import resnet50

PIXEL_LABELS = 64
UNKNOWN = 255


def build_pretrain(config: ClassifierConfig, weights=None, classes: int = 64) -> keras.Model:
    """A model {image: (B, size, size, 3)} -> {category: (B, classes) probabilities, pixels: (B, h, w, 64) logits}."""
    image = keras.Input((config.size, config.size, 3), name="image")
    levels = resnet50(image, weights, config.norm_momentum)
    middle, features = levels["4"], levels["5"]
    pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(features)
    category = keras.layers.Dense(classes, activation="softmax", dtype="float32", name="category")(pooled)
    outputs = {"category": category}
    if config.pixel_weight:
        outputs["pixels"] = pixel_labels(middle, features)
    return keras.Model({"image": image}, outputs, name="pretrain")


def pixel_labels(middle, features):
    """(B, h, w, 64) logits of the label of every pixel at stride 16, from features of strides 16 and 32."""
    deep = keras.layers.UpSampling2D(2)(keras.layers.Conv2D(128, 1, name="deep")(features))
    both = keras.layers.Add()([deep, keras.layers.Conv2D(128, 1, name="middle")(middle)])
    both = keras.layers.Activation("relu")(both)
    return keras.layers.Conv2D(PIXEL_LABELS, 1, dtype="float32", name="pixels")(both)


@keras.saving.register_keras_serializable("garments")
class PixelCrossentropy(keras.losses.Loss):
    """Mean cross-entropy over the pixels whose label is known: (B, h, w) labels, (B, h, w, C) logits -> scalar."""

    def __init__(self, name="pixel_crossentropy", **kwargs):
        super().__init__(name=name, reduction=kwargs.pop("reduction", "none") and "none", **kwargs)

    def call(self, y_true, y_pred):
        """A scalar; 0 when no pixel of the batch is known."""
        known = ops.cast(y_true < UNKNOWN, "float32")
        loss = ops.sparse_categorical_crossentropy(ops.cast(y_true * known, "int32"), y_pred, from_logits=True)
        return ops.sum(loss * known) / ops.maximum(ops.sum(known), 1.0)
