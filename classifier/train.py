"""Train a classifier: python -m classifier.train --model img --data ccp:PATH --data clothing:PATH --out FOLDER"""

import argparse
import json
import os
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from classifier.balance import Sampler, adjustment
from classifier.config import PRESETS, TINY, ClassifierConfig, preset
from classifier.data import Crops, cut_crops, evaluation_data, training_data
from classifier.watch import collapse_watch
from garments.settings import keep_settings, parse_settings
from garments.splits import held_out
from garments.types import Table
from garments.vocabulary import CATEGORIES
from reports.collapse import Evidence, find_collapse


def train(name: str, config: ClassifierConfig, table: Table, out: Path, init: str | None = None, stop: bool = False):
    """Train with Keras `fit`; the same call goes on where a killed one stopped.

    Args:
        name: 'img', 'img+bbox' or 'pretrain'.
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

    keep_settings({"model": name, **asdict(config)}, out)
    keras.utils.set_random_seed(config.seed)
    if config.bfloat16:
        tf.config.optimizer.set_experimental_options({"auto_mixed_precision_onednn_bfloat16": True})
    crops = cut_crops(table)
    labels = label_names(name, crops)
    crops = crops if name == "pretrain" else crops.with_category()
    held = held_out(table.photos.set_index("photo")["group"], config.held_out)[crops.garments["photo"]].to_numpy()
    known, chosen = crops.keep(~held), crops.keep(held & judged(name, crops))
    print(f"{name}: {len(known)} crops to train on, {len(chosen)} held out, {len(labels)} labels", flush=True)

    model = build(name, config, init, len(labels))
    steps = max(1, len(known) // config.batch)
    kinds = known.labels if name == "pretrain" else known.garments["category"].to_numpy()
    sampler = Sampler(kinds, config.sampling, steps * config.batch, config.seed)
    compile_model(
        model, config, steps, adjustment(allowed(name, known, labels)[sampler.order(0)], config.logit_adjustment)
    )
    done = epochs_done(out)
    held_data = evaluation_data(chosen, config, targets(name, chosen, config, labels))
    truth = np.array([labels.index(c) for c in (chosen.labels if name == "pretrain" else chosen.garments["category"])])
    watch = collapse_watch(held_data, lambda p: find_collapse(Evidence(truth, p.argmax(1), tuple(labels), p)), stop)
    return model.fit(
        training_data(known, config, targets(name, known, config, labels), sampler, len(done)),
        validation_data=held_data,
        epochs=config.epochs,
        steps_per_epoch=steps,
        callbacks=[*callbacks(out, monitored(model), done, sampler), watch],
        verbose=2,
    )


def load_config(run: Path) -> tuple[str, ClassifierConfig]:
    """The model's name and settings of a training run."""
    settings = json.loads((run / "config.json").read_text())
    return settings.pop("model"), ClassifierConfig(**settings)


def build(name: str, config: ClassifierConfig, init=None, classes: int = len(CATEGORIES)):
    """The Keras model of that name, not compiled; `init` as in `train`."""
    from classifier.backbones import take_weights
    from classifier.image import build_image
    from classifier.image_bbox import build_image_bbox
    from classifier.pretrain import build_pretrain

    builders = {"img": build_image, "img+bbox": build_image_bbox, "pretrain": build_pretrain}
    model = builders[name](config, "imagenet" if init == "imagenet" else None, classes)
    if init and init != "imagenet":
        take_weights(model, Path(init))
    return model


def label_names(name: str, crops: Crops) -> list[str]:
    """What the model tells apart: the categories; `pretrain` the data sets' own labels."""
    return sorted(set(crops.labels)) if name == "pretrain" else list(CATEGORIES)


def allowed(name: str, crops: Crops, labels: list[str]) -> np.ndarray:
    """(N, K) float32, 1 for each label that counts as right for a crop."""
    return (
        crops.allowed if name != "pretrain" else (crops.labels[:, None] == np.array(labels, object)).astype("float32")
    )


def judged(name: str, crops: Crops) -> np.ndarray:
    """(N,) bool: crops whose truth is certain and one label."""
    certain = crops.weights == 1
    return certain if name == "pretrain" else certain & (crops.allowed.sum(1) == 1)


