"""Features of garments from the pyramid of an exported detector: RoI align at the level of the box's size."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.inner import inner_function
from engine.saved_model import Settings
from garments.types import Garments, Photo
from photos.canvas import canvases

if TYPE_CHECKING:
    import tensorflow as tf

NODE = "fpn/norm_{}/FusedBatchNormV3"  # in the graph of a detector, for each level
USUAL, USUAL_LEVEL = 224, 4  # a box of this side, in pixels of the canvas, is looked at on this level
SAMPLES = 2  # across and down, whose mean is a cell


class RoiFeatures:
    """The features that a detector has of boxes: a function of tensors.

    Attributes:
        input_size: height and width of the detector's canvases.
        side: cells of a box, across and down.
        channels: of each.
    """

    def __init__(self, detector: Path, side: int):
        """Args: detector: the folder of an exported one; side: see there.

        Raises:
            FileNotFoundError: there is no detector.
            ModelError: it has changed since its export, or has no pyramid.
        """
        file = detector / "config.json"
        settings = Settings(file, file.read_bytes())
        self.input_size, self.side = tuple(settings["input_size"]), side
        self._levels = range(settings["min_level"], settings["max_level"] + 1)
        self._pyramid = inner_function(detector, [NODE.format(level) for level in self._levels])
        self.channels = self._pyramid.outputs[0].shape[-1]

    @property
    def signature(self) -> "list[tf.TensorSpec]":
        """Of the arguments of `__call__`."""
        import tensorflow as tf

        return [
            tf.TensorSpec([None, *self.input_size, 3], tf.uint8, "images"),
            tf.TensorSpec([None, 2], tf.float32, "sizes"),
            tf.TensorSpec([None, 4], tf.float32, "boxes"),
            tf.TensorSpec([None], tf.int32, "owners"),
        ]

    def __call__(self, images: "tf.Tensor", sizes: "tf.Tensor", boxes: "tf.Tensor", owners: "tf.Tensor") -> "tf.Tensor":
        """(N, side, side, channels) float32 of N boxes, of arguments as `network_inputs` gives them."""
        import tensorflow as tf

        pyramid = self._pyramid(tf.convert_to_tensor(images), tf.convert_to_tensor(sizes))
        return roi_align(pyramid, self._levels[0], boxes, owners, self.side)


def roi_align(
    pyramid: "list[tf.Tensor]", lowest: int, boxes: "tf.Tensor", owners: "tf.Tensor", side: int
) -> "tf.Tensor":
    """(N, side, side, C) features of boxes: bilinear samples, averaged in each cell.

    He et al.: Mask R-CNN, ICCV 2017; the level as in Lin et al.: Feature Pyramid Networks, CVPR 2017, equation 1,
    limited to those there are.

    Args:
        pyramid: (B, h, w, C) each; a cell of the next level is twice as long.
        lowest: level of the first, whose cells are 2 ** lowest pixels long.
        boxes: (N, 4) float32 xyxy in pixels.
        owners: (N,) int32, 0 to B - 1: whose boxes these are.
        side: cells across and down.
    """
    import tensorflow as tf

    extent = tf.sqrt(tf.reduce_prod(tf.maximum(boxes[:, 2:] - boxes[:, :2], 1.0), -1))
    levels = tf.floor(USUAL_LEVEL + tf.experimental.numpy.log2(extent / USUAL))
    numbers = tf.clip_by_value(tf.cast(levels, tf.int32) - lowest, 0, len(pyramid) - 1)
    found, places = [], []
    for number, features in enumerate(pyramid):
        chosen = tf.where(numbers == number)[:, 0]
        ends = _sample_ends(tf.gather(boxes, chosen), features, 2 ** (lowest + number), side * SAMPLES)
        crops = tf.image.crop_and_resize(features, ends, tf.gather(owners, chosen), [side * SAMPLES] * 2)
        found.append(tf.nn.avg_pool2d(crops, SAMPLES, SAMPLES, "VALID"))
        places.append(tf.cast(chosen, tf.int32))
    return tf.gather(tf.concat(found, 0), tf.math.invert_permutation(tf.concat(places, 0)))


def _sample_ends(boxes: "tf.Tensor", features: "tf.Tensor", stride: int, samples: int) -> "tf.Tensor":
    """(N, 4) yxyx: the first and last samples of boxes, 0 and 1 being the centres of the outermost cells of a map."""
    import tensorflow as tf

    low, high = boxes[:, :2], boxes[:, 2:]
    half = (high - low) / samples / 2
    last = tf.cast(tf.shape(features)[2:0:-1], tf.float32) - 1
    ends = [(corner / stride - 0.5) / tf.maximum(last, 1.0) for corner in (low + half, high - half)]
    return tf.clip_by_value(tf.concat([end[:, ::-1] for end in ends], -1), 0.0, 1.0)


def network_inputs(
    photos: list[Photo], pixels: list[np.ndarray], garments: list[Garments], size: tuple[int, int]
) -> dict[str, np.ndarray]:
    """What the network is given for the garments of B photos.

    Args:
        photos: in whose pixels the boxes are.
        pixels: of the photos, (h, w, 3) uint8, at any scale.
        garments: of the photos.
        size: height and width of a canvas.

    Returns:
        images: (B, height, width, 3) uint8, and sizes: (B, 2) float32, see `photos.canvas.canvases`.
        boxes: (N, 4) float32 xyxy in pixels of these images.
        owners: (N,) int32, the number of the photo of each.
    """
    images, sizes = canvases(pixels, size)
    scales = [np.tile(s[::-1] / (p.width, p.height), 2) for s, p in zip(sizes, photos, strict=True)]
    boxes = [found.boxes_xyxy * scale for found, scale in zip(garments, scales, strict=True)]
    owners = np.repeat(np.arange(len(garments)), [len(found) for found in garments])
    joined = np.concatenate([np.zeros((0, 4)), *boxes])
    return dict(images=images, sizes=sizes, boxes=joined.astype(np.float32), owners=owners.astype(np.int32))
