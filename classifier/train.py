"""Train a classifier: python -m classifier.train --model img --data ccp:PATH --data clothing:PATH --out FOLDER"""

import argparse
import json
import os
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from classifier.config import PRESETS, TINY, ClassifierConfig, preset
from classifier.data import Crops, cut_crops, evaluation_data, training_data
from classifier.tasks import TASKS
from classifier.watch import collapse_watch
from engine.sampling import Sampler
from engine.settings import keep_settings, parse_settings
from garments.command import command
from garments.splits import held_out
from garments.types import Table
from garments.vocabulary import CATEGORIES
from metrics.collapse import Evidence, find_collapse

FEW = 20  # crops that choose the best epoch


def train(name: str, config: ClassifierConfig, table: Table, out: Path, init: str | None = None, stop: bool = False):
    """Train with Keras `fit`; the same call goes on where a killed one stopped.

    Args:
        name: of TASKS.
        config: the settings; a folder trained with others is refused.
        table: the training photos; a share of their groups is held out to choose the best epoch.
        out: the folder for best.keras, backup/, TensorBoard files and metrics.jsonl.
        init: first weights: 'imagenet', the .keras file of a classifier, or the folder of an exported one.
        stop: end the training when the model has collapsed, instead of only saying so.

    Returns:
        The Keras History.

    Raises:
        ValueError: `out` holds a run with other settings, or there is nothing to train on.
    """
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(config.seed)
    if config.bfloat16:
        tf.config.optimizer.set_experimental_options({"auto_mixed_precision_onednn_bfloat16": True})
    task = TASKS[name]
    cut = cut_crops(table, config.categories)
    refuse_unknown(config.categories, cut)
    crops = task.usable(cut)
    labels = task.labels(crops, config)
    held = held_out(table.photos.set_index("photo"), config.held_out)[crops.garments["photo"]].to_numpy()
    known, chosen = crops.keep(~held), crops.keep(held & task.certain(crops))
    print(f"{name}: {len(known)} crops to train on, {len(chosen)} held out, {len(labels)} labels", flush=True)
    if len(cut) > len(crops):
        print(f"{name}: {len(cut) - len(crops)} crops left out, whose label is none that it learns", flush=True)
    if not len(known) or not len(chosen):
        named = ", or name their categories by --set categories=..." if len(cut) > len(crops) else ""
        raise ValueError(f"{len(known)} garments to train on and {len(chosen)} to hold out: give more photos{named}")
    if len(chosen) < FEW:
        more = f"a held_out above {config.held_out} holds out more"
        print(f"{name}: {len(chosen)} choose the best epoch, which is few; {more}", flush=True)
    keep_settings({"model": name, **asdict(config)}, out)

    model = build(name, config, init, len(labels))
    steps = max(1, len(known) // config.batch)
    sampler = Sampler(task.kinds(known), config.sampling, steps * config.batch, config.seed)
    compile_model(model, name, config, steps, task.prior(known, config, sampler, labels))
    done = epochs_done(out)
    held_data = evaluation_data(chosen, config, targets(name, chosen, config, labels))
    truth = task.allowed(chosen, labels).argmax(1)
    model.evaluate(held_data, steps=1, verbose=0)  # makes the variables of losses and metrics, as for the optimizer
    watch = collapse_watch(held_data, lambda p: find_collapse(Evidence(truth, p.argmax(1), tuple(labels), p)), stop)
    return model.fit(
        training_data(known, config, targets(name, known, config, labels), sampler, len(done)),
        validation_data=held_data,
        epochs=config.epochs,
        steps_per_epoch=steps,
        callbacks=[*callbacks(out, task, model, done, sampler), *([watch] if labels else [])],
        shuffle=False,  # the data is drawn at random as it is
        verbose=2,
    )


def refuse_unknown(categories: tuple[str, ...], crops: Crops) -> None:
    """Refuse categories of one's own that no crop has: a name with a slip of the pen would go unseen.

    Raises:
        ValueError: there are such.
    """
    known = set(np.array(categories)[crops.allowed.any(0)]) | set(CATEGORIES)
    if absent := [category for category in categories if category not in known]:
        there = ", ".join(sorted(set(crops.garments["category"]) - {""})) or "none"
        raise ValueError(f"categories: no photo has {', '.join(absent)}; the data has {there}")


def load_config(run: Path) -> tuple[str, ClassifierConfig]:
    """The model's name and settings of a training run."""
    settings = json.loads((run / "config.json").read_text())
    return settings.pop("model"), ClassifierConfig(**settings)


def build(name: str, config: ClassifierConfig, init=None, classes: int | None = None):
    """The Keras model of that name, not compiled; `init` as in `train`, `classes` by default the categories."""
    from classifier.image import build_image
    from classifier.image_bbox import build_image_bbox
    from classifier.landmarks import build_landmarks
    from classifier.pretrain import build_pretrain
    from engine.backbones import take_weights

    builders = {
        "img": build_image,
        "img+bbox": build_image_bbox,
        "pretrain": build_pretrain,
        "landmarks": build_landmarks,
    }
    model = builders[name](config, "imagenet" if init == "imagenet" else None, classes or len(config.categories))
    if init and init != "imagenet" and (anew := take_weights(model, Path(init))):
        print(f"{name}: layers that {init} lacks, or has in another size, start anew: {', '.join(anew)}", flush=True)
    return model


def targets(name: str, crops: Crops, config: ClassifierConfig, labels: list[str] | tuple = ()):
    """The function that turns (index, view) into what `fit` takes: (inputs, targets, sample weights)."""
    truth_of = TASKS[name].truth(crops, config, list(labels))

    def of(index, view):
        inputs = {key: view[key] for key in ("image", *(["place"] if config.box_input else []))}
        return inputs, *truth_of(index, view)

    return of


def compile_model(model, name: str, config: ClassifierConfig, steps: int, prior: list[float] | None = None) -> None:
    """Compile for `fit`: AdamW, warm-up of an epoch, cosine; a loss for each output the model has.

    Args:
        model: as `build` makes it.
        name: the model's.
        config: the settings.
        steps: of an epoch.
        prior: of a logit-adjusted loss, see `sampling.adjustment`.
    """
    import keras

    from engine.optimizer import AdamW

    task, outputs = TASKS[name], list(model.output)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, max(1, (config.epochs - 1) * steps), warmup_target=config.learning_rate, warmup_steps=steps
    )
    losses = task.losses(config, prior)
    model.compile(
        AdamW(rate, weight_decay=config.weight_decay, global_clipnorm=5.0),
        loss={output: losses[output][0] for output in outputs},
        loss_weights={output: losses[output][1] for output in outputs},
        weighted_metrics=task.metrics(),
    )
    model.optimizer.build(model.trainable_variables)  # or `fit` makes its graph twice


