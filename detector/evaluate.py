"""Evaluate a detector: python -m detector.evaluate --model models/detector --data ccp:PATH --splits val"""

from pathlib import Path
from typing import Any

from detector.predict import Detector
from garments.command import command, evaluate_parser
from garments.crowds import without_crowds
from garments.masks import paste
from garments.splits import hold_out
from garments.storage import OUTLINES, save_table
from garments.types import BOX_COLUMNS, Garments, Table
from metrics.detection import MASKS, NAMES, detection_figures
from metrics.detection_intervals import named_figures
from metrics.errors import box_outcomes, thresholds
from metrics.figures import write_figures
from metrics.masks import boundary_figures, mask_pairs, with_masks
from photos.reading import read_photos


def predict(detector: Detector, table: Table, min_score: float = 0.005) -> Table:
    """The photos of a Table with the garments that the detector finds; unreadable photos are in `problems`.

    Those of a Mask R-CNN have their masks as `segmentation`.
    """
    rows: list[dict] = []
    problems: list[dict] = []
    for read in read_photos(table.photos, problems):
        found = detector([photo for _, photo, _ in read], [pixels for *_, pixels in read], min_score)
        for (row, *_), garments in zip(read, found, strict=True):
            rows.extend(_rows(row, garments))
    return Table.of(table.photos.to_dict("records"), rows, problems)


def _rows(photo: Any, garments: Garments) -> list[dict]:
    """Rows of Table.garments of a row of Table.photos."""
    parts, scores = garments.parts, garments.scores
    rows = [
        dict(photo=photo.photo, part=part, score=score, **dict(zip(BOX_COLUMNS, box, strict=True)))
        for box, part, score in zip(garments.boxes_xyxy, parts, scores, strict=True)
    ]
    if garments.box_masks is None:
        return rows
    masks = paste(garments.box_masks, garments.boxes_xyxy, photo.height, photo.width)
    return [{**row, OUTLINES: mask} for row, mask in zip(rows, masks, strict=True)]


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
    named = named_figures(figures, table, predicted)
    if with_masks(table, predicted):
        masks = detection_figures(table, predicted, MASKS)
        overlaps = boundary_figures(mask_pairs(table, predicted))
        print(f"\nmasks\n{describe(masks)}\n" + "\n".join(f"{name:<22} {v:.3f}" for name, (v, *_) in overlaps.items()))
        named |= named_figures(masks, table, predicted, MASKS) | overlaps
    if args.out:
        write_figures(args.out, named)
    by_score = thresholds(box_outcomes(table, predicted), without_crowds(table).garments["x_min"].notna().sum())
    print(f"\nboxes by min score, at IoU 0.5\n{by_score.round(3).to_string()}")


if __name__ == "__main__":
    main()
