"""Train a classifier: python -m classifier.train --model img --data ccp:PATH --data clothing:PATH --out FOLDER"""

import argparse
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classifier.config import TINY, ClassifierConfig
from classifier.data import cut_crops, evaluation_data, targets, training_data
from classifier.models import MODELS, build, compile_model, preset
from classifier.tasks import Task
from classifier.teacher import is_taught, with_teacher
from engine.crops import Crops
from engine.run_folder import Longer, further_inputs, inputs_of, run_folder
from engine.sampling import Sampler, adjustment
from engine.settings import parse_settings
from garments.command import command
from garments.splits import held_out
from garments.storage import load_table
from garments.types import Table
from garments.vocabulary import CATEGORIES
from metrics.classification import WORST_OF
from metrics.collapse import Evidence, find_collapse

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from engine.callbacks import CollapseWatch

FEW = 20  # validation crops
TEACHER_WEIGHT = 0.7  # where a teacher is given and no weight is set


def train(
    name: str,
    config: ClassifierConfig,
    table: Table,
    out: Path,
    init: str | None = None,
    stop: bool = False,
    crops: Path | None = None,
    inputs: Mapping[str, str] | None = None,
) -> "keras.callbacks.History":
    """Train with Keras `fit`; the same call resumes a run that was killed.

    Args:
        name: of MODELS.
        config: the settings; an `out` with other settings is refused.
        table: the training photos; a share of their groups is held out to choose the best epoch.
        out: the folder for best.keras, backup/, TensorBoard files and metrics.jsonl.
        init: initial weights: 'imagenet', the .keras file of a classifier, or the folder of an exported one.
        stop: end the training when the model has collapsed, instead of only reporting it.
        crops: the folder of the crop store, by default crops/ in `out`.
        inputs: what else the run is tied to, see `engine.run_folder.further_inputs`.

    Returns:
        The Keras History.

    Raises:
        ValueError: `out` holds a run with other settings or data, another training runs there, or there is nothing to
            train on.
    """
    settings = {"model": name, **asdict(config)}
    with run_folder(out, settings, {**inputs_of(table, init), **(inputs or {})}, Longer("epochs", "best.keras")):
        return _fit(name, config, crops_of(name, config, table, crops or out / "crops"), out, init, stop)


