"""`img`: the category of a garment from its pixels alone."""

import keras

from classifier.config import ClassifierConfig
from engine.backbones import resnet50
from garments.vocabulary import CATEGORIES


def build_image(config: ClassifierConfig, weights=None, classes: int = len(CATEGORIES)) -> keras.Model:
    """A model {image: (B, size, size, 3) RGB in 0..255} -> {category: (B, classes) probabilities}.

    Args:
        config: the settings.
        weights: first weights of the backbone, see `find_backbone`.
        classes: number of categories.
    """
    image = keras.Input((config.size, config.size, 3), name="image")
    features = resnet50(image, weights, config.norm_momentum)["5"]
    pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(features)
    pooled = keras.layers.Dropout(config.dropout, seed=config.seed)(pooled)
    category = keras.layers.Dense(classes, activation="softmax", dtype="float32", name="category")(pooled)
    return keras.Model({"image": image}, {"category": category}, name="img")
