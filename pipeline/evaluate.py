"""Judge the whole pipeline on photos of one garment: python -m pipeline.evaluate --data clothing:PATH --splits val"""

import argparse
from pathlib import Path

import pandas as pd

from garments.photos import read_photos
from garments.types import Table
from garments.vocabulary import CATEGORIES
from pipeline.cli import MODELS
from pipeline.run import Pipeline
from reports.classification import category_figures, counted_truth, describe, per_category


def judge(pipeline: Pipeline, table: Table, classifier: str) -> tuple[pd.DataFrame, float]:
    """The category of the best garment of each photo beside the truth.

    Args:
        pipeline: the models.
        table: photos with one garment each; the others are left out.
        classifier: 'img' or 'img+bbox'.

    Returns:
        Pairs (photo, truth, said) of the photos whose category is known, where said is '' if no garment was found or
        the photo could not be read; and the share of all photos in which a garment was found.
    """
    one = table.garments.drop_duplicates("photo", keep=False).set_index("photo")
    said = dict.fromkeys(one.index, "")
    for read in read_photos(table.photos[table.photos["photo"].isin(one.index)], []):
        found = pipeline([photo for _, photo, _ in read], [pixels for *_, pixels in read])
        for (row, *_), garments in zip(read, found, strict=True):
            if len(garments):
                said[row.photo] = CATEGORIES[garments.categories[classifier][0].argmax()]
    rows = [
        (photo, counted_truth(truth, name), name)
        for (photo, name), truth in zip(said.items(), one["category"], strict=True)
        if truth
    ]
    return pd.DataFrame(rows, columns=["photo", "truth", "said"]), sum(map(bool, said.values())) / len(said)


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from readers import read_all

    parser = argparse.ArgumentParser(prog="python -m pipeline.evaluate", description=__doc__.partition(":")[0])
    parser.add_argument("--models", type=Path, default=MODELS, help="folder of the exported models (default: models/)")
    parser.add_argument("--data", action="append", required=True, metavar="NAME:PATH", help="a data set; repeatable")
    parser.add_argument("--splits", default="val", help="splits to judge on, with commas (default: val)")
    parser.add_argument("--min-score", type=float, default=0.5, help="least score of a garment (default: 0.5)")
    parser.add_argument("--classifier", choices=("img", "img+bbox"), default="img+bbox")
    args = parser.parse_args(arguments)
    table = read_all(args.data).split(*args.splits.split(","))
    pairs, found = judge(Pipeline.load(args.models, args.min_score), table, args.classifier)
    print(f"a garment found in {found:.1%} of the photos; {len(pairs)} photos with a known category")
    print(describe(category_figures(pairs)))
    print(per_category(pairs).round(2).to_string())


if __name__ == "__main__":
    main()
