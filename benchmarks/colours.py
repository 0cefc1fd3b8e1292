"""Does the main colour agree with the shop's? python benchmarks/colours.py --data products:PATH --out OUT

Photos of one garment: the mask is the foreground, and of a worn garment that part of it where its upper or lower part
is. The shop's words mean one or several of our names (shop_colours.csv), and of twelve basic colours. Writes
OUT/figures.json and prints the confusions. With --fit FILE it learns what names mean, from the photos of train alone.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.garment_masks import mask_of_shop_photo
from garments.vocabulary import category_set
from metrics.bootstrap import Interval, intervals
from metrics.figures import write_figures
from photos import colours
from photos.reading import read_photos
from readers import read_all

BASIC = {
    name: basic
    for basic, names in {
        "black": "black", "white": "white", "grey": "charcoal|grey|light grey", "beige": "cream|beige|khaki",
        "brown": "brown|tan", "red": "red|maroon", "pink": "pink|light pink|magenta", "purple": "purple|lavender",
        "blue": "blue|light blue|navy blue|teal|turquoise", "yellow": "yellow|mustard", "orange": "orange|peach|rust",
        "green": "green|dark green|light green|lime green|olive",
    }.items()
    for name in names.split("|")
}  # fmt: skip
LIKE = {  # names of the XKCD survey that mean one of ours, by their last word or the whole
    "grey": "silver slate steel", "brown": "chocolate umber sienna mocha", "red": "scarlet crimson", "olive": "drab",
    "maroon": "burgundy wine", "purple": "violet plum eggplant indigo", "lavender": "lilac periwinkle mauve",
    "magenta": "fuchsia", "pink": "rose salmon coral", "blue": "cobalt azure cerulean", "navy blue": "navy",
    "light blue": "sky lightblue", "turquoise": "aqua cyan aquamarine", "lime green": "lime", "mustard": "ochre gold",
    "tan": "taupe fawn camel", "orange": "tangerine pumpkin", "rust": "brick terracotta", "yellow": "lemon",
}  # fmt: skip
VIVID = 0.1  # chroma from which the survey's colours are learned too; duller ones look otherwise on cloth
SURVEY_WEIGHT, PENALTY = 20, 0.001  # of a name in the survey, where a garment has 1; of large weights


class Meaning(NamedTuple):
    """What a word of the shop means: the names, and the basic colours, that agree with it."""

    names: frozenset[str]
    basic: frozenset[str]


@cache
def shop_words() -> dict[str, Meaning]:
    """Word of the shop -> Meaning; those of 'Multi' are empty."""
    rows = pd.read_csv(Path(__file__).with_name("shop_colours.csv"), keep_default_na=False)
    return {row.shop: Meaning(category_set(row.names), category_set(row.basic)) for row in rows.itertuples()}


class Seen(NamedTuple):
    """A photo's garment: the shop's word, its group, and (n, 3) uint8 pixels with their mask."""

    photo: str
    word: str
    group: str
    pixels: np.ndarray
    mask: np.ndarray


def look(photos: pd.DataFrame) -> list[Seen]:
    """The garments whose colour the shop names, of photos of `products`; those of no category of ours too."""
    listed = {str(Path(path).parents[1] / "images.csv") for path in photos["path"]}
    shop = pd.concat([pd.read_csv(file, dtype=str, keep_default_na=False) for file in listed]).set_index("image")
    seen, known = [], shop_words()
    for batch in read_photos(photos, []):
        for photo, _, pixels in batch:
            word, label = shop.loc[Path(photo.path).stem, ["colour", "label"]]
            if word in known:
                mask = mask_of_shop_photo(pixels, label)
                seen.append(Seen(photo.photo, word, photo.group, pixels, mask))
    return seen


def found_colours(seen: Sequence[Seen]) -> list[colours.Colours]:
    """What the garments' colours are called."""
    return [colours.garment_colours(s.pixels, whole(s.pixels), s.mask) for s in seen]


def whole(pixels: np.ndarray) -> np.ndarray:
    """(4,) the xyxy box of all of a photo."""
    return np.array([0, 0, *pixels.shape[1::-1]])


def agreement(seen: Sequence[Seen], found: Sequence[colours.Colours]) -> dict[str, Interval]:
    """Shares of garments with 95 % intervals, by items.

    `name`: the main colour is one that the shop's word means; `basic`: so are they among the basic colours; `any
    basic`: one of the up to three colours is. `... majority` is the best constant answer.
    """
    known = shop_words()
    right: dict[str, np.ndarray] = {}
    for level, of in (("name", {n: n for n in BASIC}), ("basic", BASIC)):
        allowed = [known[s.word][level != "name"] for s in seen]
        right[level] = np.array([of[f.names[0]] in a for f, a in zip(found, allowed, strict=True)])
        constant = [np.array([name in a for a in allowed]) for name in dict.fromkeys(of.values())]
        right[f"{level} majority"] = max(constant, key=np.sum)
    right["any basic"] = np.array(
        [bool({BASIC[n] for n in f.names} & known[s.word].basic) for s, f in zip(seen, found, strict=True)]
    )
    return intervals(
        [s.group for s in seen],
        lambda weights: {name: float(np.average(hit, weights=weights)) for name, hit in right.items()},
    )


