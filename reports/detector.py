"""The report of a detector: python -m reports.detector --predictions FOLDER --out OUT"""

import argparse
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from sklearn.metrics import roc_auc_score, roc_curve

from garments.command import command
from garments.storage import load_table
from garments.types import Table
from garments.vocabulary import PARTS
from metrics.detection import IOUS, NAMES, detection_figures, precision_curves
from metrics.errors import KINDS, error_costs, box_outcomes, froc, photo_scores, thresholds
from reports.crops import spread, write_crops
from reports.page import Page
from reports.training import training_curves


def report(truth: Table, predicted: Table, out: Path, max_crops: int = 300, training: Path | None = None) -> Path:
    """Write the page.

    Args:
        truth: photos with true boxes.
        predicted: what `detector.evaluate` makes of the same photos.
        out: folder to write.
        max_crops: pictures of errors.
        training: folder of a training run whose curves to show.

    Returns:
        The page.

    Raises:
        ValueError: truth has no box to judge on.
    """
    if not truth.garments["x_min"].notna().any():
        raise ValueError("truth: expected garments with boxes, got none")
    page = Page(out, "Detector")
    figures = detection_figures(truth, predicted)
    page.verdict(*judged(truth, figures))
    table = pd.DataFrame(figures).loc[list(NAMES)]
    page.table(
        "figures",
        "COCO's figures",
        table,
        "'all' is the mean of the parts; 'any part' takes every garment as one class.",
    )
    page.picture("precision", "Precision and recall", precision_figure(truth, predicted))
    kinds = box_outcomes(truth, predicted)
    costs = error_costs(truth, predicted, kinds)
    page.table(
        "errors", "What goes wrong", costs, "Boxes of any score; what AP50 would gain without that kind of error."
    )
    by_score = thresholds(kinds, truth.garments["x_min"].notna().sum())
    page.table("thresholds", "Where to cut", by_score, "Boxes whose score is at least so high, at IoU 0.5.")
    page.picture("photos", "By photo", photo_figure(truth, predicted, kinds))
    crops = error_crops(truth, predicted, kinds, out, max_crops)
    page.cells("Behind the errors", error_blocks(kinds, crops))
    if training:
        training_curves(page, "detector", training)
    return page.write()


def judged(truth: Table, figures: dict) -> tuple[str, bool]:
    """The verdict in words, and if it is bad."""
    ap50, blind = figures["all"]["AP50"], figures["any part"]["AP50"]
    boxes = truth.garments["x_min"].notna().sum()
    words = f"AP50 {ap50:.3f}, AP {figures['all']['AP']:.3f} on {len(truth.photos)} photos with {boxes} garments"
    if blind - ap50 > 0.15:
        words += f"; boxes are found (AP50 {blind:.3f} blind to the part) but parts are confused"
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


def photo_figure(truth: Table, predicted: Table, kinds: pd.DataFrame) -> Figure:
    """ROC of 'is there such a garment in the photo', and garments found over false boxes a photo."""
    figure = Figure((12, 5))
    roc, free = figure.subplots(1, 2)
    scores = photo_scores(truth, predicted)
    for part in PARTS:
        of = scores[scores["part"] == part]
        if of["present"].nunique() == 2:
            area = roc_auc_score(of["present"], of["score"])
            roc.plot(*roc_curve(of["present"], of["score"])[:2], label=f"{part}, area {area:.3f}")
        curve = froc(kinds[kinds["part"] == part], len(truth.photos), (truth.garments["part"] == part).sum())
        if len(curve):
            free.plot(curve["false_a_photo"], curve["found"], label=part)
    roc.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    roc.set(
        xlabel="photos without one, false alarms",
        ylabel="photos with one, detected",
        title="ROC by photo",
    )
    free.set(xlabel="false boxes a photo", ylabel="garments found", title="FROC", ylim=(0, 1.02))
    roc.legend(fontsize=8)
    free.legend(fontsize=8)
    return figure


def error_crops(truth: Table, predicted: Table, kinds: pd.DataFrame, out: Path, most: int) -> dict[int, dict]:
    """{row of kinds: crop}: the surest errors of each kind, cut by the false box or the missed garment."""
    wrong = kinds[kinds["kind"] != "right"]
    index = spread(wrong["kind"], wrong["score"].fillna(0), most, most // len(KINDS))
    boxes = [
        predicted.garments.loc[row.found] if row.found >= 0 else truth.garments.loc[row.true]
        for row in wrong.loc[index].itertuples()
    ]
    cut = Table(truth.photos, pd.DataFrame(boxes).set_axis(index) if boxes else truth.garments.iloc[:0], truth.problems)

    def words(number: int) -> str:
        row = kinds.loc[number]
        score = "" if pd.isna(row["score"]) else f" {row['score']:.2f}"
        true = f", true {truth.garments.loc[row['true'], 'part']}" if row["true"] >= 0 else ""
        return f"{row['part']}{score}{true}, IoU {row['iou']:.2f}; {row['photo']}"

    return write_crops(cut, index, out, words)


def error_blocks(kinds: pd.DataFrame, crops: dict[int, dict]) -> list[dict]:
    """A block a kind of error with its crops and photos."""
    blocks = []
    for kind in KINDS:
        rows = kinds[kinds["kind"] == kind].sort_values("score", ascending=False, kind="stable")
        shown = [crops[n] for n in rows.index if n in crops]
        files = ", ".join(dict.fromkeys(rows["photo"]))
        blocks.append(dict(anchor=f"kind-{kind}", words=f"{kind}: {len(rows)}", crops=shown, files=files))
    return blocks


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m reports.detector", description=__doc__.partition(":")[0])
    parser.add_argument("--predictions", type=Path, required=True, metavar="FOLDER", help="--out of detector.evaluate")
    parser.add_argument("--crops", type=int, default=300, help="most pictures of errors (default: 300)")
    parser.add_argument("--training", type=Path, metavar="FOLDER", help="a training run, whose curves to show")
    parser.add_argument("--out", type=Path, required=True, help="folder for the page")
    args = parser.parse_args(arguments)
    truth, predicted = (load_table(args.predictions / name) for name in ("truth", "predicted"))
    print(report(truth, predicted, args.out, args.crops, args.training))


if __name__ == "__main__":
    main()
