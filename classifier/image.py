"""`img`: the category of a garment from its pixels alone."""

from typing import TYPE_CHECKING

from classifier.config import ClassifierConfig
from classifier.model import Model
from classifier.predict import Classifier
from classifier.tasks import Categories

if TYPE_CHECKING:
    import keras


def build_image(config: ClassifierConfig, weights: str | None, classes: int) -> "keras.Model":
    """A model {image: (B, size, size, 3) RGB in 0..255} -> {category: (B, classes) probabilities}.

    Args:
        config: the settings.
        weights: initial weights of the backbone: 'imagenet' or None.
        classes: number of categories.
    """
    import keras

    from classifier.layers import class_outputs, pyramid

    image = keras.Input((config.size, config.size, 3), name="image")
    features = pyramid(config, image, weights)["5"]
    pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(features)
    pooled = keras.layers.Dropout(config.dropout, seed=config.seed)(pooled)
    return keras.Model({"image": image}, class_outputs(config, pooled, classes), name="img")


IMG = Model("img", ClassifierConfig(), build_image, Categories(), Classifier, column="img")
