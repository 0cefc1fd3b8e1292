"""Evaluate the whole pipeline on detected boxes: python -m pipeline.evaluate --data clothing:PATH --splits val"""

from pathlib import Path

from garments.command import command, evaluate_parser
from garments.models_path import find_models
from garments.splits import hold_out
from garments.storage import save_table
from garments.types import BOX_COLUMNS, Table
from metrics.classification import category_figures, describe, per_category
from metrics.end_to_end import contradictions, outcome_table, outcomes, share_found
from metrics.figures import write_figures
from metrics.groups import accuracy_by, group_figures
from photos.reading import read_photos
from pipeline.decision import answers, detector_parts
from pipeline.models import MIN_SCORE, Pipeline


def predict(pipeline: Pipeline, table: Table) -> Table:
    """The photos of a Table with the garments that the pipeline finds; unreadable photos are in `problems`.

    Args:
        pipeline: the models.
        table: photos.
    """
    rows: list[dict] = []
    problems: list[dict] = []
    for read in read_photos(table.photos, problems):
        found = pipeline.predict([photo for _, photo, _ in read], [pixels for *_, pixels in read])
        for (row, *_), garments in zip(read, found, strict=True):
            (categories, _), (own, _) = answers(garments, pipeline.classifier), garments.named(pipeline.classifier)
            alone = detector_parts(garments)
            for n, box in enumerate(garments.boxes_xyxy):
                known = dict(photo=row.photo, part=garments.parts[n], category=categories[n], score=garments.scores[n])
                known |= dict(detector_part=alone[n], own_category=own[n])
                points = None if garments.landmarks is None else garments.landmarks[n].ravel()
                rows.append({**known, "landmarks": points, **dict(zip(BOX_COLUMNS, box, strict=True))})
    return Table.of(table.photos.to_dict("records"), rows, problems)


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from readers import read_all
    from readers.ccp.landmarks import with_landmarks

    parser = evaluate_parser("pipeline.evaluate", __doc__)
    parser.add_argument(
        "--models", type=Path, help="folder of the exported models (default: $GARMENTS_MODELS, else the shipped ones)"
    )
    parser.add_argument(
        "--min-score", type=float, default=MIN_SCORE, help="min score of a garment (default: %(default)s)"
    )
    parser.add_argument("--by", metavar="ATTRIBUTE", help="accuracy of each value of an attribute too, such as gender")
    parser.add_argument("--classifier", help="whose categories are used (default: as of the pipeline)")
    parser.add_argument(
        "--landmarks", choices=("derived", "placed"), help="put landmarks of ccp into truth/, see classifier.evaluate"
    )
    args = parser.parse_args(arguments)
    table = read_all(args.data).in_splits(*args.splits.split(","))
    table = hold_out(table, args.held_out)[1] if args.held_out else table
    table = with_landmarks(table, args.landmarks) if args.landmarks else table
    pipeline = Pipeline.load(find_models(args.models), args.min_score, classifier=args.classifier, masks=False)
    predicted = predict(pipeline, table)
    if args.out:
        save_table(table, args.out / "truth")
        save_table(predicted, args.out / "predicted")
    found, pairs = share_found(table, predicted), outcomes(table, predicted)
    print(f"a garment found in {found[0]:.1%} of photos with garments; {len(pairs)} garments with a known category")
    contrary = {f"contradictions, {side}": share for side, share in contradictions(predicted).items()}
    groups = group_figures(args.by, accuracy_by(table, pairs, args.by)) if args.by else {}
    figures = {**category_figures(pairs), "photos with a garment found": found, **contrary, **groups}
    print(describe(figures))
    if args.out:
        write_figures(args.out, figures)
    print(per_category(pairs).round(2).to_string())
    print(outcome_table(pairs).round(2).to_string())


if __name__ == "__main__":
    main()
