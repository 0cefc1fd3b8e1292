"""The report on classifiers: python -m reports.classifier --predictions img@val=FOLDER ... --out OUT

A name is CLASSIFIER@SET. Each has its own page; the first page compares the classifiers on each set, and the sets.
"""

import argparse
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.spatial.distance import squareform
from sklearn.metrics import ConfusionMatrixDisplay

from garments.command import command
from garments.storage import CATEGORIES_OF, load_predictions
from garments.types import Table
from metrics.cases import case_table, difference, mcnemar, shift
from metrics.classification import (
    ABOUT,
    category_figures,
    confusion_cells,
    judged,
    paired,
    per_category,
    unknown_categories,
)
from metrics.curves import Scored, areas, calibration
from reports.classifier_figures import calibration_figure, curves_figure
from reports.crops import spread, write_crops
from reports.page import Page
from reports.training import training_curves

Predictions = dict[str, tuple[Table, Table]]


def report(predictions: Predictions, out: Path, max_crops: int = 600, training: dict[str, Path] | None = None) -> Path:
    """Write the report.

    Args:
        predictions: {'classifier@set': (truth, predicted)} of `classifier.evaluate`.
        out: folder to write.
        max_crops: max pictures of garments per page.
        training: {name: folder of a training run} to plot.

    Returns:
        The first page.
    """
    pairs = {name: paired(*tables) for name, tables in predictions.items()}
    page = Page(out, "Classifiers")
    for name, (truth, predicted) in predictions.items():
        collapsed, text = judged(pairs[name])
        folder = name.replace("+", "_").replace("@", "-")
        one_classifier(name, truth, predicted, out / folder, max_crops)
        text = "\n".join(filter(None, [unknown_categories(truth, predicted), text]))
        page.verdict(f"{name}, {len(pairs[name])} garments: {text}", collapsed, f"{folder}/index.html")
    page.table("figures", "Side by side", overview(pairs), f"With 95 % intervals, resampled by photo. {ABOUT}")
    compare_classifiers(page, pairs)
    compare_sets(page, pairs)
    for name, run in (training or {}).items():
        training_curves(page, name, run)
    return page.write()


