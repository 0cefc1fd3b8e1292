"""Match R-CNN beside the detectors: a match network on the features of a trained Mask R-CNN, judged by retrieval."""

from functools import partial
from pathlib import Path

import pandas as pd

from metrics.bootstrap import Interval
from metrics.tables import with_interval
from reports.contest import Photos, once
from reports.page import Page
from retriever.evaluate import table_figures
from retriever.match.config import MatchConfig
from retriever.match.data import items_of_several_photos
from retriever.match.export import export
from retriever.match.predict import load
from retriever.match.train import train

NAME = "Match R-CNN"
SETTINGS = MatchConfig(items=500, judged=50, groups=16, channels=128, last=512, epochs=8, steps=40)  # minutes
SHOWN = ("R@1", "R@10", "R@20", "mAP", "MAP@R")
METHODS = {"match": NAME, "colours": "colours", "ImageNet": "ImageNet features"}


def possible(photos: Photos) -> bool:
    """Whether items of several photos are there to train on and to judge by."""
    return all(len(items_of_several_photos(table)) > 1 for table in (photos.training, photos.judged_on))


def compare(detector: Path, config: MatchConfig, photos: Photos, out: Path) -> dict[str, Interval]:
    """{'match R@1': (value, low, high), ...} of a match network, of colours and of ImageNet features.

    It is trained, exported and evaluated as far as that was not done before.

    Args:
        detector: the folder of an exported one.
        config: the settings of the match network.
        photos: to learn from, and to judge on.
        out: gets the run and the model.

    Raises:
        ValueError: there are too few items, or `out` holds a run with other settings or data.
    """
    found = once(out, partial(_result, detector, config, photos, out))
    return {name: (value, low, high) for name, (value, low, high) in found.items()}


def _result(detector: Path, config: MatchConfig, photos: Photos, out: Path) -> dict[str, Interval]:
    train(config, photos.training, out / "run", detector, inputs=photos.inputs)
    export(out / "run", out / "model")
    figures = table_figures(load(out / "model"), photos.judged_on, "items", baselines=True)
    return {name: figure for name, figure in figures.items() if isinstance(figure, tuple)}


def section(page: Page, figures: dict[str, Interval]) -> pd.DataFrame:
    """Add the comparison to a page; returns its table, as text."""
    rows = {
        shown: {title: with_interval(figures[f"{name} {title}"]) for title in SHOWN} for name, shown in METHODS.items()
    }
    table = pd.DataFrame(rows).T.rename_axis("retrieval")
    words = "Each garment with an item, searched among those of all other photos; with 95 % intervals."
    page.table("retrieval", "Detection, retrieval by its features", table, words)
    return table
