"""Backbones compared as classifiers of garments: all learn from the same crops, drawn in the same order."""

from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from classifier.config import ClassifierConfig
from classifier.evaluate import predict
from classifier.export import export
from classifier.models import load
from classifier.train import train
from detector.evaluate import predict as find
from detector.predict import Detector
from engine import saved_model
from engine.run_folder import Longer, check, further_inputs, inputs_of
from engine.timing import milliseconds
from garments.storage import load_table, save_table
from garments.types import Table
from metrics.bootstrap import Interval
from metrics.cases import difference, mcnemar
from metrics.classification import ABOUT, category_figures, judged, paired
from metrics.found_categories import FIGURES, MEAN, Key, found_figures
from metrics.tables import with_interval
from reports.contest import Photos, once
from reports.page import Page

BACKBONES = "mobilenet,vgg16,vgg19,resnet50,efficientnet-lite2"
PRETRAINED = "efficientnet-lite2"  # whose weights a package brings
SETTINGS = dict(size=64, epochs=6)  # so small that two cores need a night at most
IMAGENET = " (ImageNet)"
MODEL = "img"
MIN_SCORE = 0.4  # of a found box, as in the pipeline
BATCH = 32  # crops that are timed at once
SHOWN = ("accuracy", "macro-F1", "top-3")
FOUND = "on found boxes"
PARTS = ("truth", "predicted", "found")  # tables of a contestant
NONE = (np.nan, np.nan, np.nan)
ABOUT_FOUND = (
    f"Precision / recall / AP on the boxes that a detector finds, of score {MIN_SCORE} or more: right is a box with an "
    "IoU of 0.5 or more with a garment of that category. Missed garments and boxes of none count."
)


@dataclass(frozen=True)
class Contestant:
    """A trained classifier and what is compared.

    Attributes:
        log: its metrics.jsonl, a row an epoch.
        parameters: weights, in millions.
        ms: to predict one crop of BATCH, in milliseconds.
        truth, predicted: of `classifier.evaluate`.
        found: the boxes that a detector finds in the same photos, with its categories and the product of the scores.
    """

    log: pd.DataFrame
    parameters: float
    ms: float
    truth: Table
    predicted: Table
    found: Table


def compare(names: list[str], config: ClassifierConfig, photos: Photos, detector: Path, out: Path) -> dict:
    """{name: Contestant}: train, export and evaluate each backbone, as far as that was not done before.

    Args:
        names: of backbones, with IMAGENET behind those that begin from its weights.
        config: the settings of all.
        photos: to learn from, and to predict.
        detector: an exported one, whose boxes are classified too.
        out: gets a folder each.

    Raises:
        ValueError: a folder holds a run with other settings or data.
    """
    bound = {**photos.inputs, **further_inputs(detector=detector / "SHA256SUMS")}
    tied = replace(photos, inputs=bound)
    folders = {name: out / name.replace(" (", "-").rstrip(")").lower() for name in names}
    runs = {name: replace(config, backbone=name.removesuffix(IMAGENET)) for name in names}
    for name, folder in folders.items():
        settings = {"model": MODEL, **asdict(runs[name])}
        inputs = {**inputs_of(photos.training, init_of(name)), **bound}
        check(folder / "run", settings, inputs, Longer("epochs", "best.keras"))
    contestants = {}
    for name, folder in folders.items():
        print(f"classification, {name}: training what is missing", flush=True)
        cost = once(folder, partial(_result, runs[name], init_of(name), tied, detector, folder))
        log = pd.read_json(folder / "run" / "metrics.jsonl", lines=True).set_index("epoch")
        contestants[name] = Contestant(log, cost["parameters"], cost["ms"], *(load_table(folder / p) for p in PARTS))
    return contestants


def init_of(name: str) -> str | None:
    """The initial weights of a contestant."""
    return "imagenet" if name.endswith(IMAGENET) else None