def targets(name: str, crops: Crops, config: ClassifierConfig, labels: list[str]):
    """The function that turns (index, view) into what `fit` takes: (inputs, targets, sample weights)."""
    import tensorflow as tf

    right, weights = tf.constant(allowed(name, crops, labels)), tf.constant(crops.weights)

    def of(index, view):
        inputs, truth = {"image": view["image"]}, {"category": right[index]}
        if config.box_input:
            inputs["place"] = view["place"]
        if config.box_weight:
            truth["box"] = view["box"]
        if config.pixel_weight:
            truth["pixels"] = view["pixels"]
        return inputs, truth, {output: weights[index] if output == "category" else tf.ones([]) for output in truth}

    return of


def compile_model(model, config: ClassifierConfig, steps: int, prior: list[float] | None = None) -> None:
    """Compile for `fit`: AdamW, warm-up of an epoch, cosine; a loss for each output the model has.

    Args:
        model: as `build` makes it.
        config: the settings.
        steps: of an epoch.
        prior: of a logit-adjusted loss, see `balance.adjustment`.
    """
    import keras

    from classifier.losses import PartialCrossentropy, top1
    from classifier.pretrain import PixelCrossentropy

    losses = {
        "category": PartialCrossentropy(config.label_smoothing, prior),
        "box": keras.losses.MeanAbsoluteError(),
        "pixels": PixelCrossentropy(),
    }
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, max(1, (config.epochs - 1) * steps), warmup_target=config.learning_rate, warmup_steps=steps
    )
    weights = {"category": 1.0, "box": config.box_weight, "pixels": config.pixel_weight}
    outputs = list(model.output)
    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=config.weight_decay, global_clipnorm=5.0),
        loss={output: losses[output] for output in outputs},
        loss_weights={output: weights[output] for output in outputs},
        weighted_metrics={"category": [top1, keras.metrics.F1Score("macro", name="macro_f1")]},
    )


def monitored(model) -> str:
    """The name `fit` gives to macro-F1 on the held-out crops."""
    return "val_macro_f1" if len(model.output) == 1 else "val_category_macro_f1"


def epochs_done(out: Path) -> list[dict]:
    """The lines of metrics.jsonl of a run, one an epoch; none for a new run."""
    log = out / "metrics.jsonl"
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def callbacks(out: Path, best_by: str, done: list[dict], sampler: Sampler) -> list:
    """Best by macro-F1, backup and restore, TensorBoard, one JSON line an epoch with what was drawn in it."""
    import keras

    best = max((line[best_by] for line in done), default=None)

    def note(epoch, logs):
        figures = {key: round(float(value), 5) for key, value in logs.items()}
        with open(out / "metrics.jsonl", "a") as lines:
            lines.write(json.dumps({"epoch": epoch, **figures, "drawn": sampler.counts(epoch)}) + "\n")

    return [
        keras.callbacks.ModelCheckpoint(
            out / "best.keras",
            best_by,
            mode="max",
            save_best_only=True,
            initial_value_threshold=best,
        ),
        keras.callbacks.BackupAndRestore(out / "backup", delete_checkpoint=False),
        keras.callbacks.TensorBoard(out / "tensorboard", write_graph=False),
        keras.callbacks.LambdaCallback(on_epoch_end=note),
    ]


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from garments.weak import with_weak_boxes
    from readers import read_all

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    parser = argparse.ArgumentParser(prog="python -m classifier.train", description=__doc__.partition(":")[0])
    parser.add_argument("--model", required=True, choices=PRESETS)
    parser.add_argument("--data", action="append", required=True, metavar="NAME:PATH", help="a data set; repeatable")
    parser.add_argument("--splits", default="train", help="splits to train on, with commas (default: train)")
    parser.add_argument(
        "--boxes", type=Path, action="append", default=[], metavar="CSV", help="boxes found by detector.weak"
    )
    parser.add_argument("--tiny", action="store_true", help="settings that train in seconds, to try things out")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change one setting")
    parser.add_argument("--init", metavar="PATH", help="first weights: imagenet, a .keras file or an exported model")
    parser.add_argument("--on-collapse", choices=("warn", "stop"), default="warn", help="if the model turns lazy")
    parser.add_argument("--out", type=Path, required=True, help="folder for the run; the same command resumes it")
    args = parser.parse_args(arguments)
    config = replace(preset(args.model, **(TINY if args.tiny else {})), **parse_settings(ClassifierConfig, args.set))
    table = read_all(args.data).split(*args.splits.split(","))
    table = with_weak_boxes(table, args.boxes)
    history = train(args.model, config, table, args.out, args.init, args.on_collapse == "stop")
    scores = [
        v for name, values in history.history.items() if name.startswith("val_") and "macro_f1" in name for v in values
    ]
    print(f"held-out crops: best macro-F1 {max(scores):.3f}" if scores else "all epochs were done already")


if __name__ == "__main__":
    main()
