"""Export a trained detector: python -m detector.export --run FOLDER --out models/detector"""

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from detector.config import DetectorConfig
from detector.experiment import Data, experiment
from garments.command import command

if TYPE_CHECKING:
    import tensorflow as tf
    import tf_keras


def export(run: Path, out: Path) -> None:
    """Write the best checkpoint of a training run as a SavedModel.

    The SavedModel takes `images`, (B, height, width, 3) uint8 RGB, each photo shrunk to fit the network's input (see
    config.json beside it) in the top left corner, and `sizes`, (B, 2) float32, the height and width of the photo
    inside. It gives `boxes` (B, N, 4) float32 xyxy in pixels of those images, `scores` (B, N), `parts` (B, N) 1..3,
    and `count` (B,); a Mask R-CNN also `masks` (B, N, 28, 28) uint8, 255 times the probability of each cell of the box.

    Raises:
        FileNotFoundError: the run has no best checkpoint yet.
    """
    import tensorflow as tf

    from detector.weights import named_variables
    from engine.export import freeze

    settings = json.loads((run / "config.json").read_text(encoding="utf-8"))
    config = DetectorConfig(**settings)
    model = _trained(config, run)
    height, width = config.input_size
    signature = [
        tf.TensorSpec([None, height, width, 3], tf.uint8, "images"),
        tf.TensorSpec([None, 2], tf.float32, "sizes"),
    ]
    detect = partial(_detect, model)
    detect(tf.zeros([1, height, width, 3], tf.uint8), tf.constant([[height, width]], tf.float32))  # builds the heads
    freeze(detect, signature, out, settings, named_variables(model))


def _trained(config: DetectorConfig, run: Path) -> "tf_keras.Model":
    """The model for inference, with the best checkpoint of a run."""
    import tensorflow as tf

    from detector.model import build_detector

    best = tf.train.latest_checkpoint(str(run / "best"))
    if best is None:
        raise FileNotFoundError(f"{run / 'best'} holds no checkpoint: train until the first evaluation")
    params = experiment(config, Data())
    params.task.model.detection_generator.nms_version = "batched"  # the others need a fixed batch size
    model = build_detector(params.task)
    tf.train.Checkpoint(model=model).read(best).expect_partial().assert_existing_objects_matched()
    return model


def _detect(model: "tf_keras.Model", images: "tf.Tensor", sizes: "tf.Tensor") -> dict[str, "tf.Tensor"]:
    """The outputs of `export` for its inputs; the padding around a photo is 0, as in training."""
    import tensorflow as tf
    from official.vision.ops import preprocess_ops

    height, width = images.shape[1:3]
    pixels = preprocess_ops.normalize_image(images)
    rows = tf.range(height, dtype=tf.float32)[None, :, None, None] < sizes[:, 0, None, None, None]
    columns = tf.range(width, dtype=tf.float32)[None, None, :, None] < sizes[:, 1, None, None, None]
    pixels = tf.where(rows & columns, pixels, 0.0)
    found = model.call(pixels, image_shape=sizes, training=False)
    y1, x1, y2, x2 = tf.unstack(tf.cast(found["detection_boxes"], tf.float32), axis=-1)
    outputs = {
        "boxes": tf.stack([x1, y1, x2, y2], -1),
        "scores": tf.cast(found["detection_scores"], tf.float32),
        "parts": tf.cast(found["detection_classes"], tf.int32),
        "count": tf.cast(found["num_detections"], tf.int32),
    }
    if "detection_masks" in found:
        outputs["masks"] = tf.cast(tf.round(255 * tf.cast(found["detection_masks"], tf.float32)), tf.uint8)
    return outputs


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from engine.export import export_command

    export_command(__doc__, "detector", export, arguments)


if __name__ == "__main__":
    main()