def _result(config: ClassifierConfig, init: str | None, photos: Photos, detector: Path, out: Path) -> dict[str, float]:
    """Train, export and evaluate a backbone; writes PARTS, returns what it costs."""
    shared = out.parent
    train(MODEL, config, photos.training, out / "run", init, crops=shared / "crops", inputs=photos.inputs)
    export(out / "run", out / "model")
    model = load(out / "model")
    _, named = predict(model, boxes := found_boxes(detector, photos.judged_on, shared / "boxes"))
    scores = named.garments["score"] * boxes.garments["score"].loc[named.garments.index]
    found = Table(named.photos, named.garments.assign(score=scores), named.problems)
    for part, table in zip(PARTS, (*predict(model, photos.judged_on), found), strict=True):
        save_table(table, out / part)
    weights = sum(weight.size for weight in saved_model.weights(out / "model").values())
    views = [(np.zeros((config.size, config.size, 3), np.uint8), np.zeros(8, np.float32))] * BATCH
    return {"parameters": weights / 1e6, "ms": milliseconds(lambda: model.run(views)) / BATCH}


def found_boxes(detector: Path, photos: Table, folder: Path) -> Table:
    """What a detector finds in photos; it is kept in a folder."""
    if not folder.exists():
        part = folder.with_suffix(".part")
        save_table(find(Detector.load(detector, masks=False), photos, MIN_SCORE), part)
        part.rename(folder)
    return load_table(folder)


def section(page: Page, contestants: dict[str, Contestant]) -> pd.DataFrame:
    """Add the comparison to a page; returns the table of all, as text."""
    pairs = {name: paired(of.truth, of.predicted) for name, of in contestants.items()}
    for name, of in pairs.items():
        collapsed, words = judged(of)
        page.verdict(f"{name}: {words}", collapsed)
    found = {name: found_figures(of.truth, of.found) for name, of in contestants.items()}
    figures = side_by_side(contestants, pairs, found)
    words = f"{len(next(iter(pairs.values())))} garments on their true boxes. {ABOUT} {ABOUT_FOUND}"
    page.table("classification", "Classification", figures, words)
    page.table("found", "Classification of found garments, by category", by_category(found), ABOUT_FOUND)
    words = "Accuracy of the second minus that of the first, with 95 % interval over photos; p of McNemar's exact test."
    page.table("pairs", "Classification, two by two", two_by_two(pairs), words)
    curves = losses({name: of.log for name, of in contestants.items()})
    page.picture("classification-losses", "Classification, losses", curves)
    return figures


def side_by_side(
    contestants: dict[str, Contestant], pairs: dict[str, pd.DataFrame], found: dict[str, dict[Key, Interval]]
) -> pd.DataFrame:
    """A row a contestant: figures with intervals, size and time, as text."""
    rows = {}
    for name, of in contestants.items():
        figures, means = category_figures(pairs[name]), [found[name][MEAN, figure] for figure in FIGURES]
        shown = {title: with_interval(figures[title]) for title in SHOWN if title in figures}
        on_found = {FOUND: shorthand(means[:2]), f"{FOUND}: AP": with_interval(means[2])}
        minutes = of.log["seconds"].sum() / 60
        cost = {"parameters": f"{of.parameters:.1f} M", "ms a crop": f"{of.ms:.1f}", "minutes": f"{minutes:.0f}"}
        rows[name] = {**shown, "majority": f"{figures['majority'][0]:.3f}", **on_found, **cost}
    return pd.DataFrame.from_dict(rows, "index").rename_axis("backbone")


def by_category(found: dict[str, dict[Key, Interval]]) -> pd.DataFrame:
    """A row a category and one of their means, a column a contestant: '.45 / .44 / .41'."""
    names = dict.fromkeys(name for figures in found.values() for name, _ in figures)
    rows = [name for name in names if name != MEAN] + [MEAN]
    columns = {
        title: [shorthand([figures.get((name, figure), NONE) for figure in FIGURES]) for name in rows]
        for title, figures in found.items()
    }
    return pd.DataFrame(columns, index=pd.Index(rows, name="category"))


def shorthand(figures: list[Interval]) -> str:
    """'.45 / .44': values without their intervals; '-' for one that is not defined."""
    return " / ".join("-" if np.isnan(value) else f"{value:.2f}".lstrip("0") for value, *_ in figures)


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
