"""Evaluate a detector: python -m detector.evaluate --model models/detector --data ccp:PATH --splits val"""

from pathlib import Path

from detector.predict import Detector
from garments.command import command, evaluate_parser
from garments.crowds import without_crowds
from garments.splits import hold_out
from garments.storage import save_table
from garments.types import BOX_COLUMNS, Table
from metrics.detection import NAMES, detection_figures
from metrics.detection_intervals import named_figures
from metrics.errors import box_outcomes, thresholds
from metrics.figures import write_figures
from photos.reading import read_photos


def predict(detector: Detector, table: Table, min_score: float = 0.005) -> Table:
    """The photos of a Table with the garments that the detector finds; unreadable photos are in `problems`."""
    rows: list[dict] = []
    problems: list[dict] = []
    for read in read_photos(table.photos, problems):
        found = detector([photo for _, photo, _ in read], [pixels for *_, pixels in read], min_score)
        for (row, *_), garments in zip(read, found, strict=True):
            for box, part, score in zip(garments.boxes_xyxy, garments.parts, garments.scores, strict=True):
                rows.append(dict(photo=row.photo, part=part, score=score, **dict(zip(BOX_COLUMNS, box, strict=True))))
    return Table.of(table.photos.to_dict("records"), rows, problems)


def describe(figures: dict[str, dict[str, float]]) -> str:
    """COCO's twelve figures, then AP and AP50 of each part, as text."""
    lines = [f"{name:<10} {figures['all'][name]:.3f}" for name in NAMES]
    lines += ["", f"{'':<10} {'AP':>6} {'AP50':>6}"]
    lines += [f"{part:<10} {f['AP']:6.3f} {f['AP50']:6.3f}" for part, f in figures.items() if part != "all"]
    return "\n".join(lines)


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from readers import read_all

    parser = evaluate_parser("detector.evaluate", __doc__)
    parser.add_argument("--model", type=Path, required=True, help="an exported detector")
    args = parser.parse_args(arguments)
    table = read_all(args.data).in_splits(*args.splits.split(","))
    table = hold_out(table, args.held_out)[1] if args.held_out else table
    predicted = predict(Detector.load(args.model), table)
    if args.out:
        save_table(table, args.out / "truth")
        save_table(predicted, args.out / "predicted")
    print(f"{len(table.photos)} photos, {len(table.garments)} garments in truth, {len(predicted.problems)} unreadable")
    figures = detection_figures(table, predicted)
    print(describe(figures))
    if args.out:
        write_figures(args.out, named_figures(figures, table, predicted))
    by_score = thresholds(box_outcomes(table, predicted), without_crowds(table).garments["x_min"].notna().sum())
    print(f"\nboxes by min score, at IoU 0.5\n{by_score.round(3).to_string()}")


if __name__ == "__main__":
    main()
