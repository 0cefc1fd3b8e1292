"""Judge the whole pipeline on photos of one garment: python -m pipeline.evaluate --data clothing:PATH --splits val"""

import argparse
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from garments.types import Table
from garments.vocabulary import CATEGORIES, category_set
from pipeline.cli import MODELS
from pipeline.run import Pipeline, read_batches
from reports.classification import category_figures, describe, per_category

BATCH = 8


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
    one = table.garments.drop_duplicates("photo", keep=False)
    photos = table.photos.set_index("photo").loc[one["photo"]]
    said = []
    paths = [Path(path) for path in photos["path"]]
    with tqdm(total=len(paths), desc="photos", disable=None) as progress:
        for batch in read_batches(paths, None, BATCH):
            readable = [item for item in batch if not isinstance(item[1], Exception)]
            found = iter(pipeline([photo for photo, _ in readable], [pixels for _, pixels in readable]))
            for item in batch:
                garments = [] if isinstance(item[1], Exception) else next(found)
                best = garments.categories[classifier][0].argmax() if len(garments) else None
                said.append("" if best is None else CATEGORIES[best])
            progress.update(len(batch))
    rows = [
        (photo, name if name in category_set(truth) else truth.split("|")[0], name)
        for photo, truth, name in zip(one["photo"], one["category"], said, strict=True)
        if truth
    ]
    return pd.DataFrame(rows, columns=["photo", "truth", "said"]), sum(map(bool, said)) / len(said)


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
