"""Evaluate a classifier on true boxes: python -m classifier.evaluate --model models/img --data ccp:PATH --splits val"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from classifier.config import ClassifierConfig
from classifier.data import evaluation_data, targets
from classifier.models import load
from classifier.predict import Classifier, CropModel
from engine.crops import Crops
from garments.command import command
from garments.storage import save_table
from garments.types import BOX_COLUMNS, Garments, Table
from garments.vocabulary import PROBABILITY
from metrics.classification import ABOUT, category_figures, describe, judged, paired, per_category, unknown_categories
from metrics.collapse import verdict
from metrics.figures import write_figures
from metrics.groups import accuracy_by, group_figures
from metrics.landmark_summary import measure, named_figures, overview
from photos.reading import read_photos

if TYPE_CHECKING:
    import keras


def predict(model: CropModel, truth: Table) -> tuple[Table, Table]:
    """(truth, predicted): the garments of readable photos, and the same garments with the predictions of a model.

    The predictions of a classifier are as in `with_predictions`, those of a landmark regressor `landmarks` (24
    numbers). A garment without a box is assumed to fill its photo.
    """
    of_photo = dict(list(truth.garments.groupby("photo", sort=False)))
    found: dict[int, np.ndarray] = {}
    problems: list[dict] = []
    for [(row, photo, pixels)] in filter(
        None, read_photos(truth.photos[truth.photos["photo"].isin(of_photo)], problems, 1)
    ):
        garments = of_photo[row.photo]
        boxes = garments[BOX_COLUMNS].to_numpy(np.float32)
        boxes = np.where(np.isnan(boxes), np.array([0, 0, photo.width, photo.height], np.float32), boxes)
        parts = garments["part"].replace("", "full").to_numpy(object)
        [result] = model([photo], [pixels], [Garments(boxes, np.ones(len(boxes), np.float32), parts)])
        rows = result.categories[model.name] if result.landmarks is None else result.landmarks.reshape(len(boxes), -1)
        found.update(zip(garments.index, rows, strict=True))
    readable = truth.garments.loc[truth.garments.index.isin(found)]
    outputs = [found[index] for index in readable.index]
    if isinstance(model, Classifier):
        p = np.array(outputs).reshape(-1, len(model.categories))
        predicted = with_predictions(readable, p, model.categories)
    else:
        predicted = readable.assign(landmarks=outputs)
    unreadable = Table.of([], [], problems).problems
    return Table(truth.photos, readable, truth.problems), Table(truth.photos, predicted, unreadable)


def predict_crops(model: "keras.Model", name: str, config: ClassifierConfig, crops: Crops) -> tuple[Table, Table]:
    """(truth, predicted): the predictions of a Keras model for crops, as `predict` returns them for an exported one.

    Args:
        model: a trained model of `models.build`.
        name: the model's, 'img' or 'img+bbox'.
        config: its settings.
        crops: cut with `config`.
    """
    p = model.predict(evaluation_data(crops, config, targets(name, crops, config)), verbose=0)["category"]
    photos = pd.DataFrame({"photo": crops.garments["photo"].unique()})
    truth = Table.of(photos, crops.garments, [])
    return truth, Table(truth.photos, with_predictions(truth.garments, p, config.categories), truth.problems)


def with_predictions(garments: pd.DataFrame, p: np.ndarray, categories: Sequence[str]) -> pd.DataFrame:
    """The garments with the most probable category, its probability as score, and all in columns 'p:<category>'.

    Args:
        garments: N rows.
        p: (N, K) probabilities.
        categories: the K names.
    """
    return garments.assign(
        category=np.array(categories, object)[p.argmax(1)],
        score=p.max(1, initial=0),
        **{PROBABILITY + name: p[:, n] for n, name in enumerate(categories)},
    )


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from garments.splits import hold_out
    from readers import read_all
    from readers.ccp.landmarks import with_landmarks
    from readers.extra_boxes import with_extra_boxes

    parser = argparse.ArgumentParser(prog="python -m classifier.evaluate", description=__doc__.partition(":")[0])
    parser.add_argument("--model", type=Path, required=True, help="an exported classifier")
    parser.add_argument("--data", action="append", required=True, metavar="NAME:PATH", help="a data set; repeatable")
    parser.add_argument("--splits", default="val", help="splits to evaluate on, comma-separated (default: val)")
    parser.add_argument(
        "--boxes", type=Path, action="append", default=[], metavar="CSV", help="boxes, as written by detector.weak"
    )
    parser.add_argument("--by", metavar="ATTRIBUTE", help="accuracy of each value of an attribute too, such as gender")
    parser.add_argument("--held-out", type=float, metavar="SHARE", help="only the photos that training held out")
    parser.add_argument(
        "--out", type=Path, help="folder for truth/ and predicted/, which reports.classifier reads, and figures.json"
    )
    parser.add_argument(
        "--landmarks", choices=("derived", "placed"), default="derived",
        help="the true landmarks of ccp: derived from label maps, or placed by eye (on the photos that have them)",
    )  # fmt: skip
    args = parser.parse_args(arguments)
    table = read_all(args.data).in_splits(*args.splits.split(","))
    table = with_extra_boxes(table, args.boxes)
    table = hold_out(table, args.held_out)[1] if args.held_out else table
    model = load(args.model)
    table = table if isinstance(model, Classifier) else with_landmarks(table, args.landmarks)
    truth, predicted = predict(model, table)
    if args.out:
        save_table(truth, args.out / "truth")
        save_table(predicted, args.out / "predicted")
    photos, garments = truth.garments["photo"].nunique(), len(truth.garments)
    print(f"{photos} photos, {garments} garments, {len(predicted.problems)} unreadable")
    text, figures = (category_summary if isinstance(model, Classifier) else landmark_summary)(truth, predicted)
    print(text)
    if args.by:
        groups = group_figures(args.by, accuracy_by(truth, paired(truth, predicted), args.by))
        print(describe(groups))
        figures |= groups
    if args.out:
        write_figures(args.out, figures)


def category_summary(truth: Table, predicted: Table) -> tuple[str, dict]:
    """(the verdict, the figures, and those of each category, as text; the figures)."""
    pairs = paired(truth, predicted)
    figures = category_figures(pairs)
    counts = f"{len(pairs)} of the {len(truth.garments)} garments have a category. {ABOUT}"
    each = per_category(pairs).round(2).to_string()
    lines = [unknown_categories(truth, predicted), judged(pairs)[1], counts, describe(figures), each]
    return "\n".join(filter(None, lines)), figures


def landmark_summary(truth: Table, predicted: Table) -> tuple[str, dict]:
    """(the verdict and the figures beside those of mean places, as text; the figures)."""
    result = measure(truth, predicted)
    text = f"{verdict(result.findings, len(result.pairs.garments))}\n{overview({'true boxes': result}).to_string()}"
    return text, named_figures(result)


if __name__ == "__main__":
    main()
