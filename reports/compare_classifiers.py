"""Compare backbones as classifiers of garments: python -m reports.compare --data NAME:PATH --out OUT

All learn from the same crops, drawn in the same order, for as many steps. What is missing is trained; the same command
resumes.
"""

import argparse
import json
import os
import time
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from classifier.config import TINY, ClassifierConfig
from classifier.evaluate import predict
from classifier.export import export
from classifier.models import load, preset
from classifier.predict import CropModel
from classifier.train import train
from engine import saved_model
from engine.run_folder import Longer, check, further_inputs, inputs_of
from engine.settings import parse_settings
from garments.command import command
from garments.storage import load_table, save_table
from garments.types import Table
from metrics.cases import difference, mcnemar
from metrics.classification import ABOUT, category_figures, judged, paired
from reports.page import Page

BACKBONES = "mobilenet,vgg16,vgg19,resnet50,efficientnet-lite2"
PRETRAINED = "efficientnet-lite2"  # whose weights a package brings
SETTINGS = dict(size=64, epochs=6)  # so small that two cores need a night at most
IMAGENET = " (ImageNet)"
MODEL, DONE = "img", "cost.json"  # written last
TIMED, BATCH = 7, 32  # runs, and crops a run, of which the median counts
SHOWN = {"accuracy": "accuracy", "macro-F1": "macro-F1", "top-3": "top-3"}


@dataclass(frozen=True)
class Contestant:
    """A trained classifier and what is compared.

    Attributes:
        log: its metrics.jsonl, a row an epoch.
        parameters: weights, in millions.
        ms: to predict one crop of BATCH, in milliseconds.
        truth, predicted: of `classifier.evaluate`.
    """

    log: pd.DataFrame
    parameters: float
    ms: float
    truth: Table
    predicted: Table


def contest(
    name: str, config: ClassifierConfig, training: Table, judged_on: Table, out: Path, inputs: dict[str, str]
) -> Contestant:
    """Train, export and evaluate one backbone, as far as that was not done before.

    Args:
        name: of the backbone, with IMAGENET behind it to begin from its weights.
        config: the settings of all.
        training: photos to learn from.
        judged_on: photos to predict.
        out: the folder of this backbone.
        inputs: see `classifier.train.train`.

    Raises:
        ValueError: the folder holds a run with other settings or data.
    """
    config = replace(config, backbone=name.removesuffix(IMAGENET))
    init = "imagenet" if name.endswith(IMAGENET) else None
    bound = {**inputs_of(training, init), **inputs}
    check(out / "run", {"model": MODEL, **asdict(config)}, bound, Longer("epochs", "best.keras"))
    if not (out / DONE).exists():
        train(MODEL, config, training, out / "run", init, crops=out.parent / "crops", inputs=inputs)
        export(out / "run", out / "model")
        model = load(out / "model")
        for part, table in zip(("truth", "predicted"), predict(model, judged_on), strict=True):
            save_table(table, out / part)
        weights = sum(weight.size for weight in saved_model.weights(out / "model").values())
        cost = {"parameters": weights / 1e6, "ms": milliseconds(model, config.size)}
        (out / "cost.part").write_text(json.dumps(cost), encoding="utf-8")
        (out / "cost.part").replace(out / DONE)
    log = pd.read_json(out / "run" / "metrics.jsonl", lines=True).set_index("epoch")
    tables = [load_table(out / part) for part in ("truth", "predicted")]
    return Contestant(log, *json.loads((out / DONE).read_text(encoding="utf-8")).values(), *tables)


def milliseconds(model: CropModel, size: int) -> float:
    """The median time of an exported classifier for a crop, of BATCH at once."""
    views = [(np.zeros((size, size, 3), np.uint8), np.zeros(8, np.float32))] * BATCH
    model.run(views)
    seconds = []
    for _ in range(TIMED):
        start = time.perf_counter()
        model.run(views)
        seconds.append(time.perf_counter() - start)
    return 1000 * float(np.median(seconds)) / BATCH


def report(contestants: dict[str, Contestant], out: Path) -> Path:
    """Write the page; its tables are CSV files too, the first also as comparison.md.

    Args:
        contestants: {name: what `contest` gave}, all of the same garments.
        out: folder to write.
    """
    pairs = {name: paired(of.truth, of.predicted) for name, of in contestants.items()}
    page = Page(out, "Backbones compared")
    for name, of in pairs.items():
        collapsed, words = judged(of)
        page.verdict(f"{name}: {words}", collapsed)
    figures = side_by_side(contestants, pairs)
    page.table("comparison", "Side by side", figures, f"{len(next(iter(pairs.values())))} garments. {ABOUT}")
    (out / "comparison.md").write_text(markdown(figures), encoding="utf-8")
    words = "Accuracy of the second minus that of the first, with 95 % interval over photos; p of McNemar's exact test."
    page.table("pairs", "Two by two", two_by_two(pairs), words)
    page.picture("losses", "Losses", losses({name: of.log for name, of in contestants.items()}))
    return page.write()


