"""Train an embedder or a Match R-CNN: python -m retriever.train --data products:PATH --data ccp:PATH --out FOLDER

Garments of one item should lie close to each other. Without items, two strong views of one garment stand for them; a
Match R-CNN (`--model match`) needs items.
"""

import argparse
import os
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.run_folder import Longer, further_inputs, inputs_of, run_folder
from engine.settings import parse_settings
from garments.command import command
from garments.models_path import find_models
from garments.types import Table
from metrics.retrieval import recall_at_1
from retriever.config import MEASURE, TINY, EmbedderConfig
from retriever.match import config as match_config
from retriever.match import train as match_train
from retriever.match.config import MatchConfig

if TYPE_CHECKING:
    import keras

    from retriever.data import Items

FEW = 2  # held-out garments
Config = EmbedderConfig | MatchConfig
MODELS: dict[str, tuple[Config, Config]] = {  # by name, the usual and the tiny settings
    "embedder": (EmbedderConfig(), TINY),
    match_config.NAME: (MatchConfig(), match_config.TINY),
}


def train(
    config: EmbedderConfig,
    table: Table,
    out: Path,
    init: str | None = None,
    crops: Path | None = None,
    inputs: Mapping[str, str] | None = None,
) -> "keras.callbacks.History":
    """Train with Keras `fit`; the same call resumes a run that was killed.

    Args:
        config: the settings; an `out` with other settings is refused.
        table: the training photos; a share of their groups is held out to choose the best epoch.
        out: the folder for best.keras, backup/, TensorBoard files and metrics.jsonl.
        init: initial weights, see `retriever.model.build_embedder`.
        crops: the folder of the crop store, by default crops/ in `out`.
        inputs: what else the run is tied to, see `engine.run_folder.further_inputs`.

    Returns:
        The Keras History.

    Raises:
        ValueError: `out` holds a run with other settings or data, another training runs there, or there are too few
            garments.
    """
    settings = {"model": "embedder", **asdict(config)}
    with run_folder(out, settings, {**inputs_of(table, init), **(inputs or {})}, Longer("epochs", "best.keras")):
        return _fit(config, table, out, init, crops or out / "crops")


def _fit(config: EmbedderConfig, table: Table, out: Path, init: str | None, crops: Path) -> "keras.callbacks.History":
    from engine.callbacks import epochs_done
    from engine.fit import Fit, set_up
    from engine.optimizer import warmed_up_adamw
    from retriever.data import cut_items, judging_data, training_data
    from retriever.model import build_embedder, loss_of

    set_up(config.seed, bfloat16=False)
    items = cut_items(table, config, crops)
    training, held = items.keep(~items.held), some_of(items.keep(items.held), config)
    counts = f"{len(training)} garments of {len(np.unique(training.items))} items to train on, {len(held)} held out"
    print(counts, flush=True)
    if len(held) < FEW:
        raise ValueError(f"{counts}: give more photos")
    model = build_embedder(config, init, int(items.items.max()) + 1)
    rate = warmed_up_adamw(config.learning_rate, config.weight_decay, config.epochs, config.steps, config.clip_norm)
    model.compile(rate, loss=loss_of(config))
    model.optimizer.build(model.trainable_variables)  # otherwise `fit` makes its graph twice
    first = len(epochs_done(out)) * config.steps
    fit = Fit(out, config.epochs, config.steps, MEASURE, first=[judge(*judging_data(held, config))])
    return fit(model, lambda epoch: training_data(training, config, first), None)


def some_of(items: "Items", config: EmbedderConfig) -> "Items":
    """At most `judged` of the crops, chosen at random."""
    chosen = np.random.default_rng(config.seed).permutation(len(items))[: config.judged]
    return items.keep(np.isin(np.arange(len(items)), chosen))


def judge(images: np.ndarray, boxes: np.ndarray) -> "keras.callbacks.Callback":
    """A callback that adds MEASURE to the logs of each epoch: of garments as worn, by views before a plain ground.

    Args:
        images: (2 N, size, size, 3), as `retriever.data.judging_data` gives them.
        boxes: (2 N, 4) of the garments.
    """
    import keras

    from retriever.model import embeddings_of

    place = np.pad(boxes, ((0, 0), (4, 0)))

    def add(epoch: int, logs: dict) -> None:
        inputs = {"image": images.astype(np.float32), "place": place}
        queries, gallery = np.split(embeddings_of(callback.model).predict(inputs, batch_size=32, verbose=0), 2)
        logs[MEASURE] = recall_at_1(queries, gallery)

    callback = keras.callbacks.LambdaCallback(on_epoch_end=add)
    return callback


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from readers import read_all
    from readers.extra_boxes import with_extra_boxes
    from retriever.outlines import with_outlines

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = argparse.ArgumentParser(prog="python -m retriever.train", description=__doc__.partition(":")[0])
    parser.add_argument("--model", choices=MODELS, default="embedder", help="what to train (default: %(default)s)")
    parser.add_argument("--data", action="append", required=True, metavar="NAME:PATH", help="a data set; repeatable")
    parser.add_argument("--splits", default="train", help="splits to train on, comma-separated (default: train)")
    parser.add_argument("--boxes", type=Path, action="append", default=[], metavar="CSV", help="boxes, if not all have")
    parser.add_argument(
        "--outlines", type=Path, metavar="FOLDER", help="embedder: the --out of python -m retriever.outlines"
    )
    parser.add_argument("--detector", type=Path, help="match: an exported one (default: detector/ among the models)")
    parser.add_argument("--tiny", action="store_true", help="tiny settings for a quick test of the commands")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change one setting")
    parser.add_argument("--init", metavar="PATH", help="initial weights: imagenet, a .keras file or an exported model")
    parser.add_argument(
        "--crops", type=Path, metavar="FOLDER", help="store of crops or features to share (default: in OUT)"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the run; the same command resumes it")
    args = parser.parse_args(arguments)
    config = MODELS[args.model][args.tiny]
    config = replace(config, **parse_settings(type(config), args.set))
    table = with_extra_boxes(read_all(args.data).in_splits(*args.splits.split(",")), args.boxes)
    inputs = further_inputs(splits=args.splits, boxes=args.boxes)
    if isinstance(config, MatchConfig):
        detector = args.detector or find_models() / "detector"
        history = match_train.train(config, table, args.out, detector, args.init, args.crops, inputs)
    else:
        table = with_outlines(table, args.outlines) if args.outlines else table
        history = train(config, table, args.out, args.init, args.crops, inputs)
    best = f"R@1 of what is held out: best {max(history.history.get(MEASURE, [0])):.3f}"
    print(best if history.epoch else "all epochs were done already")


if __name__ == "__main__":
    main()
