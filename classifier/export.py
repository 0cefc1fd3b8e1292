"""Export a trained classifier: python -m classifier.export --run FOLDER --out models/img"""

from pathlib import Path
from typing import TYPE_CHECKING

from classifier.config import load_config
from garments.command import command

if TYPE_CHECKING:
    import tensorflow as tf

OUTPUTS = ("category", "points", "visible")  # the others are for training only


def export(run: Path, out: Path, mirror: bool = False) -> None:
    """Write the best epoch of a training run as a SavedModel.

    Args:
        run: the folder of the run.
        out: the folder to write.
        mirror: for a classifier: give the mean of the probabilities of each crop and of its mirror image, which takes
            twice as long.

    The SavedModel takes `image`, (B, size, size, 3) uint8 RGB, and, for a model with a box input, `place`, (B, 8)
    float32; it gives `category`, (B, K) float32 probabilities, or `points`, (B, 8, 2) in lengths of the crop, and
    `visible`, (B, 8) probabilities. config.json beside it describes how crops are cut.

    Raises:
        FileNotFoundError: the run has no best epoch yet.
        ValueError: `mirror` is for classifiers.
    """
    import keras
    import tensorflow as tf

    import classifier.layers  # noqa: F401, registers the layers of the file
    from engine.backbones import named_weights
    from engine.export import best_epoch, freeze

    best = best_epoch(run)
    model = keras.saving.load_model(best, compile=False, safe_mode=True)
    name, config = load_config(run)
    if mirror and "category" not in model.output:
        raise ValueError(f"--mirror is for classifiers, {run} is a run of {name}")

    def classify(image: "tf.Tensor", place: "tf.Tensor | None" = None) -> dict[str, "tf.Tensor"]:
        inputs = {"image": tf.cast(image, tf.float32), **({} if place is None else {"place": place})}
        found = model(inputs, training=False)
        if mirror:
            other = model(mirrored(inputs), training=False)
            return {"category": (found["category"] + other["category"]) / 2}
        return {name: output for name, output in found.items() if name in OUTPUTS}

    signature = [tf.TensorSpec([None, config.size, config.size, 3], tf.uint8, "image")]
    if config.box_input:
        signature.append(tf.TensorSpec([None, 8], tf.float32, "place"))
    view = dict(size=config.size, context=config.context, hide_surroundings=config.hide_surroundings)
    settings = dict(name=name, categories=config.categories, box_input=config.box_input, **view)
    variables = {name: weight.value for name, weight in named_weights(model, False).items()}
    freeze(classify, signature, out, settings, variables)


def mirrored(inputs: dict[str, "tf.Tensor"]) -> dict[str, "tf.Tensor"]:
    """The inputs of a model for the mirror images of its crops; `place` is as `photos.crops.geometry` gives it."""
    import tensorflow as tf

    result = {"image": tf.reverse(inputs["image"], [2])}
    if "place" in inputs:
        x, y, width, height, x1, y1, x2, y2 = tf.unstack(inputs["place"], axis=1)
        result["place"] = tf.stack([1 - x, y, width, height, 1 - x2, y1, 1 - x1, y2], axis=1)
    return result


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from engine.export import export_command

    words = (
        "of a classifier: give the mean of each crop's probabilities and those of its mirror image; takes twice as long"
    )
    export_command(__doc__, "classifier", export, arguments, {"mirror": words})


if __name__ == "__main__":
    main()
