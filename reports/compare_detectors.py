"""Detectors compared: all learn from the same photos for as many steps, from the same initial weights and seed."""

from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from detector.config import DetectorConfig
from detector.evaluate import predict
from detector.export import export
from detector.predict import Detector
from detector.train import train
from engine import saved_model
from engine.run_folder import Longer, check, inputs_of
from engine.timing import milliseconds
from garments.storage import load_table, save_table
from garments.types import Photo, Table
from garments.vocabulary import PARTS
from metrics.bootstrap import Interval
from metrics.detection import BOXES, MASKS, detection_figures
from metrics.detection_intervals import named_figures
from metrics.masks import with_masks
from metrics.tables import with_interval
from reports.contest import Photos, once
from reports.page import Page
from reports.training import detector_log, detector_minutes

PRESET = "lite"
SETTINGS = dict(
    input_size=(320, 256), cascade_ious=(), categories=False, context=0.0, steps=600, evaluate_every=100, ema=0.99
)  # of plain Faster R-CNN, so small that two cores need minutes
DETECTORS = {"Faster R-CNN": False, "Mask R-CNN": True}  # by name, whether they have masks
SHOWN = ("AP", "AP50", "mask AP", "mask AP50")
BOX_LOSSES = ["rpn_score_loss", "rpn_box_loss", "frcnn_cls_loss", "frcnn_box_loss"]
TABLES = ("truth", "predicted")


@dataclass(frozen=True)
class Contestant:
    """A trained detector and what is compared.

    Attributes:
        losses, held_out: of `reports.training.detector_log`.
        minutes: of training.
        parameters: weights, in millions.
        ms: to find the garments of one photo of the size of its input, in milliseconds.
        truth, predicted: of `detector.evaluate`.
    """

    losses: pd.DataFrame
    held_out: pd.DataFrame
    minutes: float
    parameters: float
    ms: float
    truth: Table
    predicted: Table


def with_boxes(photos: Photos) -> Photos:
    """The photos, to be judged on those alone whose garments all have boxes.

    Raises:
        ValueError: there are no boxes to train on or to judge by.
    """
    table = photos.judged_on
    boxed = table.garments["x_min"].notna()
    names = table.photos["photo"]
    kinds = table.photos.loc[names.isin(table.garments.loc[boxed, "photo"]), "dataset"].unique()
    whole = table.photos["dataset"].isin(kinds) & ~names.isin(table.garments.loc[~boxed, "photo"])
    photos = replace(photos, judged_on=table.keep(whole))
    for garments in (photos.training.garments, photos.judged_on.garments):
        if not (garments["x_min"].notna() & garments["part"].isin(PARTS)).any():
            raise ValueError("--data: expected boxes of garments of a known part, to train on and to judge by")
    return photos


def possible(photos: Photos) -> list[str]:
    """The DETECTORS that can be trained and judged on these photos."""
    outlined = with_masks(photos.training, photos.judged_on)
    return [name for name, masks in DETECTORS.items() if outlined or not masks]


def compare(names: list[str], config: DetectorConfig, photos: Photos, out: Path) -> dict[str, Contestant]:
    """{name: Contestant}: train, export and evaluate each detector, as far as that was not done before.

    Args:
        names: of DETECTORS.
        config: the settings of all.
        photos: to learn from, and to judge on.
        out: gets a folder each.

    Raises:
        ValueError: a folder holds a run with other settings or data.
    """
    folders = {name: folder_of(name, out) for name in names}
    configs = {name: replace(config, masks=DETECTORS[name]) for name in names}
    for name, folder in folders.items():
        inputs = {**inputs_of(photos.training, None), **photos.inputs}
        check(folder / "run", asdict(configs[name]), inputs, Longer("steps", "best"))
    contestants = {}
    for name, folder in folders.items():
        print(f"detection, {name}: training what is missing", flush=True)
        cost = once(folder, partial(_result, configs[name], photos, folder))
        run, tables = folder / "run", [load_table(folder / part) for part in TABLES]
        time = detector_minutes(run)
        contestants[name] = Contestant(*detector_log(run), time, cost["parameters"], cost["ms"], *tables)
    return contestants


