"""The report on the whole pipeline: python -m reports.pipeline --predictions FOLDER --out OUT"""

import argparse
from pathlib import Path

import pandas as pd

from garments.command import command
from garments.storage import CATEGORIES_OF, PIPELINE_OF, load_predictions
from garments.types import Table
from metrics.classification import ABOUT, beside_majority, category_figures, paired
from metrics.end_to_end import OUTCOMES, outcome_table, outcomes
from reports.crops import spread, write_crops
from reports.page import Page


def report(truth: Table, predicted: Table, out: Path, true_boxes: Table | None = None, max_crops: int = 300) -> Path:
    """Write the page.

    Args:
        truth: garments, with boxes or one per photo.
        predicted: of `pipeline.evaluate`, for the same photos.
        out: folder to write.
        true_boxes: predictions of the classifier on true boxes of the same garments (`classifier.evaluate`), or None.
        max_crops: max pictures of garments.

    Returns:
        The page.

    Raises:
        ValueError: there is no garment to evaluate on.
    """
    table = outcomes(truth, predicted)
    figures = category_figures(table)
    page = Page(out, "Pipeline")
    missed = table["outcome"].isin(["missed", "box wrong"]).mean()
    words = f"{figures['accuracy'][0]:.1%} of {len(table)} garments have the right category, {missed:.1%} are not found"
    beside = beside_majority(figures["margin"])
    page.verdict("; ".join(filter(None, [words, beside])), bool(beside))
    page.table("outcomes", "Sources of errors", outcome_table(table), "A row per true category.")
    sides = {"detected boxes": figures}
    if true_boxes is not None:
        sides["true boxes"] = category_figures(paired(truth, true_boxes))
    columns = {
        side: {name: f"{v:.3f}  [{low:.3f}, {high:.3f}]" for name, (v, low, high) in of.items()}
        for side, of in sides.items()
    }
    page.table(
        "figures", "Figures", pd.DataFrame(columns).fillna(""), f"With 95 % intervals, resampled by photo. {ABOUT}"
    )
    page.cells("Behind the errors", blocks(truth, table, out, max_crops))
    return page.write()


def blocks(truth: Table, table: pd.DataFrame, out: Path, most: int) -> list[dict]:
    """A block per outcome with crops of its garments and all their photos."""
    wrong = table[table["outcome"] != "right"]
    index = spread(wrong["outcome"], pd.Series(0, wrong.index), most, most // len(OUTCOMES))

    def words(number: int) -> str:
        row = table.loc[number]
        return f"{row['truth']}, predicted {row['predicted'] or 'nothing'}; {row['photo']}"

    crops, result = write_crops(truth, index, out, words), []
    for outcome in OUTCOMES[1:]:
        rows = table[table["outcome"] == outcome]
        shown = [crops[n] for n in rows.index if n in crops]
        files = ", ".join(dict.fromkeys(rows["photo"]))
        anchor = f"outcome-{outcome.replace(' ', '-')}"
        result.append(dict(anchor=anchor, words=f"{outcome}: {len(rows)}", crops=shown, files=files))
    return result


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m reports.pipeline", description=__doc__.partition(":")[0])
    parser.add_argument("--predictions", type=Path, required=True, metavar="FOLDER", help="--out of pipeline.evaluate")
    parser.add_argument("--true-boxes", type=Path, metavar="FOLDER", help="--out of classifier.evaluate, same photos")
    parser.add_argument("--crops", type=int, default=300, help="max pictures of garments (default: 300)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the page")
    args = parser.parse_args(arguments)
    truth, predicted = load_predictions(args.predictions, PIPELINE_OF)
    true_boxes = load_predictions(args.true_boxes, CATEGORIES_OF)[1] if args.true_boxes else None
    print(report(truth, predicted, args.out, true_boxes, args.crops))


if __name__ == "__main__":
    main()
