"""`pretrain`: one network that learns all labels of the data sets, to initialise the classifiers.

It has two outputs: the data set's own label of the garment (finer than the categories), and the label of every pixel
where a label map exists, from the features at strides 16 and 32. Dense labels carry more information a photo.
"""

from typing import TYPE_CHECKING

from classifier.config import ClassifierConfig
from classifier.model import Model
from classifier.tasks import Labels

if TYPE_CHECKING:
    import keras


def build_pretrain(config: ClassifierConfig, weights: str | None, classes: int) -> "keras.Model":
    """A model {image: (B, size, size, 3)} -> {category: (B, classes) probabilities, pixels: (B, h, w, 64) logits}."""
    import keras

    from classifier.layers import category, pixel_labels, pyramid

    image = keras.Input((config.size, config.size, 3), name="image")
    levels = pyramid(config, image, weights)
    outputs = {"category": category(keras.layers.GlobalAveragePooling2D(name="pooled")(levels["5"]), classes)}
    if config.pixel_weight:
        outputs["pixels"] = pixel_labels(levels["4"], levels["5"])
    return keras.Model({"image": image}, outputs, name="pretrain")


SETTINGS = ClassifierConfig(
    size=128,
    context=1.2,
    hide_surroundings=False,
    pixel_weight=1.0,
    jitter=0.25,
    epochs=24,
    learning_rate=1e-3,
    dropout=0.0,
)
PRETRAIN = Model("pretrain", SETTINGS, build_pretrain, Labels())
