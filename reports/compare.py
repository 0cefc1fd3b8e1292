"""Compare models of this project on the same photos: python -m reports.compare --data NAME:PATH --out OUT

Classifiers, detectors and segmentation networks. What is missing is trained; the same command resumes.
"""

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from classifier.config import TINY, ClassifierConfig
from classifier.models import preset
from detector import config as detector_config
from detector.config import DetectorConfig
from engine.run_folder import further_inputs, inputs_of
from engine.settings import parse_settings
from garments.command import command
from garments.models_path import find_models
from metrics.tables import markdown
from reports import compare_classifiers, compare_detectors, compare_matching, segmenter
from reports.contest import Photos, machine
from reports.page import Page
from retriever.match.config import TINY as MATCH_TINY
from segmenter.compare import compare as compare_segmenters
from segmenter.config import TINY as TINY_SEGMENTER
from segmenter.config import SegmenterConfig
from segmenter.names import LOSSES, NETWORKS
from segmenter.truth import drawn

SEGMENTER_SETTINGS = dict(height=192, width=128, epochs=9)
PAGE, TABLES = "page", "comparison.md"
Task = Callable[[Page], pd.DataFrame]  # trains what is missing, adds to the page, returns the main table


def classification(args: argparse.Namespace, photos: Photos, settings: list[str]) -> Task:
    """Backbones as classifiers of garments.

    Raises:
        ValueError: a setting is wrong, or no garment has a category.
    """
    known = TINY if args.tiny else compare_classifiers.SETTINGS
    config = replace(preset(compare_classifiers.MODEL, **known), **parse_settings(ClassifierConfig, settings))
    for table in (photos.training, photos.judged_on):
        if not (table.garments["category"] != "").any():
            raise ValueError("--data: expected garments with categories, to train on and to judge by")
    pretrained = [name + compare_classifiers.IMAGENET for name in args.pretrained.split(",") if name]
    names = [*filter(None, args.backbones.split(",")), *pretrained]
    detector = args.detector or find_models() / "detector"
    if not (detector / "saved_model.pb").exists():
        raise FileNotFoundError(f"no detector in {detector}: give an exported one by --detector")
    out = args.out / "classification"
    return lambda page: compare_classifiers.section(
        page, compare_classifiers.compare(names, config, photos, detector, out)
    )


def detection(args: argparse.Namespace, photos: Photos, settings: list[str]) -> Task:
    """Detectors of garments, and a Match R-CNN where garments have items.

    Raises:
        ValueError: a setting is wrong, or there are no boxes.
    """
    known = {} if args.tiny else compare_detectors.SETTINGS
    name = "tiny" if args.tiny else compare_detectors.PRESET
    config = replace(detector_config.preset(name, **known), **parse_settings(DetectorConfig, settings))
    names = compare_detectors.possible(photos)
    for left in compare_detectors.DETECTORS.keys() - names:
        print(
            f"detection: {left} is left out, as it needs outlines: NAME:PATH?outlines where there are", file=sys.stderr
        )
    out = args.out / "detection"

    def run(page: Page) -> pd.DataFrame:
        table = compare_detectors.section(page, compare_detectors.compare(names, config, photos, out))
        if "Mask R-CNN" in names and compare_matching.possible(photos):
            detector = compare_detectors.folder_of("Mask R-CNN", out) / "model"
            settings = MATCH_TINY if args.tiny else compare_matching.SETTINGS
            found = compare_matching.compare(detector, settings, photos, out / "match-r-cnn")
            compare_matching.section(page, found)
        return table

    return run


def segmentation(args: argparse.Namespace, photos: Photos, settings: list[str]) -> Task:
    """Networks with one loss, and one network with the other losses.

    Raises:
        ValueError: a setting is wrong, or there are no classes of pixels.
    """
    known = TINY_SEGMENTER if args.tiny else SEGMENTER_SETTINGS
    config = SegmenterConfig(**{**known, **parse_settings(SegmenterConfig, settings)})
    networks = [replace(config, model=name) for name in args.networks.split(",") if name]
    losses = [replace(config, loss=name) for name in args.losses.split(",") if name]
    training, judged_on = drawn(photos.training), drawn(photos.judged_on)
    out = args.out / "segmentation"

    def run(page: Page) -> pd.DataFrame:
        compare_segmenters(list(dict.fromkeys(networks + losses)), training, judged_on, out)
        return segmenter.section(page, out)

    return run


