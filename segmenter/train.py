"""Train a segmentation network: python -m segmenter.train --model unet --data ccp:PATH --out FOLDER"""

import argparse
import os
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.run_folder import Longer, further_inputs, inputs_of, run_folder
from engine.sampling import Sampler
from engine.settings import parse_settings
from garments.command import command
from garments.splits import held_out
from garments.types import Table
from segmenter.classes import UNKNOWN
from segmenter.collapse import collapse_watch
from segmenter.config import TINY, SegmenterConfig
from segmenter.data import class_weights, evaluation_data, strata, training_data
from segmenter.names import LOSSES, NETWORKS
from segmenter.networks import build, stride_of
from segmenter.store import Scenes, store_scenes
from segmenter.truth import classes_of, drawn

if TYPE_CHECKING:
    import keras

MEASURE = "classes_mean_iou"


def train(
    config: SegmenterConfig,
    table: Table,
    out: Path,
    init: str | None = None,
    stop: bool = False,
    store: Path | None = None,
    splits: str = "",
) -> "keras.callbacks.History":
    """Train with Keras `fit`; the same call resumes a run that was killed.

    Args:
        config: the settings; without classes, those of the data are taken.
        table: the training photos; a share of them is held out to choose the best epoch.
        out: the folder for best.keras, backup/, TensorBoard files and metrics.jsonl.
        init: initial weights: 'imagenet', the .keras file of a network or classifier, or the folder of an exported one.
        stop: end the training when the network has collapsed, instead of only reporting it.
        store: the folder for shrunk photos, by default photos/ in `out`.
        splits: that `table` was taken from.

    Returns:
        The Keras History.

    Raises:
        ValueError: `out` holds a run with other settings or data, another training runs there, or there is nothing to
            train on.
    """
    table = drawn(table)
    config = replace(config, classes=config.classes or classes_of(table, config.space))
    inputs = {**inputs_of(table, init), **further_inputs(splits=splits)}
    with run_folder(out, asdict(config), inputs, Longer("epochs", "best.keras")):
        return _fit(config, *scenes_of(config, table, store or out / "photos"), out, init, stop)


def scenes_of(config: SegmenterConfig, table: Table, folder: Path) -> tuple[Scenes, Scenes]:
    """(photos to train on, photos that choose the best epoch); prints how many there are.

    Raises:
        ValueError: one of them is empty.
    """
    side = round(max(config.height, config.width) / min(1.0, config.zoom_in))
    scenes = store_scenes(table, config.space, config.classes, side, folder)
    for problem in scenes.problems:
        print("{file}: {reason}; {remedy}".format(**problem), file=sys.stderr)
    held = held_out(table, config.held_out).set_axis(table.photos["photo"])[scenes.names].to_numpy(bool)
    training, validation = scenes.keep(~held), scenes.keep(held)
    print(f"{config.model}: {len(training)} photos to train on, {len(validation)} held out", flush=True)
    if not len(training) or not len(validation):
        raise ValueError(f"{len(training)} photos to train on and {len(validation)} to hold out: give more photos")
    return training, validation


def _fit(
    config: SegmenterConfig, training: Scenes, validation: Scenes, out: Path, init: str | None, stop: bool
) -> "keras.callbacks.History":
    """Train on what `scenes_of` returned."""
    from engine.fit import Fit, set_up
    from engine.run_folder import has_progress
    from segmenter.average import EvaluateAverage

    set_up(config.seed, bfloat16=False)
    model = build(config, init)
    compile_model(model, config, class_weights(training, config.class_weights))
    stride = stride_of(model)
    sampler = Sampler(strata(training, config.classes), config.sampling, config.steps * config.batch, config.seed)
    held_data = evaluation_data(validation, config, stride)
    watch = collapse_watch(held_data, config.classes, stop)
    average = [EvaluateAverage(has_progress(out))] if config.average else []
    fit = Fit(out, config.epochs, config.steps, MEASURE, callbacks=[watch], first=average)
    return fit(model, lambda epoch: training_data(training, config, stride, sampler, epoch), held_data)


def compile_model(model: "keras.Model", config: SegmenterConfig, weights: list[float]) -> None:
    """Compile for `fit`, with K weights of the classes."""
    import keras

    from engine.optimizer import warmed_up_adamw
    from segmenter.blocks import HEAD
    from segmenter.losses import PixelLoss

    averaged = dict(use_ema=True, ema_momentum=config.average) if config.average else {}
    optimizer = warmed_up_adamw(
        config.learning_rate, config.weight_decay, config.epochs, config.steps, config.clip_norm,
        head=HEAD, slow=config.backbone_rate, **averaged,
    )  # fmt: skip
    iou = keras.metrics.MeanIoU(len(config.classes), "mean_iou", ignore_class=UNKNOWN, sparse_y_pred=False)
    model.compile(
        optimizer, {"classes": PixelLoss(config.loss, weights)}, metrics={"classes": [iou]}, jit_compile=False
    )


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from readers import read_all

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = argparse.ArgumentParser(prog="python -m segmenter.train", description=__doc__.partition(":")[0])
    parser.add_argument("--model", default="unet", choices=NETWORKS, help="the network (default: unet)")
    parser.add_argument(
        "--loss", default=SegmenterConfig.loss, help=f"{', '.join(LOSSES)}, and sums of them (default: dice+ce)"
    )
    parser.add_argument("--data", action="append", required=True, metavar="NAME:PATH", help="a data set; repeatable")
    parser.add_argument("--splits", default="train", help="splits to train on, comma-separated (default: train)")
    parser.add_argument("--tiny", action="store_true", help="tiny settings for a quick test of the commands")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change one setting")
    parser.add_argument("--init", metavar="PATH", help="initial weights: imagenet, a .keras file or an exported model")
    parser.add_argument("--on-collapse", choices=("warn", "stop"), default="warn", help="if the network collapses")
    parser.add_argument(
        "--store", type=Path, metavar="FOLDER", help="shrunk photos to share between runs (default: OUT/photos)"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the run; the same command resumes it")
    args = parser.parse_args(arguments)
    settings = {**(TINY if args.tiny else {}), **parse_settings(SegmenterConfig, args.set)}
    config = replace(SegmenterConfig(model=args.model, loss=args.loss), **settings)
    table = read_all(args.data).in_splits(*args.splits.split(","))
    history = train(config, table, args.out, args.init, args.on_collapse == "stop", args.store, args.splits)
    found = history.history.get("val_mean_iou")
    print(
        f"{args.out}: " + (f"best held-out mean IoU {np.max(found):.3f}" if found else "this run was finished already")
    )


if __name__ == "__main__":
    main()
