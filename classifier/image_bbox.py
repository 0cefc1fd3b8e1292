"""`img+bbox`: the category of a garment from a crop with context and the place of its box.

The box is used in two ways, each with its own switch. As an input (`box_input`) its geometry goes to the last layer,
and features are pooled inside it. As an output (`box_weight`) the network learns from the image alone where in a
jittered crop the garment lies. With both off the model is `img`.
"""

from typing import TYPE_CHECKING

from classifier.config import ClassifierConfig
from classifier.image import build_image
from classifier.model import Model
from classifier.predict import Classifier
from classifier.tasks import Categories

if TYPE_CHECKING:
    import keras


def build_image_bbox(config: ClassifierConfig, weights: str | None, classes: int) -> "keras.Model":
    """A model {image, place} -> {category, soft, box, pixels}, without those that are switched off.

    image is (B, size, size, 3) RGB in 0..255, place (B, 8) the box in the photo (centre x, y, width, height) and in the
    crop (xyxy), category (B, classes) probabilities, box (B, 4) xyxy in lengths of the crop, pixels the (B, h, w, 64)
    logits of `layers.pixel_labels`.

    Args:
        config: the settings; see `box_input`, `box_weight` and `pixel_weight`.
        weights: initial weights of the backbone, 'imagenet' or None.
        classes: number of categories.
    """
    import keras

    from classifier.layers import BoxPooling, class_outputs, pixel_labels, pyramid

    if not config.box_input and not config.box_weight:
        return build_image(config, weights, classes)
    inputs = {"image": keras.Input((config.size, config.size, 3), name="image")}
    levels = pyramid(config, inputs["image"], weights)
    features = levels["5"]
    evidence = keras.layers.GlobalAveragePooling2D(name="pooled")(features)
    outputs = {}
    if config.box_weight:
        where = keras.layers.Conv2D(32, 1, activation="relu", name="where")(features)
        where = keras.layers.Flatten()(where)
        outputs["box"] = keras.layers.Dense(4, dtype="float32", name="box")(where)
    if config.pixel_weight:
        outputs["pixels"] = pixel_labels(levels["4"], features)
    if config.box_input:
        inputs["place"] = place = keras.Input((8,), name="place")
        inside = BoxPooling(name="inside")(features, place[:, 4:])
        geometry = keras.layers.Dense(64, activation="relu", name="geometry")(place)
        evidence = keras.layers.Concatenate()([evidence, inside, geometry])
    evidence = keras.layers.Dropout(config.dropout, seed=config.seed)(evidence)
    outputs |= class_outputs(config, evidence, classes)
    return keras.Model(inputs, outputs, name="img_bbox")


SETTINGS = ClassifierConfig(context=1.4, hide_surroundings=False, box_input=True, box_weight=1.0)
IMG_BBOX = Model("img+bbox", SETTINGS, build_image_bbox, Categories(), Classifier, column="img_bbox")