def epochs_done(out: Path) -> list[dict]:
    """The lines of metrics.jsonl of a run, one an epoch; none for a new run."""
    log = out / "metrics.jsonl"
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def callbacks(out: Path, task, model, done: list[dict], sampler: Sampler) -> list:
    """Best epoch, backup and restore, TensorBoard, one JSON line an epoch with what was drawn in it."""
    import keras

    # with one output `fit` leaves its name out
    measure = "val_" + (task.measure if len(model.output) > 1 else task.measure.partition("_")[2])
    choose = max if task.mode == "max" else min
    best = choose((line[measure] for line in done), default=None)

    def note(epoch, logs):
        figures = {key: round(float(value), 5) for key, value in logs.items()}
        with open(out / "metrics.jsonl", "a") as lines:
            lines.write(json.dumps({"epoch": epoch, **figures, "drawn": sampler.counts(epoch)}) + "\n")

    return [
        keras.callbacks.ModelCheckpoint(
            out / "best.keras",
            measure,
            mode=task.mode,
            save_best_only=True,
            initial_value_threshold=best,
        ),
        keras.callbacks.TerminateOnNaN(),
        keras.callbacks.BackupAndRestore(out / "backup", delete_checkpoint=False),
        keras.callbacks.TensorBoard(out / "tensorboard", write_graph=False),
        keras.callbacks.LambdaCallback(on_epoch_end=note),
    ]


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from readers import read_all
    from readers.ccp.landmarks import with_derived_landmarks
    from readers.extra_boxes import with_weak_boxes

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = argparse.ArgumentParser(prog="python -m classifier.train", description=__doc__.partition(":")[0])
    parser.add_argument("--model", required=True, choices=PRESETS)
    parser.add_argument("--data", action="append", required=True, metavar="NAME:PATH", help="a data set; repeatable")
    parser.add_argument("--splits", default="train", help="splits to train on, with commas (default: train)")
    parser.add_argument(
        "--boxes", type=Path, action="append", default=[], metavar="CSV", help="boxes, as of detector.weak"
    )
    parser.add_argument("--tiny", action="store_true", help="settings that train fast and badly, to try the commands")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change one setting")
    parser.add_argument("--init", metavar="PATH", help="first weights: imagenet, a .keras file or an exported model")
    parser.add_argument("--on-collapse", choices=("warn", "stop"), default="warn", help="if the model turns lazy")
    parser.add_argument("--out", type=Path, required=True, help="folder for the run; the same command resumes it")
    args = parser.parse_args(arguments)
    first = {**size_of(args.init), **(TINY if args.tiny else {})}
    config = replace(preset(args.model, **first), **parse_settings(ClassifierConfig, args.set))
    print(f"{args.model}: images of {config.size} pixels", flush=True)
    table = read_all(args.data).in_splits(*args.splits.split(","))
    table = with_weak_boxes(table, args.boxes)
    table = with_derived_landmarks(table) if args.model == "landmarks" else table
    history = train(args.model, config, table, args.out, args.init, args.on_collapse == "stop")
    print(
        f"held-out crops: best {said(history, TASKS[args.model])}" if history.epoch else "all epochs were done already"
    )


def size_of(init: str | None) -> dict:
    """The setting `size` of an exported model, for one that begins with its weights; none for other first weights."""
    settings = Path(init or "", "config.json")
    return {"size": json.loads(settings.read_text())["size"]} if init and settings.exists() else {}


def said(history, task) -> str:
    """The measure of the best epoch of a History, as text."""
    name = task.measure.partition("_")[2]
    values = next(values for key, values in history.history.items() if key.startswith("val_") and key.endswith(name))
    return f"{name.replace('_', ' ')} {(max if task.mode == 'max' else min)(values):.3f}"


if __name__ == "__main__":
    main()
