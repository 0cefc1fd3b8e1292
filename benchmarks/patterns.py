"""Are patterns of real garments recognised? python benchmarks/patterns.py --data NAME:PATH --out OUT

The garments of patterns_by_eye.csv, whose pattern was seen by eye: half of them (`half` is test) were never used to
choose anything. Masks are the label maps of ccp, else the foreground. Writes OUT/figures.json. With --fit FILE it
learns the classifier from drawn cloth and from the garments of the other half.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.garment_masks import extent, mask_of_shop_photo, mask_of_single_garment
from garments.types import Table
from metrics.bootstrap import Interval, intervals
from metrics.figures import write_figures
from photos.label_maps import read_label_map
from photos.patterns import PATTERNS, pattern, pattern_features
from photos.reading import read_photos
from readers import read_all
from samples.cloth import draw_cloth

BY_EYE = Path(__file__).with_name("patterns_by_eye.csv")
DRAWN, HELD = 200, 100  # garments of each pattern to learn from, and other ones to evaluate on
DRAWN_WEIGHT, PENALTY = 0.1, 2  # of a drawn garment beside a real one; of large weights


def seen_garments(table: Table, half: str) -> Iterator[tuple[pd.Series, np.ndarray, np.ndarray]]:
    """(row of patterns_by_eye.csv with the photo's name, pixels, mask) of the garments whose data set is in the table.

    Args:
        table: photos are named 'dataset/photo'.
        half: train or test.
    """
    rows = pd.read_csv(BY_EYE, dtype={"photo": str, "label": str}, keep_default_na=False)
    rows = rows[rows["half"] == half].assign(photo=rows["dataset"] + "/" + rows["photo"])
    value = table.garments.drop_duplicates(["photo", "label"]).set_index(["photo", "label"])["mask_value"]
    for batch in read_photos(table.photos[table.photos["photo"].isin(rows["photo"])], []):
        for photo, _, pixels in batch:
            for _, row in rows[rows["photo"] == photo.photo].iterrows():
                if row["dataset"] == "ccp":
                    mask = read_label_map(photo.label_map) == value[photo.photo, row["label"]]
                elif row["dataset"] == "products":
                    mask = mask_of_shop_photo(pixels, row["label"])
                else:
                    mask = mask_of_single_garment(pixels)
                yield row, pixels, mask


def figures_of(true: np.ndarray, found: np.ndarray, photos: np.ndarray) -> dict[str, Interval]:
    """Accuracy beside the most frequent pattern, macro-F1, and precision and recall of each pattern."""

    def figures(weights: np.ndarray) -> dict[str, float]:
        sums = np.array([[weights[(true == t) & (found == f)].sum() for f in PATTERNS] for t in PATTERNS])
        right, of_true, of_found = sums.diagonal(), sums.sum(1), sums.sum(0)
        with np.errstate(invalid="ignore", divide="ignore"):
            recall, precision, f1 = right / of_true, right / of_found, 2 * right / (of_true + of_found)
        each = {f"{name} {what}": values[n] for n, name in enumerate(PATTERNS)
                for what, values in (("recall", recall), ("precision", precision))}  # fmt: skip
        majority = of_true.max() / sums.sum()
        return {"accuracy": right.sum() / sums.sum(), "majority": majority, "macro-F1": np.nanmean(f1), **each}

    return intervals(photos, figures)


def fit(table: Table) -> tuple[np.ndarray, np.ndarray]:
    """Weights (F, P) and bias (P,) of a multinomial logistic regression on standardised features."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    drawn = [(kind, pattern_features(*_drawn(kind, seed))) for kind in PATTERNS for seed in range(DRAWN)]
    real = [(row["pattern"], pattern_features(pixels, extent(mask), mask))
            for row, pixels, mask in seen_garments(table, "train")]  # fmt: skip
    names, features = zip(*((name, values) for name, values in drawn + real if values is not None), strict=True)
    weight = np.repeat([DRAWN_WEIGHT, 1], [len(drawn), len(features) - len(drawn)])
    scaler = StandardScaler().fit(features, sample_weight=weight)
    model = LogisticRegression(C=1 / PENALTY, max_iter=1000)
    model.fit(scaler.transform(features), [PATTERNS.index(name) for name in names], sample_weight=weight)
    weights = model.coef_.T / scaler.scale_[:, None]
    return weights.round(5), (model.intercept_ - scaler.mean_ @ weights).round(5)


def _drawn(kind: str, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    pixels, mask = draw_cloth(kind, seed)
    return pixels, extent(mask), mask


def evaluate(table: Table, half: str) -> tuple[dict[str, float | Interval], pd.DataFrame]:
    """Figures on real and on drawn garments, and the confusions of the real ones."""
    rows, found = [], []
    for row, pixels, mask in seen_garments(table, half):
        rows.append(row)
        found.append(pattern(pixels, extent(mask), mask)[0])
    seen, answers = pd.DataFrame(rows), np.array(found)
    true, photos, sure = (seen[c].to_numpy() for c in ("pattern", "photo", "sure"))
    figures: dict[str, float | Interval] = {**figures_of(true, answers, photos), "garments": len(seen)}
    for name, kept in {"sure": sure == 1, **{d: (seen["dataset"] == d).to_numpy() for d in seen["dataset"].unique()},
                       "chosen at random": (seen["chosen"] == "random").to_numpy()}.items():  # fmt: skip
        part = figures_of(true[kept], answers[kept], photos[kept])
        figures |= {f"{name} {key}": part[key] for key in ("accuracy", "majority", "macro-F1")}
    kinds = np.repeat(PATTERNS, HELD)
    drawn = np.array([pattern(*_drawn(kind, DRAWN + n % HELD))[0] for n, kind in enumerate(kinds)])
    figures["drawn accuracy"] = figures_of(kinds, drawn, np.arange(len(kinds)).astype(str))["accuracy"]
    return figures, pd.crosstab(pd.Series(true, name="by eye"), pd.Series(answers, name="found"))


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("?")[0])
    parser.add_argument("--data", action="append", required=True, metavar="NAME:PATH", help="a data set; repeatable")
    parser.add_argument("--half", default="test", choices=["train", "test"], help="evaluated (default: %(default)s)")
    parser.add_argument("--fit", type=Path, metavar="FILE", help="learn the classifier instead, and write it")
    parser.add_argument("--out", type=Path, help="folder for figures.json and confusions.csv")
    args = parser.parse_args(arguments)
    table = read_all(args.data)
    if args.fit:
        weights, bias = (values.tolist() for values in fit(table))
        rows = ",\n ".join(json.dumps(row) for row in weights)
        args.fit.write_text(f'{{"weights": [\n {rows}],\n"bias": {json.dumps(bias)}}}\n', encoding="utf-8")
        return
    figures, confusions = evaluate(table, args.half)
    for name, figure in figures.items():
        value, *bounds = figure if isinstance(figure, tuple) else (figure,)
        print(f"{name}: {value:.3g}" + (" [{:.3f}, {:.3f}]".format(*bounds) if bounds else ""))
    print(confusions.to_string())
    if args.out:
        write_figures(args.out, figures)
        confusions.to_csv(args.out / "confusions.csv")


if __name__ == "__main__":
    main()
