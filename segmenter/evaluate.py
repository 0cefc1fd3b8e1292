"""Evaluate a segmentation network: python -m segmenter.evaluate --model models/segmenter --data ccp:PATH"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from garments.command import command, evaluate_parser
from garments.types import Table
from garments.vocabulary import CATEGORIES
from metrics.bootstrap import Interval
from metrics.figures import write_figures
from metrics.segmentation import (
    Scored,
    background_everywhere,
    boundaries_of,
    confusion_of,
    per_class,
    set_figures,
)
from photos.reading import PhotoError, read_photos
from segmenter.classes import BACKGROUND
from segmenter.exported import Segmenter, in_parts, most_probable
from segmenter.truth import drawn, shrunk_map

COARSE = (BACKGROUND, "skin", "hair", "upper", "lower", "full", "shoes", "bag")  # whose mean IoU is a figure
FEW = 10  # photos; rarer categories do not count in the figure of categories


@dataclass
class Level:
    """Classes of one space and what was counted of them.

    Attributes:
        space: of the classes.
        classes: K names.
        photos, confusions, boundaries: see `metrics.segmentation.Scored`.
    """

    space: str
    classes: tuple[str, ...]
    photos: list[str] = field(default_factory=list)
    confusions: list[np.ndarray] = field(default_factory=list)
    boundaries: list[np.ndarray] = field(default_factory=list)

    def add(self, name: str, truth: np.ndarray, predicted: np.ndarray) -> None:
        """Count a photo: (h, w) class numbers."""
        self.photos.append(name)
        self.confusions.append(confusion_of(truth, predicted, len(self.classes)))
        self.boundaries.append(boundaries_of(truth, predicted, len(self.classes)))

    def scored(self) -> Scored:
        """All photos."""
        k = len(self.classes)
        return Scored(
            self.photos,
            self.classes,
            np.array(self.confusions, np.int64).reshape(-1, k, k),
            np.array(self.boundaries, np.int64).reshape(-1, k, 4),
        )


def evaluate(model: Segmenter, table: Table) -> tuple[dict[str, Scored], list[dict]]:
    """({space: what was counted}, problems) of the photos of a Table.

    A network of categories is counted by categories and, with their probabilities summed, by parts.
    """
    table = drawn(table)
    of_photo = dict(list(table.garments.groupby("photo")))
    levels = [Level(model.space, model.classes)]
    if model.space == "categories":
        levels.append(Level("parts", in_parts(np.zeros((1, len(model.classes))), model.classes)[1]))
    problems: list[dict] = []
    for [(row, photo, pixels)] in filter(None, read_photos(table.photos, problems, 1)):
        garments = of_photo.get(row.photo, table.garments.iloc[:0])
        try:
            truths = [shrunk_map(row, garments, level.space, level.classes, photo, pixels) for level in levels]
        except PhotoError as error:
            problems.append({"file": row.photo, "reason": error.reason, "remedy": error.remedy})
            continue
        probabilities = model.probabilities(pixels)
        for level, truth in zip(levels, truths, strict=True):
            found = probabilities if level.space == model.space else in_parts(probabilities, model.classes)[0]
            level.add(row.photo, truth, most_probable(found, truth.shape))
    if not levels[0].photos:
        raise ValueError(f"none of the {len(table.photos)} photos can be read: {problems[0]['reason']}")
    return {level.space: level.scored() for level in levels}, problems


def all_figures(levels: dict[str, Scored]) -> dict[str, Interval]:
    """The figures of every level by name, each beside that of the baseline, and the two that count few classes."""
    result: dict[str, Interval] = {}
    for space, scored in levels.items():
        for start, counted in (("", scored), ("background everywhere: ", background_everywhere(scored))):
            only = COARSE if space == "parts" else None
            result |= {f"{start}{space}: {name}": value for name, value in set_figures(counted, only).items()}
    if "categories" in levels:
        scored = levels["categories"]
        often = frequent(scored)
        result["categories: mean IoU of frequent categories"] = set_figures(scored, often)["mean IoU"]
    return result


def frequent(scored: Scored) -> list[str]:
    """The categories of garments that FEW photos or more have."""
    photos = (scored.confusions.sum(2) > 0).sum(0)
    return [name for name, count in zip(scored.classes, photos, strict=True) if name in CATEGORIES and count >= FEW]


def describe(levels: dict[str, Scored], figures: dict[str, Interval]) -> str:
    """The figures and those of each class as text."""
    lines = []
    for space, scored in levels.items():
        own = {n.removeprefix(f"{space}: "): f"{_text(v)}" for n, v in figures.items() if n.startswith(f"{space}: ")}
        baseline = {n: figures.get(f"background everywhere: {space}: {n}") for n in own}
        lines.append(f"\nclasses: {space}, {len(scored.photos)} photos")
        lines += [f"{n:<36}{own[n]}   background everywhere: {_text(baseline[n])}" for n in own]
        lines.append(per_class(scored).round(3).to_string())
    return "\n".join(lines)


def _text(figure: Interval | None) -> str:
    return f"{figure[0]:.3f} [{figure[1]:.3f}, {figure[2]:.3f}]" if figure else "0"


@command
def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    from garments.splits import hold_out
    from readers import read_all

    parser = evaluate_parser("segmenter.evaluate", __doc__)
    parser.add_argument("--model", type=Path, required=True, help="an exported segmentation network")
    args = parser.parse_args(arguments)
    table = read_all(args.data).in_splits(*args.splits.split(","))
    table = hold_out(table, args.held_out)[1] if args.held_out else table
    levels, problems = evaluate(Segmenter.load(args.model), table)
    figures = all_figures(levels)
    for problem in problems:
        print("{file}: {reason}; {remedy}".format(**problem), file=sys.stderr)
    print(f"{len(next(iter(levels.values())).photos)} photos, {len(problems)} unreadable")
    print(describe(levels, figures))
    if args.out:
        write_figures(args.out, figures)
        for space, scored in levels.items():
            per_class(scored).to_csv(args.out / f"{space}.csv")
            names = pd.Index(scored.classes, name="true class")
            pd.DataFrame(scored.confusion, names, scored.classes).to_csv(args.out / f"confusion-{space}.csv")


if __name__ == "__main__":
    main()
