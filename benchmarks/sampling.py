"""The effect of each sampling method on the classifiers: python benchmarks/sampling.py --data ccp:PATH --out FOLDER

Trains `img` and `img+bbox` once for each option on the same garments, for the same steps, from the same initial
weights, and then a case prone to collapse: `img` on upper garments with the skew of the published test set, from random
weights and from trained ones. Every result is a line of FOLDER/study.csv; a second call trains only what is missing.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from classifier.config import ClassifierConfig
from classifier.data import cut_crops, evaluation_data, targets, training_data
from classifier.evaluate import with_predictions
from classifier.models import build, compile_model, preset
from engine.crops import Crops
from engine.sampling import SAMPLINGS, Sampler, adjustment
from garments.types import Table
from garments.vocabulary import CATEGORIES
from metrics.classification import category_figures, judged, paired
from readers import read_all
from readers.extra_boxes import with_extra_boxes

NAMES = ("img", "img+bbox")
OPTIONS: dict[str, dict[str, Any]] = {name: dict(sampling=name) for name in SAMPLINGS}
OPTIONS["logit adjustment"] = dict(logit_adjustment=1.0, sampling="none")
SKEW = {"blazer": 1040, "blouse": 3389, "sweater": 1828 + 1822, "hoodie": 541, "jacket": 1473, "tank": 2097}
SKEW |= {"tee": 5143, "top": 1387}  # garments of the published test set; its cardigans are sweaters here
SHOWN = ("accuracy", "balanced accuracy", "macro-F1", "worst recall", "most predicted", "majority")


@cache
def compiled(
    name: str, config: ClassifierConfig, first: str | None, steps: int, prior: tuple[float, ...] | None
) -> tuple:
    """A compiled model, and the values of its variables; cached, as compiling takes longer than a short training."""
    import keras

    keras.utils.set_random_seed(config.seed)
    model = build(name, config, first)
    head = model.get_layer("category")
    head.kernel.assign(keras.initializers.GlorotUniform(config.seed)(head.kernel.shape))
    head.bias.assign(keras.ops.zeros_like(head.bias))
    compile_model(model, name, config, steps, list(prior) if prior else None)
    model.optimizer.build(model.trainable_variables)
    variables = [*model.variables, *model.optimizer.variables]
    return model, [(variable, variable.numpy()) for variable in variables]


def trained(name: str, config: ClassifierConfig, crops: Crops, first: str | None) -> Any:
    """The model after `fit` on these crops; `first` has the initial weights of the ResNet50, None for random ones."""
    steps = len(crops) // config.batch
    sampler = Sampler(crops.garments["category"].to_numpy(), config.sampling, steps * config.batch, config.seed)
    prior = adjustment(crops.allowed[sampler.order(0)], config.logit_adjustment)
    same = replace(config, sampling="none")  # the network is that of every sampling
    model, values = compiled(name, same, first, steps, tuple(prior) if prior else None)
    for variable, value in values:
        variable.assign(value)
    views = training_data(crops, config, targets(name, crops, config), sampler)
    model.fit(views, steps_per_epoch=steps, epochs=config.epochs, verbose=2)
    return model


def figures(model: Any, name: str, config: ClassifierConfig, crops: Crops) -> dict:
    """The figures of the model on these crops, as text with 95 % intervals, and the verdict on collapse."""
    p = model.predict(evaluation_data(crops, config, targets(name, crops, config)), verbose=0)["category"]
    photos = pd.DataFrame({"photo": crops.garments["photo"].unique()})
    truth = Table.of(photos.to_dict("records"), crops.garments.to_dict("records"), [])
    pairs = paired(truth, Table(truth.photos, with_predictions(truth.garments, p, CATEGORIES), truth.problems))
    found = category_figures(pairs)
    scores = {key: "{:.2f} [{:.2f}, {:.2f}]".format(*found[key]) for key in SHOWN if key in found}
    return {**scores, "verdict": "collapsed" if judged(pairs)[0] else "healthy"}


def skewed(crops: Crops, seed: int = 0) -> Crops:
    """The largest subset of crops whose categories have the proportions of SKEW."""
    category = crops.garments["category"].to_numpy()
    scale = min((category == name).sum() / count for name, count in SKEW.items())
    rng = np.random.default_rng(seed)
    chosen = [rng.permutation(np.flatnonzero(category == name))[: round(n * scale)] for name, n in SKEW.items()]
    return crops.keep(np.isin(np.arange(len(crops)), np.concatenate(chosen)))


def runs(
    known: dict[str, Crops], few: np.ndarray, val: dict[str, Crops], first: str, epochs: int, skew_epochs: int
) -> Iterator[tuple]:
    """(study, model, option, training crops, evaluated crops, initial weights, settings) of every training.

    `known` and `val` are {model: crops}; `few` marks the known crops that the options are compared on; the study with
    the published skew uses all of them.
    """
    for name in NAMES:
        for option, settings in OPTIONS.items():
            yield (
                "all categories",
                name,
                option,
                known[name].keep(few),
                val[name],
                first,
                dict(epochs=epochs, learning_rate=4e-4, **settings),
            )
    skew, judged_on = skewed(known["img"]), val["img"].keep(val["img"].garments["category"].isin(SKEW).to_numpy())
    for study, weights, rate in (("skew, from scratch", None, 1e-3), ("skew, from trained weights", first, 4e-4)):
        for option in ("none", "balanced"):
            settings = dict(epochs=skew_epochs, learning_rate=rate, **OPTIONS[option])
            yield study, "img", option, skew, judged_on, weights, settings


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--data", action="append", required=True, metavar="NAME:PATH", help="a data set; repeatable")
    parser.add_argument("--boxes", type=Path, action="append", default=[], metavar="CSV", help="of detector.weak")
    parser.add_argument("--first", default="models/img", help="initial weights of the ResNet50 (default: %(default)s)")
    parser.add_argument("--size", type=int, default=64, help="side of the crops in pixels (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=2, help="of each training (default: %(default)s)")
    parser.add_argument("--skew-epochs", type=int, default=8, help="of those with the skew (default: %(default)s)")
    parser.add_argument("--most", type=int, help="max number of training garments, chosen at random")
    parser.add_argument("--out", type=Path, required=True, help="folder for study.csv")
    args = parser.parse_args()
    import tensorflow as tf

    tf.config.optimizer.set_experimental_options({"auto_mixed_precision_onednn_bfloat16": True})
    table = read_all(args.data)
    tables = with_extra_boxes(table.in_splits("train", "tags"), args.boxes), table.in_splits("val")
    known, val = (
        {name: cut_crops(of, preset(name, size=args.size), args.out / "crops").with_category() for name in NAMES}
        for of in tables
    )
    count = len(known["img"])
    few = np.random.default_rng(0).permutation(count) < (args.most or count)
    file = args.out / "study.csv"
    done = pd.read_csv(file) if file.exists() else pd.DataFrame(columns=["study", "model", "sampling"])
    for study, name, option, crops, judged_on, first, settings in runs(
        known, few, val, args.first, args.epochs, args.skew_epochs
    ):
        if ((done["study"] == study) & (done["model"] == name) & (done["sampling"] == option)).any():
            continue
        config = preset(name, size=args.size, **settings)
        model = trained(name, config, crops, first)
        row = dict(study=study, model=name, sampling=option, **figures(model, name, config, judged_on))
        done = pd.concat([done, pd.DataFrame([row])], ignore_index=True)
        done.to_csv(file, index=False)
        print(row, flush=True)


if __name__ == "__main__":
    main()