def side_by_side(contestants: dict[str, Contestant], pairs: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """A row a contestant: figures with intervals, size and time, as text."""
    rows = {}
    for name, of in contestants.items():
        figures = category_figures(pairs[name])
        shown = {title: "{:.3f} [{:.3f}, {:.3f}]".format(*figures[k]) for k, title in SHOWN.items() if k in figures}
        minutes = of.log["seconds"].sum() / 60
        cost = {"parameters": f"{of.parameters:.1f} M", "ms a crop": f"{of.ms:.1f}", "minutes": f"{minutes:.0f}"}
        rows[name] = {**shown, "majority": f"{figures['majority'][0]:.3f}", **cost}
    return pd.DataFrame.from_dict(rows, "index").rename_axis("backbone")


def two_by_two(pairs: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """A row for two contestants: the difference of their accuracies with its interval, and p."""
    rows = {}
    for first, second in combinations(pairs, 2):
        value, low, high = difference(pairs[first], pairs[second])
        p = mcnemar(pairs[first], pairs[second])
        rows[f"{first}, {second}"] = {"difference": f"{value:+.3f} [{low:+.3f}, {high:+.3f}]", "p": f"{p:.3g}"}
    return pd.DataFrame.from_dict(rows, "index", columns=["difference", "p"]).rename_axis("first, second")


def losses(logs: dict[str, pd.DataFrame]) -> Figure:
    """The losses of training on the left, of held-out photos on the right, a line a contestant."""
    figure = Figure((12, 4), layout="constrained")
    for axis, column, title in zip(
        figure.subplots(1, 2, sharey=True), ("loss", "val_loss"), ("training", "held out"), strict=True
    ):
        for name, log in logs.items():
            axis.plot(log.index + 1, log[column], marker=".", label=name)
        axis.set(xlabel="epoch", title=f"loss, {title}")
        axis.legend(fontsize=7)
    return figure


def markdown(table: pd.DataFrame) -> str:
    """A table of text in Markdown."""
    rows = [
        [table.index.name, *table.columns],
        ["---"] * (len(table.columns) + 1),
        *table.reset_index().to_numpy().tolist(),
    ]
    return "".join(f"| {' | '.join(map(str, row))} |\n" for row in rows)


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from readers import read_all
    from readers.extra_boxes import with_extra_boxes

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = argparse.ArgumentParser(prog="python -m reports.compare", description=__doc__.partition(":")[0])
    parser.add_argument("--data", action="append", required=True, metavar="NAME:PATH", help="a data set; repeatable")
    parser.add_argument("--splits", default="train", help="splits to train on, comma-separated (default: train)")
    parser.add_argument("--judged-on", default="val", metavar="SPLITS", help="splits to evaluate on (default: val)")
    parser.add_argument(
        "--boxes", type=Path, action="append", default=[], metavar="CSV", help="as for classifier.train"
    )
    parser.add_argument("--backbones", default=BACKBONES, help=f"from random weights (default: {BACKBONES})")
    parser.add_argument(
        "--pretrained", default=PRETRAINED,
        help=f"from ImageNet weights, which Keras downloads for all but EfficientNet-Lite (default: {PRETRAINED})",
    )  # fmt: skip
    parser.add_argument("--tiny", action="store_true", help="tiny settings for a quick test of the command")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change one setting for all")
    parser.add_argument("--out", type=Path, required=True, help="folder for runs and page; the same command resumes")
    args = parser.parse_args(arguments)
    config = replace(preset(MODEL, **(TINY if args.tiny else SETTINGS)), **parse_settings(ClassifierConfig, args.set))
    table = with_extra_boxes(read_all(args.data), args.boxes)
    training, judged_on = (table.in_splits(*splits.split(",")) for splits in (args.splits, args.judged_on))
    names = [*filter(None, args.backbones.split(",")), *(n + IMAGENET for n in args.pretrained.split(",") if n)]
    inputs = further_inputs(splits=args.splits, boxes=args.boxes, judged_on=inputs_of(judged_on, None)["data"])
    contestants = {}
    for name in names:
        print(f"{name}: training what is missing", flush=True)
        folder = args.out / name.replace(" (", "-").rstrip(")").lower()
        contestants[name] = contest(name, config, training, judged_on, folder, inputs)
    print(report(contestants, args.out / "page"))


if __name__ == "__main__":
    main()
