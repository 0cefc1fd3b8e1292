"""The report on landmarks: python -m reports.landmarks --predictions [NAME=]FOLDER ... --out OUT"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from garments.command import command
from garments.landmarks import LANDMARKS, VISIBLE
from garments.storage import LANDMARKS_OF, PIPELINE_OF, load_predictions, load_table
from garments.types import Table
from metrics.collapse import verdict
from metrics.landmark_metrics import BASELINE, THRESHOLDS
from metrics.landmark_pairs import on_true_boxes
from metrics.landmark_summary import Measured, error_table, group_table, measure, overview, words
from reports.landmark_cases import CASES, COLOURS, cases_figure, garment_errors
from reports.page import Page
from reports.training import training_curves

ABOUT = (
    "NE: distance from the truth, relative to width and height of the true box, over landmarks labelled as visible "
    "whose garment was found. PDL: share of all visible landmarks within 10 pixels of a crop of 224, or 35 of 512. "
    "'Mean places' predicts each landmark of a part at its mean position in the same boxes, {of}; 'less mean places' "
    "is the paired difference. AP^pt: COCO's keypoint AP with the sigmas of DeepFashion2, mean of the parts. With 95 % "
    "intervals, resampled by photo. Visibility is evaluated on labelled landmarks; those of garments that were not "
    "found count in recall only. 'Unlabelled seen' is the share of the part's unlabelled landmarks, whose true "
    "visibility is unknown, that are predicted as visible."
)
MAX_ERROR = 0.4  # in the plot of errors


def report(
    predictions: dict[str, tuple[Table, Table]],
    out: Path,
    training: Table | None = None,
    max_cases: int = 24,
    run: Path | None = None,
) -> Path:
    """Write the page.

    Args:
        predictions: {name: (truth, predicted)} with `landmarks`, on true or on detected boxes, shown side by side.
        out: folder to write.
        training: garments with landmarks whose mean places are the baseline; by default those of truth itself.
        max_cases: max photos of the best, and of the worst, garments.
        run: folder of a training run to plot.

    Returns:
        The page.

    Raises:
        ValueError: there is no landmark to evaluate on, or a predicted one is not a number.
    """
    measured = {name: measure(*tables, training) for name, tables in predictions.items()}
    page = Page(out, "Landmarks")
    for name, of in measured.items():
        page.verdict(*judged(name, of))
    source = "taken from training photos" if training else "taken from the evaluated truth itself, so hard to beat"
    page.table("figures", "Figures", overview(measured), ABOUT.format(of=source))
    for name, of in measured.items():
        one_set(page, name, predictions[name][0], of, max_cases)
    if run:
        training_curves(page, "landmarks", run)
    return page.write()


def judged(name: str, of: Measured) -> tuple[str, bool]:
    """The verdict as text, and whether it is bad."""
    visible, garments = int((of.pairs.true[..., 2] == VISIBLE).sum()), len(of.pairs.garments)
    text = f"{name}: {verdict(of.findings, garments)}\n  {visible} visible landmarks of {garments} garments"
    if np.isfinite(of.figures["all", "NE"][0]):
        text += f", NE {words(of.figures['all', 'NE'])}, mean places {words(of.figures['all', BASELINE + 'NE'])}"
    return text, bool(of.findings)


def one_set(page: Page, name: str, truth: Table, of: Measured, max_cases: int) -> None:
    """Tables, error distribution and cases of one set of predictions."""
    file = "".join(c if c.isalnum() else "-" for c in name)
    page.table(f"landmarks-{file}", f"Each landmark: {name}", group_table(of))
    error_table(of).to_csv(page.out / f"errors-{file}.csv", index=False)
    about = f"Share of visible landmarks within a distance; grey: mean places. Each error: errors-{file}.csv."
    page.picture(f"errors-{file}", f"Errors: {name}", distribution_figure(of), about)
    order = garment_errors(of.pairs).dropna().sort_values(kind="stable")
    for title, rows in (("Best", order.index[:max_cases]), ("Worst", order.index[::-1][:max_cases])):
        if len(rows):
            figure = cases_figure(truth, of.pairs, list(rows))
            page.picture(f"{title.lower()}-{file}", f"{title} cases: {name}", figure, CASES)


def distribution_figure(of: Measured) -> Figure:
    """The share of landmarks within a distance, for all landmarks and for each."""
    figure = Figure((13, 4.5))
    whole, each = figure.subplots(1, 2, sharey=True)
    errors, baseline = of.pairs.errors(), of.baseline.errors()
    curve(whole, baseline, label="mean places", color="grey")
    curve(whole, errors, label="predicted", color="C0")
    for n, (landmark, colour) in enumerate(zip(LANDMARKS, COLOURS, strict=True)):
        curve(each, errors[:, n], label=landmark, color=colour, linewidth=1.2)
    for axis in (whole, each):
        for threshold in THRESHOLDS.values():
            axis.axvline(threshold, color="grey", linewidth=0.6, linestyle=":")
        axis.set(xlabel="normalised error", xlim=(0, MAX_ERROR), ylim=(0, 1.02))
        axis.legend(fontsize=8, loc="lower right")
    whole.set(ylabel="share of visible landmarks", title="all landmarks")
    each.set(title="each landmark")
    return figure


def curve(axis: Axes, errors: np.ndarray, **style: Any) -> None:
    """The cumulative share of errors; nan is left out, infinite errors are never reached."""
    count, near = np.sum(~np.isnan(errors)), np.sort(errors[errors < MAX_ERROR])
    if count:
        shares = np.append(np.arange(len(near) + 1), len(near)) / count
        axis.step(np.concatenate([[0], near, [MAX_ERROR]]), shares, where="post", **style)


def named(folders: list[str]) -> dict[str, tuple[Table, Table]]:
    """{name: (truth, predicted)} from '[NAME=]FOLDER'; the default name is the folder's; the boxes are appended.

    Raises:
        ValueError: two have the same name.
    """
    result = {}
    for text in folders:
        name, _, folder = text.rpartition("=")
        truth, predicted = load_predictions(Path(folder), LANDMARKS_OF, PIPELINE_OF)
        boxes = "true boxes" if on_true_boxes(truth, predicted) else "detected boxes"
        title = f"{name or Path(folder).resolve().name}, {boxes}"
        if title in result:
            raise ValueError(f"two predictions are named {title!r}; name them: NAME=FOLDER")
        result[title] = truth, predicted
    return result


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m reports.landmarks", description=__doc__.partition(":")[0])
    parser.add_argument(
        "--predictions", action="append", required=True, metavar="[NAME=]FOLDER", help="--out of evaluate"
    )
    parser.add_argument(
        "--mean-places", type=Path, metavar="FOLDER", help="the Table of the baseline: truth/ of training photos"
    )
    parser.add_argument("--training", type=Path, metavar="FOLDER", help="a training run to plot")
    parser.add_argument("--cases", type=int, default=24, help="max photos of best and of worst cases (default: 24)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the page")
    args = parser.parse_args(arguments)
    training = load_table(args.mean_places) if args.mean_places else None
    print(report(named(args.predictions), args.out, training, args.cases, args.training))


if __name__ == "__main__":
    main()