TASKS = {"classification": classification, "detection": detection, "segmentation": segmentation}


def settings_of(pairs: list[str]) -> dict[str, list[str]]:
    """{task: its NAME=VALUE} of TASK.NAME=VALUE.

    Raises:
        ValueError: one does not begin with a task.
    """
    settings: dict[str, list[str]] = {task: [] for task in TASKS}
    for pair in pairs:
        task, dot, setting = pair.partition(".")
        if not dot or task not in TASKS:
            raise ValueError(f"--set {pair!r}: expected TASK.NAME=VALUE with TASK one of {', '.join(TASKS)}")
        settings[task].append(setting)
    return settings


def tasks_of(args: argparse.Namespace, photos: Photos) -> dict[str, Task]:
    """The tasks that were asked for, or else those that the data allow; what is left out is said.

    Raises:
        KeyError: there is no such task.
        ValueError: a setting is wrong, or the data lack what a task needs that was asked for.
    """
    settings, tasks = settings_of(args.set), {}
    for name in args.task.split(",") if args.task else TASKS:
        if name not in TASKS:
            raise KeyError(f"--task: there is no {name!r}; there are {', '.join(TASKS)}")
        try:
            tasks[name] = TASKS[name](args, photos, settings[name])
        except ValueError as error:
            if args.task or not str(error).startswith("--data"):
                raise
            print(f"{name} is left out: {error}", file=sys.stderr)
    return tasks


def report(tasks: dict[str, Task], out: Path) -> Path:
    """Carry out tasks; after each the page, and the tables in Markdown, show all until then. Returns the page."""
    page, tables = Page(out, "Models compared"), f"On {machine()}.\n"
    page.number("machine", machine())
    for name, task in tasks.items():
        tables += f"\n## {name.capitalize()}\n\n{markdown(task(page))}"
        page.write()
        (out / TABLES).write_text(tables, encoding="utf-8")
    return out / "index.html"


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from readers import read_all
    from readers.extra_boxes import with_extra_boxes

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    args = parser().parse_args(arguments)
    table = with_extra_boxes(read_all(args.data), args.boxes)
    training, judged_on = (table.in_splits(*splits.split(",")) for splits in (args.splits, args.judged_on))
    inputs = further_inputs(splits=args.splits, boxes=args.boxes, judged_on=inputs_of(judged_on, None)["data"])
    print(report(tasks_of(args, Photos(training, judged_on, inputs)), args.out / PAGE))


def parser() -> argparse.ArgumentParser:
    """The options."""
    result = argparse.ArgumentParser(prog="python -m reports.compare", description=__doc__.partition(":")[0])
    add = result.add_argument
    add("--data", action="append", required=True, metavar="NAME:PATH", help="a data set; repeatable")
    add("--splits", default="train", help="splits to train on, comma-separated (default: train)")
    add("--judged-on", default="val", metavar="SPLITS", help="splits to evaluate on (default: val)")
    add("--boxes", type=Path, action="append", default=[], metavar="CSV", help="as for classifier.train")
    add("--task", help=f"comma-separated, of {', '.join(TASKS)} (default: all that the data allow)")
    names = compare_classifiers.BACKBONES
    add("--backbones", default=names, help=f"classification: from random weights (default: {names})")
    names = compare_classifiers.PRETRAINED
    words = "classification: from ImageNet weights, which Keras downloads for all but EfficientNet-Lite"
    add("--pretrained", default=names, help=f"{words} (default: {names})")
    add(
        "--detector",
        type=Path,
        help="classification: an exported one, whose boxes count too (default: the shipped one)",
    )
    add("--networks", default=",".join(NETWORKS), help="segmentation: with one loss (default: all)")
    add("--losses", default=",".join(LOSSES), help="segmentation: with one network (default: all)")
    add("--tiny", action="store_true", help="tiny settings for a quick test of the command")
    add("--set", action="append", default=[], metavar="TASK.NAME=VALUE", help="change a setting of a task; repeatable")
    add("--out", type=Path, required=True, help="folder for runs and page; the same command resumes")
    return result


if __name__ == "__main__":
    main()
