"""Train a generator: python -m generator.train --preset diffaugment --data products:PATH --out FOLDER"""

import argparse
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from engine.run_folder import Longer, further_inputs, inputs_of, run_folder
from engine.settings import parse_settings
from garments.command import command
from garments.types import Table
from generator.config import PRESETS, GeneratorConfig
from generator.pictures import Pictures, classes_of, cut_pictures, training_data
from metrics.generator_collapse import GeneratorEvidence, find_generator_collapse

LENGTH = ("rounds", "minutes")  # settings that may change when a run is resumed
REAL = 512  # pictures that samples are compared with


def train(
    config: GeneratorConfig,
    table: Table,
    out: Path,
    crops: Path | None = None,
    stop: bool = False,
    inputs: Mapping[str, str] | None = None,
) -> None:
    """Train both networks with Keras `fit`; the same call resumes a run that was killed, or makes it longer.

    Args:
        config: the settings; an `out` with others is refused, but for the length.
        table: the photos to learn from.
        out: the folder for backup/, grids/ and metrics.jsonl.
        crops: the folder of the crop store, by default crops/ in `out`.
        stop: end the training when the generator has collapsed, instead of only reporting it.
        inputs: what else the run is tied to, see `engine.run_folder.further_inputs`.

    Raises:
        ValueError: `out` holds a run with other settings or data, another training runs there, or there is too little
            to train on.
    """
    classes = classes_of(table, config)
    settings = {name: value for name, value in asdict(config).items() if name not in LENGTH} | {"classes": classes}
    with run_folder(out, settings, {**inputs_of(table, None), **(inputs or {})}, Longer("rounds", "")):
        pictures = cut_pictures(table, config, crops or out / "crops", classes)
        if len(pictures) < config.batch:
            raise ValueError(f"{len(pictures)} garments are less than a batch of {config.batch}: give more photos")
        named = f" of {', '.join(classes)}" if classes else ""
        print(f"{len(pictures)} pictures{named}", flush=True)
        _fit(config, pictures, out, stop)


def _fit(config: GeneratorConfig, pictures: Pictures, out: Path, stop: bool) -> None:
    import keras
    import tensorflow as tf

    from generator.gan import GAN
    from generator.rounds import Rounds, restore

    keras.utils.set_random_seed(config.seed)
    steps = config.steps or len(pictures) // config.batch
    model = GAN(config, len(pictures.classes))
    done = restore(model, out, steps)
    rounds = Rounds(out, collapse_finder(pictures, config.seed), config, len(pictures.classes), stop)
    if done >= config.rounds or rounds.time_is_up:
        print("all rounds were done already")
        return
    if config.r1:  # TensorFlow's fusion of layers fails, in words, on gradients of gradients
        tf.config.optimizer.set_experimental_options({"remapping": False})
    length = dict(initial_epoch=done, epochs=config.rounds, steps_per_epoch=steps)
    model.fit(training_data(pictures, config, steps, done), callbacks=[rounds], shuffle=False, verbose=2, **length)


def collapse_finder(pictures: Pictures, seed: int) -> Callable[[np.ndarray, np.ndarray, dict[str, float]], list]:
    """The function (samples, categories, means of a round) -> findings that compares samples with these pictures."""
    chosen = np.random.default_rng(seed).permutation(len(pictures))[:REAL]
    real, of_real = pictures.images[chosen], pictures.categories[chosen]

    def find(samples: np.ndarray, categories: np.ndarray, means: dict[str, float]) -> list:
        figures = {name: means[name] for name in ("d_real", "d_fake_before", "d_fake_after")}
        return find_generator_collapse(GeneratorEvidence(samples, real, categories, of_real, **figures))

    return find


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from readers import read_all
    from readers.extra_boxes import with_extra_boxes

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = argparse.ArgumentParser(prog="python -m generator.train", description=__doc__.partition(":")[0])
    parser.add_argument("--preset", choices=PRESETS, default="diffaugment")
    parser.add_argument("--size", type=int, metavar="PIXELS", help="side of a picture, such as 64 or 128")
    parser.add_argument("--data", action="append", default=[], metavar="NAME:PATH", help="a data set; repeatable")
    parser.add_argument("--splits", default="train", help="splits to train on, comma-separated (default: train)")
    parser.add_argument(
        "--boxes", type=Path, action="append", default=[], metavar="CSV", help="boxes, as written by detector.weak"
    )
    parser.add_argument("--photos", type=Path, metavar="FOLDER", help="photos whose garments the pipeline finds first")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change one setting")
    parser.add_argument("--minutes", type=float, help="training time in all; the round at hand is finished")
    parser.add_argument("--on-collapse", choices=("warn", "stop"), default="warn", help="if the generator collapses")
    parser.add_argument(
        "--crops", type=Path, metavar="FOLDER", help="crop store to share between runs (default: OUT/crops)"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the run; the same command resumes it")
    args = parser.parse_args(arguments)
    if bool(args.data) == bool(args.photos):
        raise ValueError("give either --data or --photos")
    given = {name: value for name in ("size", "minutes") if (value := getattr(args, name)) is not None}
    config = replace(PRESETS[args.preset], **given, **parse_settings(GeneratorConfig, args.set))
    if args.photos:
        from generator.found import found_garments

        table = found_garments(args.photos, args.out / "found")
    else:
        table = with_extra_boxes(read_all(args.data).in_splits(*args.splits.split(",")), args.boxes)
    inputs = further_inputs(splits=args.splits, boxes=args.boxes)
    train(config, table, args.out, args.crops, args.on_collapse == "stop", inputs)


if __name__ == "__main__":
    main()
