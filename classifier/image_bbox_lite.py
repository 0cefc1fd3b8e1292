"""`img+bbox-lite`: the category of a garment by an EfficientNet-Lite from a crop with context and the place of its box.

Features are pooled inside the box of the garment and over the whole crop. The place of the box in the photo is not an
input: from it a network learns the data set, not the garment.
"""

from typing import TYPE_CHECKING

from classifier.config import ClassifierConfig
from classifier.model import Model
from classifier.predict import Classifier
from classifier.tasks import Categories

if TYPE_CHECKING:
    import keras


def build_image_bbox_lite(config: ClassifierConfig, weights: str | None, classes: int) -> "keras.Model":
    """A model {image, place} -> {category}, as in `image_bbox`.

    Args:
        config: the settings.
        weights: initial weights of the backbone, 'imagenet' or None.
        classes: number of categories.
    """
    import keras

    from classifier.layers import BoxPooling, class_outputs, pyramid

    image, place = keras.Input((config.size, config.size, 3), name="image"), keras.Input((8,), name="place")
    levels = pyramid(config, image, weights)
    features = levels.get("top", levels["5"])
    pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(features)
    inside = BoxPooling(name="inside")(features, place[:, 4:])
    evidence = keras.layers.Concatenate(name="evidence")([pooled, inside])
    evidence = keras.layers.Dropout(config.dropout, seed=config.seed)(evidence)
    outputs = class_outputs(config, evidence, classes)
    return keras.Model({"image": image, "place": place}, outputs, name="img_bbox_lite")


SETTINGS = ClassifierConfig(
    backbone="efficientnet-lite2", size=192, context=1.15, hide_surroundings=False, box_input=True, jitter=0.06,
    crop=0.72, downscale=0.4, epochs=6, learning_rate=5e-4, clip_norm=2.0, norm_momentum=0.99, bfloat16=False,
)  # fmt: skip
IMG_BBOX_LITE = Model(
    "img+bbox-lite", SETTINGS, build_image_bbox_lite, Categories(), Classifier, column="img_bbox_lite"
)
