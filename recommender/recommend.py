"""What a shop has for a customer: python -m recommender.recommend INDEX PHOTO --page FOLDER

For each garment of the photo similar items of the index, and items of other parts that go with all that is worn.
"""

import argparse
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from garments.command import command
from garments.models_path import find_models
from garments.vocabulary import PARTS
from recommender.complete import FOLDER, refuse_other_embedder
from recommender.model import Compatibility
from retriever.catalogue import Catalogue, CatalogueError
from retriever.finding import Described, Finder
from retriever.search import described, search_garments

SIMILAR, MATCHING = "similar", "matching"
GOES_WITH = {"upper": ("lower",), "lower": ("upper",), "full": ("upper",)}  # over a dress goes a jacket


class Shop(NamedTuple):
    """All garments of a catalogue, with `retriever.catalogue.SHOWN`, and their (N, D) embeddings."""

    garments: pd.DataFrame
    embeddings: np.ndarray


def recommend(catalogue: Catalogue, found: Described, model: Compatibility, top: int) -> pd.DataFrame:
    """Similar and matching garments of a shop.

    Args:
        catalogue: the shop's.
        found: the garments of a customer's photo.
        model: of compatibility.
        top: how many of each, for each garment.

    Returns:
        The columns of `retriever.search.search_garments`, after `kind`, SIMILAR or MATCHING, and `why`. The distance of
        a matching garment is 1 less its score.
    """
    similar = search_garments(catalogue, found, top).assign(kind=SIMILAR)
    similar = similar.assign(why=[_alike(row) for row in similar.to_dict("records")])
    ids, vectors = catalogue.vectors()
    shop = Shop(catalogue.shown(ids), vectors)
    frames = [similar, *(_matching(shop, found, model, n, top) for n in range(len(found.garments)))]
    every = pd.concat(frames, ignore_index=True)
    return every[["kind", "why", *(name for name in similar if name not in ("kind", "why"))]]


def _matching(shop: Shop, found: Described, model: Compatibility, place: int, top: int) -> pd.DataFrame:
    """The garments that go best with garment `place`, of the parts that are worn with it."""
    query = found.garments.iloc[place]
    wanted = np.flatnonzero(shop.garments["part"].isin(GOES_WITH[query["part"]]))
    parts = np.array([PARTS.index(part) for part in shop.garments["part"].to_numpy()[wanted]], int)
    own = np.array([PARTS.index(query["part"])])
    scores = model.scores(found.embeddings[[place]], own, shop.embeddings[wanted], parts)[0]
    best = np.argsort(-scores, kind="stable")[:top]
    asked = {f"query_{name}": query[name] for name in ("garment", "part", "category")}
    known = dict(
        kind=MATCHING, query=query["photo"], rank=range(1, len(best) + 1), distance=(1 - scores[best]).round(5)
    )
    rows = shop.garments.iloc[wanted[best]].assign(**asked, **known)
    own_words = f"{query['colour']} {query['category']}".strip()
    words = (rows["colour"] + " " + rows["category"]).str.strip()
    return rows.assign(why=words + f" goes with {own_words}")


def _alike(row: dict) -> str:
    """What a garment shares with the one that was searched for."""
    shared = [row[name] for name in ("part", "category") if row[name] and row[name] == row[f"query_{name}"]]
    return f"{row['colour']}, {' '.join(shared) or 'looks alike'}".removeprefix(", ")


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = argparse.ArgumentParser(prog="python -m recommender.recommend", description=__doc__.partition(":")[0])
    parser.add_argument("index", type=Path, metavar="INDEX", help="the --out of python -m retriever.index")
    parser.add_argument("photo", type=Path, metavar="PHOTO", help="of a customer")
    parser.add_argument("--top", type=int, default=6, help="items of each kind for a garment (default: %(default)s)")
    parser.add_argument("--out", type=Path, metavar="CSV", help="file for the results (default: printed)")
    parser.add_argument("--page", type=Path, metavar="FOLDER", help="folder for the page My Boutique")
    parser.add_argument("--model", type=Path, help="the compatibility model (default: compatibility/ of the models)")
    parser.add_argument("--models", type=Path, help="folder of the exported models (default: as of the pipeline)")
    parser.add_argument("--embedder", type=Path, help="an exported embedder (default: embedder/ among the models)")
    args = parser.parse_args(arguments)
    if args.top < 1:
        parser.error(f"--top: expected 1 or more, got {args.top}")
    with Catalogue(args.index) as catalogue:
        model = Compatibility.load(args.model or find_models(args.models) / FOLDER)
        finder = Finder.load(args.models, args.embedder)
        refuse_other_embedder(model, finder)
        if finder.model != catalogue.model:
            raise CatalogueError(f"{args.index} was made by another embedder; give that by --embedder, or index again")
        if args.photo.is_dir():
            raise ValueError(f"{args.photo}: expected a photo of a customer, got a folder")
        found = described(finder, args.photo)
        if found.problems:
            raise ValueError(f"{args.photo} cannot be used, see above")
        results = recommend(catalogue, found, model, args.top)
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        results.to_csv(args.out, index=False)
    if args.page:
        from reports.boutique import write_page

        write_page(args.page, results, found.garments, args.photo)
    if not args.out:
        print(results[["query_garment", "kind", "rank", "photo", "why"]].to_string(index=False))


if __name__ == "__main__":
    main()
