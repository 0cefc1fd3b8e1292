"""Judge a classifier on true boxes: python -m classifier.evaluate --model models/img --data ccp:PATH --splits val"""

import argparse
from pathlib import Path

import numpy as np

from classifier.predict import Classifier
from garments.photos import read_photos
from garments.storage import save_table
from garments.types import BOX_COLUMNS, Garments, Table
from reports.classification import PROBABILITY, category_figures, describe, judged, paired, per_category


def predict(classifier: Classifier, truth: Table) -> tuple[Table, Table]:
    """(truth, predicted): the garments of photos that can be read, and the same with what the model says.

    Predicted garments have the most probable category, its probability as score, and all in columns 'p:<category>'.

    A garment without a box is taken to fill its photo.
    """
    of_photo = dict(list(truth.garments.groupby("photo", sort=False)))
    found, problems = {}, []
    for [(row, photo, pixels)] in filter(
        None, read_photos(truth.photos[truth.photos["photo"].isin(of_photo)], problems, 1)
    ):
        garments = of_photo[row.photo]
        boxes = garments[BOX_COLUMNS].to_numpy(np.float32)
        boxes = np.where(np.isnan(boxes), np.array([0, 0, photo.width, photo.height], np.float32), boxes)
        given = Garments(boxes, np.ones(len(boxes), np.float32), np.full(len(boxes), "full", object))
        probabilities = classifier([photo], [pixels], [given])[0].categories[classifier.name]
        for index, of_garment in zip(garments.index, probabilities, strict=True):
            found[index] = of_garment
    judged = truth.garments.loc[truth.garments.index.isin(found)]
    p = np.array([found[index] for index in judged.index]).reshape(-1, len(classifier.categories))
    said = judged.assign(
        category=np.array(classifier.categories, object)[p.argmax(1)],
        score=p.max(1, initial=0),
        **{PROBABILITY + name: p[:, n] for n, name in enumerate(classifier.categories)},
    )
    return Table(truth.photos, judged, truth.problems), Table(truth.photos, said, Table.of([], [], problems).problems)


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from garments.splits import hold_out
    from readers import read_all

    parser = argparse.ArgumentParser(prog="python -m classifier.evaluate", description=__doc__.partition(":")[0])
    parser.add_argument("--model", type=Path, required=True, help="an exported classifier")
    parser.add_argument("--data", action="append", required=True, metavar="NAME:PATH", help="a data set; repeatable")
    parser.add_argument("--splits", default="val", help="splits to judge on, with commas (default: val)")
    parser.add_argument("--held-out", type=float, metavar="SHARE", help="only the photos that training held out")
    parser.add_argument("--out", type=Path, help="folder for truth/ and predicted/, which reports.classifier reads")
    args = parser.parse_args(arguments)
    table = read_all(args.data).split(*args.splits.split(","))
    table = hold_out(table, args.held_out)[1] if args.held_out else table
    truth, predicted = predict(Classifier.load(args.model), table)
    if args.out:
        save_table(truth, args.out / "truth")
        save_table(predicted, args.out / "predicted")
    pairs = paired(truth, predicted)
    print(f"{pairs['photo'].nunique()} photos, {len(pairs)} garments, {len(predicted.problems)} unreadable")
    print(judged(pairs)[1])
    print(describe(category_figures(pairs)))
    print(per_category(pairs).round(2).to_string())


if __name__ == "__main__":
    main()
