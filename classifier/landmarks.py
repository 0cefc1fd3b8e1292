"""`landmarks`: the positions of a garment's collar, sleeves, waistline and hem, and whether they are visible.

Points come from heat maps by soft-argmax (Sun et al.: Integral Human Pose Regression, ECCV 2018), or, with
`heat_maps` off, from a dense layer. The box of the garment is an input, as the crop may show others too.
"""

from typing import TYPE_CHECKING

from classifier.config import ClassifierConfig
from classifier.model import Model
from classifier.predict import LandmarkRegressor
from classifier.tasks import Landmarks
from garments.landmarks import LANDMARKS

if TYPE_CHECKING:
    import keras

COUNT = len(LANDMARKS)


def build_landmarks(config: ClassifierConfig, weights: str | None, classes: int = 0) -> "keras.Model":
    """A model {image, place} -> {points, visible}.

    image is (B, size, size, 3) RGB in 0..255 and place (B, 8), as in `image_bbox`; points (B, 8, 2) are x, y in lengths
    of the crop, visible (B, 8) the probability that a landmark is visible.

    Args:
        config: the settings; see `heat_maps`.
        weights: initial weights of the backbone, 'imagenet' or None.
        classes: not used; there are always eight landmarks.
    """
    import keras

    from classifier.layers import BoxPooling, pyramid

    image, place = keras.Input((config.size, config.size, 3), name="image"), keras.Input((8,), name="place")
    levels = pyramid(config, image, weights)
    features = levels["5"]
    inside = BoxPooling(name="inside")(features, place[:, 4:])
    geometry = keras.layers.Dense(64, activation="relu", name="geometry")(place)
    evidence = keras.layers.Concatenate()([keras.layers.GlobalAveragePooling2D()(features), inside, geometry])
    visible = keras.layers.Dense(COUNT, activation="sigmoid", dtype="float32", name="visible")(evidence)
    points = _from_maps(levels["4"], features, place) if config.heat_maps else _from_dense(features, place)
    return keras.Model({"image": image, "place": place}, {"points": points, "visible": visible}, name="landmarks")


def _from_maps(
    middle: "keras.KerasTensor", features: "keras.KerasTensor", place: "keras.KerasTensor"
) -> "keras.KerasTensor":
    """Points of heat maps at stride 8."""
    import keras

    from classifier.layers import BoxMask, SoftArgmax

    deep = keras.layers.UpSampling2D(2)(keras.layers.Conv2D(128, 1, name="map_deep")(features))
    both = keras.layers.Add()([deep, keras.layers.Conv2D(128, 1, name="map_middle")(middle)])
    both = BoxMask(name="map_box")(keras.layers.Activation("relu")(both), place[:, 4:])
    both = keras.layers.Conv2D(128, 3, padding="same", activation="relu", name="map_coarse")(both)
    both = keras.layers.UpSampling2D(2, interpolation="bilinear")(both)
    both = keras.layers.Conv2D(64, 3, padding="same", activation="relu", name="map_fine")(both)
    return SoftArgmax(name="points")(keras.layers.Conv2D(COUNT, 1, name="maps")(both))


def _from_dense(features: "keras.KerasTensor", place: "keras.KerasTensor") -> "keras.KerasTensor":
    """Points of a dense layer that sees every cell of the features."""
    import keras

    cells = keras.layers.Flatten()(keras.layers.Conv2D(64, 1, activation="relu", name="dense_where")(features))
    hidden = keras.layers.Dense(256, activation="relu", name="dense_hidden")(keras.layers.Concatenate()([cells, place]))
    numbers = keras.layers.Dense(2 * COUNT, dtype="float32", name="dense_points")(hidden)
    return keras.layers.Reshape((COUNT, 2), name="points")(numbers)


SETTINGS = ClassifierConfig(
    size=128, context=1.4, hide_surroundings=False, box_input=True, sampling="none", jitter=0.1, epochs=20
)
LANDMARK_MODEL = Model("landmarks", SETTINGS, build_landmarks, Landmarks(), LandmarkRegressor)
