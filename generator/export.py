"""Export a trained generator: python -m generator.export --run FOLDER --out models/generator"""

from pathlib import Path
from typing import TYPE_CHECKING

from garments.command import command
from generator.config import load_config

if TYPE_CHECKING:
    import tensorflow as tf


def export(run: Path, out: Path) -> None:
    """Write the generator of a training run, with its averaged weights, as a SavedModel.

    Args:
        run: the folder of the run.
        out: the folder to write.

    The SavedModel takes `noise`, (B, latent) float32, and, if it is conditional, `category`, (B,) int32; it gives
    `picture`, (B, size, size, 3) uint8 RGB. config.json beside it holds the settings that pictures are cut with, and
    how many pictures of each category were learned from.

    Raises:
        FileNotFoundError: the run has no finished round yet.
    """
    import tensorflow as tf

    from engine.export import freeze
    from generator.gan import GAN
    from generator.rounds import CHECKPOINT

    if not (run / CHECKPOINT).exists():
        raise FileNotFoundError(f"{run / CHECKPOINT} does not exist: train first, until the first round ends")
    config, classes = load_config(run)
    model = GAN(config, len(classes))
    model.load_weights(run / CHECKPOINT)

    def generate(noise: "tf.Tensor", category: "tf.Tensor | None" = None) -> dict[str, "tf.Tensor"]:
        inputs = {"noise": noise, **({} if category is None else {"category": category})}
        pixels = tf.round((model.average(inputs, training=False) + 1) * 127.5)
        return {"picture": tf.cast(tf.clip_by_value(pixels, 0, 255), tf.uint8)}

    signature = [tf.TensorSpec([None, config.latent], tf.float32, "noise")]
    if classes:
        signature.append(tf.TensorSpec([None], tf.int32, "category"))
    cut = {name: getattr(config, name) for name in ("size", "context", "background")}
    freeze(generate, signature, out, dict(name="generator", latent=config.latent, classes=classes, **cut))


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from engine.export import export_command

    export_command(__doc__, "generator", export, arguments)


if __name__ == "__main__":
    main()
