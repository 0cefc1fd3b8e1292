"""Export a trained segmentation network: python -m segmenter.export --run FOLDER --out models/segmenter"""

from pathlib import Path
from typing import TYPE_CHECKING

from garments.command import command
from segmenter.config import load_config

if TYPE_CHECKING:
    import tensorflow as tf


def export(run: Path, out: Path, mirror: bool = False) -> None:
    """Write the best epoch of a training run as a SavedModel.

    Args:
        run: the folder of the run.
        out: the folder to write.
        mirror: give the mean of the probabilities of each photo and of its mirror image, which takes twice as long.

    The SavedModel takes `image`, (B, H, W, 3) uint8 RGB whose sides are multiples of 32, and gives `classes`, (B, H /
    s, W / s, K) float32 probabilities; config.json beside it names the K classes and the size of the training's views.

    Raises:
        FileNotFoundError: the run has no best epoch yet.
    """
    import tensorflow as tf

    from engine.backbones import named_weights
    from engine.export import best_epoch, freeze
    from segmenter.networks import build

    best = best_epoch(run)
    config = load_config(run)
    model = build(config)
    model.load_weights(best)

    def segment(image: "tf.Tensor") -> dict[str, "tf.Tensor"]:
        pixels = tf.cast(image, tf.float32)
        found = tf.nn.softmax(model({"image": pixels}, training=False)["classes"])
        if mirror:
            other = tf.nn.softmax(model({"image": pixels[:, :, ::-1]}, training=False)["classes"])
            found = (found + other[:, :, ::-1]) / 2
        return {"classes": found}

    signature = [tf.TensorSpec([None, None, None, 3], tf.uint8, "image")]
    settings = {name: getattr(config, name) for name in ("model", "space", "classes", "height", "width")}
    variables = {name: weight.value for name, weight in named_weights(model, False).items()}
    freeze(segment, signature, out, settings, variables)


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from engine.export import export_command

    words = "give the mean of each photo's probabilities and those of its mirror image; takes twice as long"
    export_command(__doc__, "segmenter", export, arguments, {"mirror": words})


if __name__ == "__main__":
    main()