def overview(pairs: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """A row per figure, a column per classifier: value and interval."""
    columns = {}
    for name, of in pairs.items():
        figures = category_figures(of)
        columns[name] = {figure: f"{v:.3f}  [{low:.3f}, {high:.3f}]" for figure, (v, low, high) in figures.items()}
    return pd.DataFrame(columns).fillna("")


def one_classifier(name: str, truth: Table, predicted: Table, out: Path, max_crops: int) -> Path:
    """The page of one classifier on one set."""
    pairs, page = paired(truth, predicted), Page(out, name)
    collapsed, text = judged(pairs)
    if unknown := unknown_categories(truth, predicted):
        page.verdict(unknown, True)
    page.verdict(text, collapsed)
    page.table("figures", "Figures", figure_table(pairs), f"With 95 % intervals, resampled by photo. {ABOUT}")
    order, counts = confusion(pairs)
    crops = mistakes_and_cells(truth, pairs, out, max_crops)
    confusion_blocks(page, order, counts, pairs)
    scored = Scored.of(truth, predicted)
    curves = areas(scored)
    each = per_category(pairs).join(curves[["auc", "auc_low", "auc_high", "average_precision"]])
    page.table("categories", "Each category", each)
    page.table("areas", "Mean areas", curves.loc[["macro", "micro"]], "Area under ROC, and average precision.")
    page.picture("curves", "ROC and precision-recall", curves_figure(scored))
    bins, error = calibration(scored)
    page.number("expected calibration error", error)
    page.picture("calibration", "Calibration", calibration_figure(bins, error), "Accuracy by confidence.")
    wrong = pairs[pairs["truth"] != pairs["predicted"]].sort_values("score", ascending=False, kind="stable")
    shown = [crops[n] for n in wrong.index if n in crops][:48]
    page.crops("Most confident errors", shown, f"{len(wrong)} of {len(pairs)} garments have a wrong category.")
    page.cells("Behind the confusion matrix", cell_blocks(pairs, crops))
    return page.write()


def figure_table(pairs: pd.DataFrame) -> pd.DataFrame:
    """A row per figure: value, low, high."""
    return pd.DataFrame.from_dict(category_figures(pairs), "index", columns=["value", "low", "high"])


def confusion(pairs: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """(names, (K, K) counts, a row per truth), with categories that are confused side by side."""
    names, cells = confusion_cells(pairs)
    k = len(names)
    counts = np.bincount(cells, minlength=k * k).reshape(k, k)
    if k < 3:
        return names, counts
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    near = share + share.T
    np.fill_diagonal(near, 0)
    distance = squareform(near.max() - near + (near.max() - near).T, checks=False) / 2
    order = leaves_list(optimal_leaf_ordering(linkage(distance, "average"), distance))
    return [names[n] for n in order], counts[np.ix_(order, order)]


def confusion_blocks(page: Page, names: list[str], counts: np.ndarray, pairs: pd.DataFrame) -> None:
    """The matrix as counts with links to the photos, and as a picture of shares."""
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    there = set(zip(pairs["truth"], pairs["predicted"], strict=True))
    links = {(r, c): f"{t}--{s}" for r, t in enumerate(names) for c, s in enumerate(names) if (t, s) in there}
    table = pd.DataFrame(counts, pd.Index(names, name="truth \\ predicted"), names)
    page.table(
        "confusion", "Confusion", table, "Rows: truth; columns: predicted. A count links to its photos.", share, links
    )
    side = max(5.0, 0.42 * len(names))
    figure = Figure((side + 1, side))
    display = ConfusionMatrixDisplay(share, display_labels=names)
    display.plot(ax=figure.subplots(), cmap="Blues", values_format=".2f", xticks_rotation=90, text_kw={"size": 6})
    page.picture("confusion", "Confusion as shares of each truth", figure)


def mistakes_and_cells(truth: Table, pairs: pd.DataFrame, out: Path, most: int) -> dict[int, dict]:
    """The crops of the page: the most confident errors first, the others spread over the cells of the matrix."""
    wrong = pairs[pairs["truth"] != pairs["predicted"]].sort_values("score", ascending=False, kind="stable")
    cell = pairs["truth"] + "--" + pairs["predicted"]
    index = dict.fromkeys([*wrong.index[: min(48, most)], *spread(cell, pairs["score"], most, 12)])

    def words(number: int) -> str:
        row = pairs.loc[number]
        return f"{row['truth']}, predicted {row['predicted']} {row['score']:.2f}; {row['photo']}"

    return write_crops(truth, list(index)[:most], out, words)


def cell_blocks(pairs: pd.DataFrame, crops: dict[int, dict]) -> list[dict]:
    """A block per non-empty cell of the confusion matrix, errors first, with its crops and all its photos."""
    blocks = []
    for (truth, predicted), rows in pairs.groupby(["truth", "predicted"], sort=True):
        words = f"{truth}, predicted {predicted or 'nothing'}: {len(rows)}"
        shown = [crops[n] for n in rows.index if n in crops]
        files = ", ".join(dict.fromkeys(rows["photo"]))
        right = truth == predicted
        blocks.append(dict(anchor=f"{truth}--{predicted}", words=words, crops=shown, files=files, right=right))
    return sorted(blocks, key=lambda block: block["right"])


def compare_classifiers(page: Page, pairs: dict[str, pd.DataFrame]) -> None:
    """The case tables of all pairs of classifiers of each set."""
    sets: dict[str, list[str]] = {}
    for name in pairs:
        sets.setdefault(name.partition("@")[2], []).append(name)
    for title, names in sets.items():
        for first, second in combinations(names, 2):
            both = [] if len(names) == 2 else [first.partition("@")[0], second.partition("@")[0]]
            file = "-".join(filter(None, ["cases", title, *both]))
            heading = " ".join(filter(None, ["Case by case", title, " and ".join(both)]))
            page.table(file, heading, *compared(first, pairs[first], second, pairs[second]))


def compared(first: str, pairs: pd.DataFrame, second: str, other: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """(the case table of two classifiers, their difference in accuracy as text)."""
    value, low, high = difference(pairs, other)
    names = {"only first": f"only {first}", "only second": f"only {second}", "first": first, "second": second}
    words = (
        f"Accuracy of {second} minus that of {first}: {value:+.3f} [{low:+.3f}, {high:+.3f}], "
        f"p = {mcnemar(pairs, other):.3g} (McNemar, exact)."
    )
    return case_table(pairs, other).rename(columns=names), words


def compare_sets(page: Page, pairs: dict[str, pd.DataFrame]) -> None:
    """The change in recall of each classifier from its first set to the others."""
    classifiers: dict[str, dict[str, pd.DataFrame]] = {}
    for name in pairs:
        classifiers.setdefault(name.partition("@")[0], {})[name.partition("@")[2]] = pairs[name]
    for classifier, sets in classifiers.items():
        if len(sets) > 1:
            words = "Recall, and its change from the first set with 95 % interval."
            page.table(f"sets-{classifier}", f"{classifier} from set to set", shift(sets), words)


def named_folders(given: list[str]) -> dict[str, Path]:
    """{NAME: folder} from arguments NAME=FOLDER.

    Raises:
        ValueError: an argument does not have that form.
    """
    split = [text.partition("=") for text in given]
    for name, equals, folder in split:
        if not (name and equals and folder):
            raise ValueError(f"{name}{equals}{folder}: expected NAME=FOLDER")
    return {name: Path(folder) for name, _, folder in split}


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m reports.classifier", description=__doc__.partition(":")[0])
    parser.add_argument(
        "--predictions",
        action="append",
        required=True,
        metavar="NAME=FOLDER",
        help="--out of classifier.evaluate; repeatable",
    )
    parser.add_argument(
        "--training", action="append", default=[], metavar="NAME=FOLDER", help="a training run; repeatable"
    )
    parser.add_argument("--crops", type=int, default=600, help="max pictures of garments per page (default: 600)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pages")
    args = parser.parse_args(arguments)
    folders = named_folders(args.predictions)
    predictions = {name: load_predictions(folder, CATEGORIES_OF) for name, folder in folders.items()}
    print(report(predictions, args.out, args.crops, named_folders(args.training)))


if __name__ == "__main__":
    main()