def _fit(
    name: str, config: ClassifierConfig, crops: tuple[Crops, Crops, list[str]], out: Path, init: str | None, stop: bool
) -> "keras.callbacks.History":
    """Train on what `crops_of` returned."""
    from engine.fit import Fit, set_up

    set_up(config.seed, config.bfloat16)
    task, (training, validation, classes) = MODELS[name].task, crops
    steps = max(1, len(training) // config.batch)
    sampler = Sampler(task.strata(training), config.sampling, steps * config.batch, config.seed)
    model = build(name, config, init, len(classes))
    prior = adjustment(task.allowed(training, classes)[sampler.order(0)], config.logit_adjustment) if classes else None
    compile_model(model, name, config, steps, prior)
    held_data = evaluation_data(validation, config, targets(name, validation, config, classes))
    watch = [collapse_watch(held_data, task.allowed(validation, classes).argmax(1), classes, stop)] if classes else []
    fit = Fit(out, config.epochs, steps, task.measure, task.mode, lambda n: {"drawn": sampler.counts(n)}, watch)
    truth = targets(name, training, config, classes)
    return fit(model, lambda epoch: training_data(training, config, truth, sampler, epoch), held_data)


def crops_of(name: str, config: ClassifierConfig, table: Table, folder: Path) -> tuple[Crops, Crops, list[str]]:
    """(training crops, validation crops, which choose the best epoch, classes); prints how many there are.

    Raises:
        ValueError: there are too few, or no crop has one of the categories.
    """
    task = MODELS[name].task
    cut = cut_crops(table, config, folder)
    refuse_unknown(config.categories, cut)
    crops = task.usable(cut)
    if config.teacher_weight and not is_taught(crops).any():
        raise ValueError(f"teacher_weight is {config.teacher_weight}, but there are no predictions: give --teacher")
    classes = task.classes(crops, config)
    held = held_out(table, config.held_out).set_axis(table.photos["photo"])[crops.garments["photo"]].to_numpy()
    training, validation = crops.keep(~held), crops.keep(held & task.for_validation(crops))
    print(f"{name}: {len(training)} crops to train on, {len(validation)} held out, {len(classes)} labels", flush=True)
    if unused := len(cut) - len(crops):
        print(f"{name}: {unused} crops left out, as the model does not learn their label", flush=True)
    if not len(training) or not len(validation):
        named = ", or name their categories by --set categories=..." if unused else ""
        counts = f"{len(training)} garments to train on and {len(validation)} to hold out"
        raise ValueError(f"{counts}: give more photos{named}")
    if len(validation) < FEW:
        more = f"a held_out above {config.held_out} holds out more"
        print(f"{name}: only {len(validation)} crops choose the best epoch; {more}", flush=True)
    if classes and (few := too_few(task.allowed(validation, classes), classes)):
        print(f"{name}: too few of these are held out to judge them: {few}", flush=True)
    return training, validation, classes


def too_few(allowed: np.ndarray, classes: list[str]) -> str:
    """The classes with fewer than WORST_OF held-out crops, with their counts, as text.

    Args:
        allowed: (N, K), 1 for each class that counts as correct for a held-out crop.
        classes: the K names.
    """
    counts = allowed[allowed.sum(1) == 1].sum(0)
    return ", ".join(f"{name} ({count:.0f})" for name, count in zip(classes, counts, strict=True) if count < WORST_OF)


def collapse_watch(held_data: "tf.data.Dataset", truth: np.ndarray, classes: list[str], stop: bool) -> "CollapseWatch":
    """The callback that reports after every epoch whether the model has collapsed.

    Args:
        held_data: a finite tf.data.Dataset of N held-out crops.
        truth: (N,) their true classes as indices.
        classes: the K names.
        stop: whether to end the training of a collapsed model.
    """
    from engine.callbacks import CollapseWatch

    def find(outputs: dict[str, np.ndarray]) -> list:
        p = outputs["category"]
        return find_collapse(Evidence(truth, p.argmax(1), tuple(classes), p))

    return CollapseWatch(held_data, find, stop)


def refuse_unknown(categories: tuple[str, ...], crops: Crops) -> None:
    """Refuse new categories that no crop has: a misspelt name would go unnoticed.

    Raises:
        ValueError: no crop has one of them.
    """
    known = set(np.array(categories)[crops.allowed.any(0)]) | set(CATEGORIES)
    if absent := [category for category in categories if category not in known]:
        present = ", ".join(sorted(set(crops.garments["category"]) - {""})) or "none"
        raise ValueError(f"categories: no photo has {', '.join(absent)}; the data has {present}")


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from readers import read_all
    from readers.ccp.landmarks import with_derived_landmarks
    from readers.corrections import with_corrections
    from readers.extra_boxes import with_extra_boxes

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = argparse.ArgumentParser(prog="python -m classifier.train", description=__doc__.partition(":")[0])
    parser.add_argument("--model", required=True, choices=MODELS)
    parser.add_argument("--data", action="append", required=True, metavar="NAME:PATH", help="a data set; repeatable")
    parser.add_argument("--splits", default="train", help="splits to train on, comma-separated (default: train)")
    parser.add_argument(
        "--boxes", type=Path, action="append", default=[], metavar="CSV", help="boxes, as written by detector.weak"
    )
    parser.add_argument("--corrections", type=Path, metavar="CSV", help="labels to correct: kept rows of an audit.csv")
    parser.add_argument("--tiny", action="store_true", help="tiny settings for a quick test of the commands")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change one setting")
    parser.add_argument("--init", metavar="PATH", help="initial weights: imagenet, a .keras file or an exported model")
    parser.add_argument(
        "--teacher", type=Path, metavar="FOLDER",
        help="learn a teacher's predictions too: predicted/ of classifier.evaluate on the same data and boxes",
    )  # fmt: skip
    parser.add_argument("--on-collapse", choices=("warn", "stop"), default="warn", help="if the model collapses")
    parser.add_argument(
        "--crops", type=Path, metavar="FOLDER", help="crop store to share between runs (default: OUT/crops)"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the run; the same command resumes it")
    args = parser.parse_args(arguments)
    defaults = {**size_of(args.init), **(TINY if args.tiny else {})}
    defaults |= {"teacher_weight": TEACHER_WEIGHT} if args.teacher else {}
    config = replace(preset(args.model, **defaults), **parse_settings(ClassifierConfig, args.set))
    print(f"{args.model}: images of {config.size} pixels", flush=True)
    table = with_corrections(read_all(args.data), args.corrections).in_splits(*args.splits.split(","))
    table = with_extra_boxes(table, args.boxes)
    table = with_teacher(table, load_table(args.teacher), config.categories) if args.teacher else table
    table = with_derived_landmarks(table) if args.model == "landmarks" else table
    inputs = further_inputs(splits=args.splits, boxes=args.boxes, corrections=args.corrections, teacher=args.teacher)
    history = train(args.model, config, table, args.out, args.init, args.on_collapse == "stop", args.crops, inputs)
    best = f"held-out crops: best {best_of(history, MODELS[args.model].task)}"
    print(best if history.epoch else "all epochs were done already")


def size_of(init: str | None) -> dict:
    """{'size': of an exported model whose weights are the initial ones}; empty for other initial weights."""
    settings = Path(init or "", "config.json")
    return {"size": json.loads(settings.read_text())["size"]} if init and settings.exists() else {}


def best_of(history: "keras.callbacks.History", task: Task) -> str:
    """The measure of the best epoch of a History, as text."""
    name = task.measure.partition("_")[2]
    values = next(values for key, values in history.history.items() if key.startswith("val_") and key.endswith(name))
    return f"{name.replace('_', ' ')} {(max if task.mode == 'max' else min)(values):.3f}"


if __name__ == "__main__":
    main()