def folder_of(name: str, out: Path) -> Path:
    """The folder of a contestant; its exported model is in model/."""
    return out / name.replace(" ", "-").lower()


def _result(config: DetectorConfig, photos: Photos, out: Path) -> dict[str, float]:
    """Train, export and evaluate a detector; writes TABLES, returns what it costs."""
    train(config, photos.training, out / "run", inputs=photos.inputs)
    export(out / "run", out / "model")
    detector = Detector.load(out / "model")
    for part, table in zip(TABLES, (photos.judged_on, predict(detector, photos.judged_on)), strict=True):
        save_table(table, out / part)
    weights = sum(weight.size for weight in saved_model.weights(out / "model").values())
    height, width = config.input_size
    pixels = np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8)
    photo = Photo(Path(), "", width, height)
    return {"parameters": weights / 1e6, "ms": milliseconds(lambda: detector([photo], [pixels]))}


def section(page: Page, contestants: dict[str, Contestant]) -> pd.DataFrame:
    """Add the comparison to a page; returns the table of all, as text."""
    figures = {name: figures_of(of.truth, of.predicted) for name, of in contestants.items()}
    table = side_by_side(contestants, figures)
    photos = next(iter(contestants.values())).truth
    words = f"COCO's figures of {len(photos.photos)} photos with {len(photos.garments)} garments, with 95 % intervals."
    page.table("detection", "Detection", table, words)
    parts = {name: {p: with_interval(of[f"AP50 {p}"]) for p in (*PARTS, "any part")} for name, of in figures.items()}
    page.table("parts", "Detection, AP50 of each part", pd.DataFrame(parts).T.rename_axis("detector"))
    page.picture("detection-losses", "Detection, losses and held-out photos", curves(contestants))
    return table


def figures_of(truth: Table, predicted: Table) -> dict[str, Interval]:
    """The figures of boxes and, where both have outlines, of masks, that `named_figures` gives with intervals."""
    kinds = [BOXES, MASKS] if with_masks(truth, predicted) else [BOXES]
    named: dict[str, float | Interval] = {}
    for kind in kinds:
        named |= named_figures(detection_figures(truth, predicted, kind), truth, predicted, kind)
    return {name: figure for name, figure in named.items() if isinstance(figure, tuple)}


def side_by_side(contestants: dict[str, Contestant], figures: dict[str, dict[str, Interval]]) -> pd.DataFrame:
    """A row a contestant: figures with intervals, size and time, as text."""
    rows = {}
    for name, of in contestants.items():
        shown = {title: with_interval(figures[name][title]) if title in figures[name] else "" for title in SHOWN}
        cost = {"parameters": f"{of.parameters:.1f} M", "ms a photo": f"{of.ms:.0f}", "minutes": f"{of.minutes:.0f}"}
        rows[name] = {**shown, **cost}
    return pd.DataFrame.from_dict(rows, "index").rename_axis("detector")


def curves(contestants: dict[str, Contestant]) -> Figure:
    """Losses of boxes and, dashed, of masks on the left, AP of held-out photos on the right, a line a contestant."""
    figure = Figure((12, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for number, (name, of) in enumerate(contestants.items()):
        boxes = of.losses[[column for column in BOX_LOSSES if column in of.losses]].sum(axis=1)
        left.plot(boxes.index, boxes, color=f"C{number}", label=f"{name}, boxes")
        if "mask_loss" in of.losses:
            left.plot(of.losses["mask_loss"], color=f"C{number}", linestyle="--", label=f"{name}, masks")
        right.plot(of.held_out["AP"], color=f"C{number}", marker=".", label=name)
    left.set(xlabel="step", title="losses, training")
    right.set(xlabel="step", title="AP, held out")
    for axis in (left, right):
        axis.legend(fontsize=7)
    return figure
