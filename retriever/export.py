"""Export a trained embedder or Match R-CNN: python -m retriever.export --run FOLDER --out models/embedder"""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from garments.command import command
from retriever.config import load_config
from retriever.match import export as match_export
from retriever.match.config import NAME as MATCH
from retriever.predict import NAME

if TYPE_CHECKING:
    import tensorflow as tf


def export(run: Path, out: Path) -> None:
    """Write the best epoch of a training run as a SavedModel.

    It takes `image`, (B, size, size, 3) uint8 RGB, and `place`, (B, 8) float32 as `photos.crops.geometry` gives it; it
    gives `embedding`, (B, numbers) float32 of unit length. config.json beside it describes how crops are cut.

    Args:
        run: the folder of the run.
        out: the folder to write.

    Raises:
        FileNotFoundError: the run has no best epoch yet.
    """
    import keras
    import tensorflow as tf

    from engine.backbones import named_weights
    from engine.export import best_epoch, freeze
    from retriever.model import embeddings_of

    best = best_epoch(run)
    config = load_config(run)
    model = embeddings_of(keras.saving.load_model(best, compile=False, safe_mode=True))

    def embed(image: "tf.Tensor", place: "tf.Tensor") -> dict[str, "tf.Tensor"]:
        return {"embedding": model({"image": tf.cast(image, tf.float32), "place": place}, training=False)}

    signature = [
        tf.TensorSpec([None, config.size, config.size, 3], tf.uint8, "image"),
        tf.TensorSpec([None, 8], tf.float32, "place"),
    ]
    view = dict(size=config.size, context=config.context, hide_surroundings=False, box_input=True)
    variables = {name: weight.value for name, weight in named_weights(model, False).items()}
    freeze(embed, signature, out, dict(name=NAME, numbers=config.numbers, **view), variables)


def export_either(run: Path, out: Path) -> None:
    """Write an embedder or a Match R-CNN, whichever the run trains; see `export` and `retriever.match.export`."""
    model = json.loads((run / "config.json").read_text(encoding="utf-8"))["model"]
    (match_export.export if model == MATCH else export)(run, out)


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from engine.export import export_command

    export_command(__doc__, "retriever", export_either, arguments)


if __name__ == "__main__":
    main()
