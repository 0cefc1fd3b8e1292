"""What a shop has for a customer: python -m recommender.recommend INDEX PHOTO --page FOLDER

For each garment of the photo similar items of the index, and items of other parts that go with all that is worn.
"""

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from garments.command import command
from garments.models_path import find_models
from garments.vocabulary import PARTS
from recommender.complete import FOLDER, refuse_other_embedder
from recommender.model import Compatibility
from retriever.catalogue import Catalogue
from retriever.finding import Described, Finder
from retriever.search import described, nearest, open_index, refuse_empty, refuse_missing
from retriever.vectors import build

if TYPE_CHECKING:
    import faiss

SIMILAR, MATCHING = "similar", "matching"
WIDER = 4  # so many times what is asked for is looked at, as garments of the same part come first
QUERY = ["query", "query_garment"]
GOES_WITH = {"upper": "lower", "lower": "upper", "full": "upper"}  # over a dress goes a jacket


class Shop:
    """A catalogue with what searches it, loaded once.

    Attributes:
        catalogue: the shop's.
        model: of compatibility; None gives similar garments alone.
    """

    def __init__(self, catalogue: Catalogue, model: Compatibility | None = None):
        """Args: see the attributes. Raises a CatalogueError where the catalogue is empty."""
        refuse_empty(catalogue)
        self.catalogue, self.model = catalogue, model
        self._alike = open_index(catalogue)
        self._matching = self._matching_by_part(model) if model else {}

    def _matching_by_part(self, model: Compatibility) -> dict[str, "faiss.IndexIDMap2"]:
        ids, vectors = self.catalogue.vectors()
        structures = {}
        for part, other in GOES_WITH.items():
            wanted = np.isin(ids, self.catalogue.ids(part=other))
            own = model.in_pair(vectors[wanted], PARTS.index(other), PARTS.index(part))
            structures[part] = build(ids[wanted], own, flat=len(ids))
        return structures

    def similar(self, found: Described, top: int) -> pd.DataFrame:
        """Garments that look like those that were found, of the same part first, as `retriever.search.nearest`."""
        rows = nearest(self.catalogue, self._alike, found, WIDER * top)
        order = np.lexsort((rows["rank"], rows["part"] != rows["query_part"], rows.groupby(QUERY, sort=False).ngroup()))
        rows = rows.iloc[order].groupby(QUERY, sort=False).head(top)
        return rows.assign(rank=rows.groupby(QUERY, sort=False).cumcount() + 1)

    def matching(self, found: Described, top: int) -> pd.DataFrame:
        """Garments of the parts that are worn with those that were found; the distance is 1 less the score."""
        assert self.model  # else nothing matches
        frames = []
        for part, structure in self._matching.items():
            own = (found.garments["part"] == part).to_numpy()
            vectors = self.model.in_pair(found.embeddings[own], PARTS.index(part), PARTS.index(GOES_WITH[part]))
            frames.append(nearest(self.catalogue, structure, Described(found.garments[own], vectors, {}), top))
        return pd.concat(frames).sort_values(["query", "query_garment"], kind="stable")


def recommend(shop: Shop, found: Described, top: int) -> pd.DataFrame:
    """Similar and, if the shop has a model of compatibility, matching garments.

    Args:
        shop: where to look.
        found: the garments of customers' photos.
        top: how many of each, for each garment.

    Returns:
        The columns of `retriever.search.nearest`, after `kind`, SIMILAR or MATCHING, and `why`.
    """
    kinds = {SIMILAR: (shop.similar, _alike)} | ({MATCHING: (shop.matching, _suits)} if shop.model else {})
    frames = [_with_why(find(found, top), kind, why, found.garments) for kind, (find, why) in kinds.items()]
    return pd.concat(frames)


def _with_why(rows: pd.DataFrame, kind: str, why: Callable[[dict], str], garments: pd.DataFrame) -> pd.DataFrame:
    colours = garments.set_index(["photo", "garment"])["colour"].to_dict()
    own = [{**row, "query_colour": colours[row["query"], row["query_garment"]]} for row in rows.to_dict("records")]
    return rows.assign(kind=kind, why=[why(row) for row in own])[["kind", "why", *rows]]


def _alike(row: dict) -> str:
    """A garment, and what it shares with the one that was searched for."""
    shared = [name for name in ("colour", "part", "category") if row[name] and row[name] == row[f"query_{name}"]]
    return f"{row['colour']} {row['category']}, {'same ' if shared else 'looks alike'}{', '.join(shared)}".strip()


def _suits(row: dict) -> str:
    """A garment with the one that is worn."""
    own, asked = (f"{row[f'{who}colour']} {row[f'{who}category']}".strip() for who in ("", "query_"))
    return f"{own} with {asked}"


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
        if args.photo.is_dir():
            raise ValueError(f"{args.photo}: expected a photo of a customer, got a folder")
        refuse_missing(args.photo)
        refuse_empty(catalogue)  # before the models are loaded
        model = Compatibility.load(args.model or find_models(args.models) / FOLDER)
        finder = Finder.load(args.models, args.embedder)
        refuse_other_embedder(model, finder.model)
        catalogue.refuse_other_embedder(finder.model)
        found = described(finder, args.photo)
        if found.problems:
            raise ValueError(f"{args.photo} cannot be used, see above")
        results = recommend(Shop(catalogue, model), found, args.top)
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        results.to_csv(args.out, index=False)
    if args.page:
        from reports.boutique import write_page

        write_page(args.page, results, found.garments, args.photo)
    if not args.out:
        shown = ["query_garment", "query_category", "kind", "rank", "photo", "distance", "why"]
        print(results[shown].to_string(index=False))


if __name__ == "__main__":
    main()
