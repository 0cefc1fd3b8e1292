"""VGG16 and VGG19.

Simonyan, Zisserman: Very Deep Convolutional Networks for Large-Scale Image Recognition, ICLR 2015; as
keras.applications.VGG16 and VGG19.
"""

from typing import TYPE_CHECKING

from engine.backbones.applications import feature_levels

if TYPE_CHECKING:
    import keras

LEVELS = {"2": "block2_pool", "3": "block3_pool", "4": "block4_pool", "5": "block5_pool"}


def vgg(
    image: "keras.KerasTensor", weights: str | None = None, norm_momentum: float = 0.99, *, depth: int
) -> dict[str, "keras.KerasTensor"]:
    """The features of an image: 128, 256, 512 and 512 channels; see `find_backbone`.

    Args:
        image: as for every backbone.
        weights: 'imagenet' (fetched by Keras), or None for random ones.
        norm_momentum: not used; there are no normalisations.
        depth: 16 or 19.
    """
    import keras

    from engine.backbones.preprocess import Preprocess

    build = {16: keras.applications.VGG16, 19: keras.applications.VGG19}[depth]
    network = feature_levels(build, f"vgg{depth}", LEVELS, image, weights, norm_momentum)
    return network(Preprocess(name="preprocess")(image))
