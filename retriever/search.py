"""Search an index for the garments of photos: python -m retriever.search INDEX PHOTO_OR_FOLDER --out CSV"""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from garments.command import command
from garments.types import BOX_COLUMNS
from photos.files import find_files, photo_name
from retriever.catalogue import Catalogue
from retriever.finding import Described, Finder
from retriever.index import GROUP
from retriever.sqlite_file import CatalogueError
from retriever.store import Store, open_store
from retriever.vectors import open_vectors, search

if TYPE_CHECKING:
    import faiss

COLUMNS = [
    "query", "query_garment", "query_part", "query_category", "rank", "photo", "garment", "item", "distance",
    "part", "category", "colour", *BOX_COLUMNS, "folder",
]  # fmt: skip


def search_garments(
    catalogue: Catalogue, found: Described, top: int, part: str | None = None, category: str | None = None
) -> pd.DataFrame:
    """The nearest garments of a catalogue, as `nearest` gives them.

    Args:
        catalogue: the catalogue.
        found: the garments that are searched for.
        top: how many for each.
        part: only garments of this part.
        category: only garments of this category.

    Raises:
        ValueError: the catalogue is empty, or has no garment of that part or category.
    """
    refuse_empty(catalogue, part=part, category=category)
    return nearest(catalogue, open_index(catalogue), found, top, part=part, category=category)


def open_index(catalogue: Catalogue) -> "faiss.IndexIDMap2 | Store":
    """What searches a catalogue: its vector store if it has one, else the structure of `retriever.vectors`."""
    return open_store(catalogue) or open_vectors(catalogue)


def refuse_empty(catalogue: Catalogue, **wanted: str | None) -> None:
    """Raise a CatalogueError where there is nothing to find, or nothing of the values that are asked for."""
    if not len(catalogue):
        raise CatalogueError(f"{catalogue.folder} holds no garments: index photos first")
    among = catalogue.matching(**wanted)
    if among is not None and not len(among):
        there = "; ".join(f"{name}: {', '.join(catalogue.values(name))}" for name in wanted)
        raise CatalogueError(f"{catalogue.folder} holds no garment of this {' and '.join(wanted)}; it has {there}")


def refuse_missing(path: Path) -> None:
    """Raise a FileNotFoundError where there is neither a photo nor a folder."""
    if not path.exists():
        raise FileNotFoundError(f"{path}: expected a photo or a folder of photos")


def nearest(
    catalogue: Catalogue, index: "faiss.IndexIDMap2 | Store", found: Described, top: int, **wanted: str | None
) -> pd.DataFrame:
    """The nearest garments by a structure: a row each with COLUMNS, by id, queries in order, best first.

    Args:
        catalogue: names what is found; what has left it since the structure was made is left out.
        index: of `open_index` or `retriever.vectors.build`.
        found: the garments that are searched for, with embeddings as the structure has them.
        top: how many for each.
        wanted: values of garments that may be found, as `Catalogue.matching` takes them.
    """
    if not len(found.garments):
        return pd.DataFrame(columns=COLUMNS)
    if isinstance(index, Store):
        matches = index.search(found.embeddings, top, wanted)
    else:
        matches = search(index, found.embeddings, top, catalogue.matching(**wanted))
    frames = [
        _ranked(catalogue, row, ids[ids >= 0], distances[ids >= 0])
        for row, ids, distances in zip(found.garments.to_dict("records"), *matches, strict=True)
    ]
    return pd.concat(frames)[COLUMNS]


def _ranked(catalogue: Catalogue, query: dict, ids: np.ndarray, distances: np.ndarray) -> pd.DataFrame:
    asked = {f"query_{name}": query[name] for name in ("garment", "part", "category")}
    shown = catalogue.shown(ids)
    known = pd.Series(distances.clip(0).astype(float).round(5), ids)
    return shown.assign(**asked, query=query["photo"], rank=range(1, len(shown) + 1), distance=known)


def described(find: Callable[[list[Path], list[str]], Described], path: Path) -> Described:
    """The garments of a photo, or of all photos of a folder; those without any are named on stderr.

    Raises:
        FileNotFoundError: there is neither.
    """
    refuse_missing(path)
    paths = list(find_files(path)) if path.is_dir() else [path]
    names = [photo_name(file, path if path.is_dir() else None) for file in paths]
    parts = [find(paths[n : n + GROUP], names[n : n + GROUP]) for n in range(0, len(paths), GROUP)]
    if not parts:
        raise FileNotFoundError(f"{path} holds no files; give a photo or a folder of photos")
    garments = pd.concat([part.garments for part in parts], ignore_index=True)
    problems = {name: problem for part in parts for name, problem in part.problems.items()}
    empty = dict.fromkeys((name for name in names if name not in set(garments["photo"])), "no garment was found in it")
    for name, words in {**empty, **problems}.items():
        print(f"{name}: {words}", file=sys.stderr)
    return Described(garments, np.concatenate([part.embeddings for part in parts]), problems)


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = argparse.ArgumentParser(prog="python -m retriever.search", description=__doc__.partition(":")[0])
    parser.add_argument("index", type=Path, metavar="INDEX", help="the --out of python -m retriever.index")
    parser.add_argument("photos", type=Path, metavar="PHOTO|FOLDER", help="what to search for")
    parser.add_argument("--top", type=int, default=20, help="garments for each garment (default: %(default)s)")
    parser.add_argument("--part", help="find garments of this part only: upper, lower or full")
    parser.add_argument("--category", help="find garments of this category only")
    parser.add_argument("--out", type=Path, metavar="CSV", help="file for the results (default: printed)")
    parser.add_argument("--page", type=Path, metavar="FOLDER", help="folder for a page with pictures")
    parser.add_argument("--models", type=Path, help="folder of the exported models (default: as of the pipeline)")
    parser.add_argument("--embedder", type=Path, help="the embedder that made the index (default: as of the index)")
    args = parser.parse_args(arguments)
    if args.top < 1:
        parser.error(f"--top: expected 1 or more, got {args.top}")
    refuse_missing(args.photos)
    with Catalogue(args.index) as catalogue:
        refuse_empty(catalogue, part=args.part, category=args.category)  # before the models are loaded
        finder = Finder.load(args.models, args.embedder)
        catalogue.refuse_other_embedder(finder.model)
        found = described(finder, args.photos)
        results = search_garments(catalogue, found, args.top, args.part, args.category)
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        results.to_csv(args.out, index=False)
    if args.page:
        from reports.search import write_page

        write_page(args.page, results, found.garments, args.photos)
    if not args.out and len(results):
        shown = ["query", "query_garment", "query_category", "rank", "photo", "distance", "part", "category", "colour"]
        print(results[shown].to_string(index=False))
    queries = results.groupby(["query", "query_garment"]).ngroups
    print(f"{queries} garments of {results['query'].nunique()} photos were searched for")
    if found.problems:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