def confusions(seen: Sequence[Seen], found: Sequence[colours.Colours]) -> pd.DataFrame:
    """Counts of garments: the shop's word by our basic colour."""
    return pd.crosstab(
        pd.Series([s.word for s in seen], name="shop"), pd.Series([BASIC[f.names[0]] for f in found], name="found")
    )


def survey() -> tuple[list[str], np.ndarray]:
    """The colours of the XKCD survey that are called by one of our names: names (n), (n, 3) OKLab."""
    from matplotlib.colors import XKCD_COLORS, to_rgb

    like = {word: name for name, words in LIKE.items() for word in words.split()} | {name: name for name in BASIC}
    named = {full[5:]: (np.array(to_rgb(hex_)) * 255).round().astype(int) for full, hex_ in XKCD_COLORS.items()}
    meant = {full: like.get(full) or like.get(" ".join(full.split()[-2:])) or like.get(full.split()[-1])
             for full in named}  # fmt: skip
    kept = [full for full, name in meant.items() if name]
    return [meant[full] or "" for full in kept], colours.oklab(np.array([named[full] for full in kept]))


def taught(word: str, lab: np.ndarray, own: dict[str, float]) -> str:
    """The name that a garment teaches: of those the shop's word means, the one nearest in lightness.

    Args:
        word: of the shop.
        lab: (3,) of the garment.
        own: lightness of each name's own colour.
    """
    return min(sorted(shop_words()[word].names), key=lambda name: abs(own[name] - lab[0]))


def fit(seen: Sequence[Seen]) -> dict[str, list[float]]:
    """Weights for `colours.naming_features`: multinomial logistic regression of names on main colours."""
    from sklearn.linear_model import LogisticRegression

    names, places = survey()
    own = pd.Series(places[:, 0]).groupby(np.array(names)).median().to_dict()
    vivid = np.hypot(places[:, 1], places[:, 2]) > VIVID
    main = [colours.shades(s.pixels, whole(s.pixels), s.mask)[0][0] for s in seen]
    pairs = [(taught(s.word, lab, own), lab) for s, lab in zip(seen, main, strict=True) if shop_words()[s.word].names]
    x = np.concatenate([[lab for _, lab in pairs], places[vivid]])
    y = [name for name, _ in pairs] + [name for name, kept in zip(names, vivid, strict=True) if kept]
    alike = pd.Series(y[len(pairs) :])
    weight = np.concatenate([np.ones(len(pairs)), SURVEY_WEIGHT / alike.map(alike.value_counts())])
    model = LogisticRegression(C=1 / PENALTY, fit_intercept=False, solver="newton-cholesky")
    model.fit(colours.naming_features(x), y, sample_weight=weight)
    return {str(n): [round(float(w), 3) for w in row] for n, row in zip(model.classes_, model.coef_, strict=True)}


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("?")[0])
    parser.add_argument("--data", action="append", required=True, metavar="NAME:PATH", help="the data set products")
    parser.add_argument("--splits", default="val", help="to evaluate on, comma-separated (default: %(default)s)")
    parser.add_argument("--most", type=int, help="max number of photos, chosen at random")
    parser.add_argument("--fit", type=Path, metavar="FILE", help="learn names from train instead, and write them")
    parser.add_argument("--out", type=Path, help="folder for figures.json and confusions.csv")
    args = parser.parse_args(arguments)
    table = read_all(args.data).in_splits(*("train" if args.fit else args.splits).split(","))
    seen = look((table.sample(args.most) if args.most else table).photos)
    if args.fit:
        lines = [f" {json.dumps(name)}: {json.dumps(weights)}" for name, weights in fit(seen).items()]
        args.fit.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
        return
    found = found_colours(seen)
    figures = agreement(seen, found)
    print(f"{len(seen)} garments\n" + "\n".join(f"{k}: {v:.3f} [{a:.3f}, {b:.3f}]" for k, (v, a, b) in figures.items()))
    table_of_confusions = confusions(seen, found)
    print(table_of_confusions.to_string())
    if args.out:
        write_figures(args.out, {**figures, "garments": len(seen)})
        table_of_confusions.to_csv(args.out / "confusions.csv")


if __name__ == "__main__":
    main()
