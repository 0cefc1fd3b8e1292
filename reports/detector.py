"""The report on a detector: python -m reports.detector --predictions FOLDER --out OUT"""

import argparse
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from sklearn.metrics import roc_auc_score, roc_curve

from garments.command import command
from garments.crowds import without_crowds
from garments.storage import BOXES_OF, PIPELINE_OF, load_predictions
from garments.types import Table
from garments.vocabulary import PARTS
from metrics.detection import IOUS, NAMES, detection_figures, precision_curves
from metrics.errors import ERROR_TYPES, box_outcomes, error_costs, froc, photo_scores, thresholds
from metrics.masks import with_masks
from reports.crops import spread, write_crops
from reports.masks import mask_section
from reports.page import Page
from reports.training import training_curves


def report(truth: Table, predicted: Table, out: Path, max_crops: int = 300, training: Path | None = None) -> Path:
    """Write the page.

    Args:
        truth: photos with true boxes.
        predicted: of `detector.evaluate`, for the same photos.
        out: folder to write.
        max_crops: max pictures of errors.
        training: folder of a training run to plot.

    Returns:
        The page.

    Raises:
        ValueError: truth has no box to evaluate on.
    """
    if not truth.garments["x_min"].notna().any():
        raise ValueError("truth: expected garments with boxes, got none")
    page = Page(out, "Detector")
    figures = detection_figures(truth, predicted)
    page.verdict(*judged(truth, figures))
    words = "'all' is the mean of the parts; 'any part' treats all garments as one class."
    page.table("figures", "COCO's figures", pd.DataFrame(figures).loc[list(NAMES)], words)
    page.picture("precision", "Precision and recall", precision_figure(truth, predicted))
    outcomes = box_outcomes(truth, predicted)
    costs = error_costs(truth, predicted, outcomes)
    page.table("errors", "Errors", costs, "Boxes of any score; 'AP50 lost' is the gain without errors of that type.")
    by_score = thresholds(outcomes, without_crowds(truth).garments["x_min"].notna().sum())
    page.table("thresholds", "Score thresholds", by_score, "Boxes with this score or higher, at IoU 0.5.")
    page.picture("photos", "By photo", photo_figure(truth, predicted, outcomes))
    crops = error_crops(truth, predicted, outcomes, out, max_crops)
    page.cells("Behind the errors", error_blocks(outcomes, crops))
    if with_masks(truth, predicted):
        mask_section(page, truth, predicted)
    if training:
        training_curves(page, "detector", training)
    return page.write()


def judged(truth: Table, figures: dict) -> tuple[str, bool]:
    """The verdict as text, and whether it is bad."""
    ap50, blind = figures["all"]["AP50"], figures["any part"]["AP50"]
    boxes = truth.garments["x_min"].notna().sum()
    words = f"AP50 {ap50:.3f}, AP {figures['all']['AP']:.3f} on {len(truth.photos)} photos with {boxes} garments"
    if blind - ap50 > 0.15:
        words += f"; boxes are found (AP50 {blind:.3f} class-agnostic) but parts are confused"
    return words, ap50 < 0.5


def precision_figure(truth: Table, predicted: Table) -> Figure:
    """Precision over recall of each part at three overlaps."""
    figure = Figure((13, 4))
    for axis, overlap in zip(figure.subplots(1, len(IOUS), sharey=True), IOUS, strict=True):
        for part, (recall, precision) in precision_curves(truth, predicted, overlap).items():
            axis.plot(recall, precision, label=part)
        axis.set(xlabel="recall", title=f"IoU {overlap:.2f}", ylim=(0, 1.02))
        axis.legend(fontsize=8)
    return figure


def photo_figure(truth: Table, predicted: Table, outcomes: pd.DataFrame) -> Figure:
    """ROC of the presence of a part in a photo, and garments found over false boxes per photo."""
    figure = Figure((12, 5))
    roc, free = figure.subplots(1, 2)
    scores = photo_scores(truth, predicted)
    for part in PARTS:
        of = scores[scores["part"] == part]
        if of["present"].nunique() == 2:
            area = roc_auc_score(of["present"], of["score"])
            roc.plot(*roc_curve(of["present"], of["score"])[:2], label=f"{part}, area {area:.3f}")
        count = (without_crowds(truth).garments["part"] == part).sum()
        curve = froc(outcomes[outcomes["part"] == part], len(truth.photos), count)
        if len(curve):
            free.plot(curve["false_a_photo"], curve["found"], label=part)
    roc.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    roc.set(xlabel="false positive rate of photos", ylabel="true positive rate of photos", title="ROC by photo")
    free.set(xlabel="false boxes per photo", ylabel="garments found", title="FROC", ylim=(0, 1.02))
    roc.legend(fontsize=8)
    free.legend(fontsize=8)
    return figure


def error_crops(truth: Table, predicted: Table, outcomes: pd.DataFrame, out: Path, most: int) -> dict[int, dict]:
    """{row of outcomes: crop}: the most confident errors of each type, at the false box or the missed garment."""
    wrong = outcomes[outcomes["outcome"] != "right"]
    index = spread(wrong["outcome"], wrong["score"].fillna(0), most, most // len(ERROR_TYPES))
    boxes = [
        predicted.garments.loc[row.found] if row.found >= 0 else truth.garments.loc[row.true]
        for row in wrong.loc[index].itertuples()
    ]
    cut = Table(truth.photos, pd.DataFrame(boxes).set_axis(index) if boxes else truth.garments.iloc[:0], truth.problems)

    def words(number: int) -> str:
        row = outcomes.loc[number]
        score = "" if pd.isna(row["score"]) else f" {row['score']:.2f}"
        true = f", true {truth.garments.loc[row['true'], 'part']}" if row["true"] >= 0 else ""
        return f"{row['part']}{score}{true}, IoU {row['iou']:.2f}; {row['photo']}"

    return write_crops(cut, index, out, words)


def error_blocks(outcomes: pd.DataFrame, crops: dict[int, dict]) -> list[dict]:
    """A block per error type with its crops and photos."""
    blocks = []
    for error in ERROR_TYPES:
        rows = outcomes[outcomes["outcome"] == error].sort_values("score", ascending=False, kind="stable")
        shown = [crops[n] for n in rows.index if n in crops]
        files = ", ".join(dict.fromkeys(rows["photo"]))
        blocks.append(dict(anchor=f"error-{error}", words=f"{error}: {len(rows)}", crops=shown, files=files))
    return blocks


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m reports.detector", description=__doc__.partition(":")[0])
    parser.add_argument("--predictions", type=Path, required=True, metavar="FOLDER", help="--out of detector.evaluate")
    parser.add_argument("--crops", type=int, default=300, help="max pictures of errors (default: 300)")
    parser.add_argument("--training", type=Path, metavar="FOLDER", help="a training run to plot")
    parser.add_argument("--out", type=Path, required=True, help="folder for the page")
    args = parser.parse_args(arguments)
    truth, predicted = load_predictions(args.predictions, BOXES_OF, PIPELINE_OF)
    print(report(truth, predicted, args.out, args.crops, args.training))


if __name__ == "__main__":
    main()
