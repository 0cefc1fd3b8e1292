"""Evaluate an embedder or a Match R-CNN: python -m retriever.evaluate --model MODEL --data products:PATH --splits val

Beside it stand chance, the colours of the crop alone, and the features of an ImageNet classifier. `--views` measures on
two strong views of each garment, the first before a plain ground, the second as worn.
"""

import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.features import garment_features
from garments.command import command, evaluate_parser
from garments.splits import hold_out
from garments.types import Table
from metrics.bootstrap import Interval
from metrics.classification import describe
from metrics.figures import write_figures
from metrics.retrieval import chance_figures, per_query, retrieval_figures
from retriever.config import EmbedderConfig
from retriever.finding import Finder
from retriever.match import predict as match_predict
from retriever.match.config import NAME as MATCH
from retriever.match.predict import Match
from retriever.predict import Embedder, embedder_folder, load
from retriever.protocols import SIDES, Entries, detected_entries, queries_found, sides, submission, true_entries

BINS = 6  # of a colour channel
Figures = dict[str, Interval | float]


def figures_of(queries: Entries, gallery: Entries, name: str) -> Figures:
    """{'NAME R@1': (value, low, high), ...} of a search.

    Raises:
        ValueError: no query has its item in the gallery.
    """
    photos = queries.garments["photo"].to_numpy(), gallery.garments["photo"].to_numpy()
    items = queries.garments["item"].to_numpy(), gallery.garments["item"].to_numpy()
    each = per_query(queries.embeddings, gallery.embeddings, *items, *photos)
    if each.empty:
        raise ValueError("no query has its item in the gallery: give data with items, and the splits of both")
    print(f"{name}: {len(each)} queries, {len(gallery.garments)} entries in the gallery", flush=True)
    found = retrieval_figures(each)
    return {f"{name} {figure}": value for figure, value in found.items()} | {
        f"chance {figure}": value for figure, value in chance_figures(each).items()
    }


def load_either(path: Path) -> Embedder | Match:
    """An exported embedder or Match R-CNN.

    Raises:
        FileNotFoundError: there is neither at `path`.
        ModelError: it has changed since its export, or is another model.
    """
    file = path / "config.json"
    name = json.loads(file.read_text(encoding="utf-8")).get("name") if file.exists() else None
    return match_predict.load(path) if name == MATCH else load(path)


def searched(entries: Entries, table: Table, protocol: str) -> tuple[Entries, Entries]:
    """(queries, gallery) of a protocol."""
    query, gallery = sides(table, protocol, entries.garments["photo"])
    return entries.keep(query & (entries.garments["item"] != "").to_numpy()), entries.keep(gallery)


def baseline(table: Table, protocol: str, name: str) -> Figures:
    """The figures of 'colours', a histogram of the crop's middle, or 'ImageNet', features of a classifier."""
    embed = histograms if name == "colours" else None
    with tempfile.TemporaryDirectory() as folder:
        found = garment_features(table, Path(folder), embed, *([name] if embed else []))
    garments = table.garments.iloc[found.rows].reset_index(drop=True)
    garments = garments.assign(item=garments["item"].fillna(""))
    return figures_of(*searched(Entries(garments, unit(found.values)), table, protocol), name)


def histograms(crops: np.ndarray) -> np.ndarray:
    """(B, BINS ** 3) root of the share of each colour in the middle half of (B, size, size, 3) crops."""
    quarter = crops.shape[1] // 4
    middle = crops[:, quarter:-quarter, quarter:-quarter].astype(int) * BINS // 256
    codes = (middle[..., 0] * BINS + middle[..., 1]) * BINS + middle[..., 2]
    counts = np.array([np.bincount(code.ravel(), minlength=BINS**3) for code in codes])
    return np.sqrt(counts / counts.sum(1, keepdims=True))


def unit(vectors: np.ndarray) -> np.ndarray:
    """(N, D) float32, each of length 1."""
    return (vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)).astype(np.float32)


def view_figures(model: Embedder, table: Table, most: int) -> Figures:
    """The figures of garments as worn, searched by views before a plain ground: of the embedder and the baselines.

    Args:
        model: the embedder.
        table: garments, with outlines.
        most: garments, chosen at random.
    """
    from engine.features import imagenet_features
    from photos.crops import geometry
    from retriever.data import cut_items, judging_data

    settings = {name: model.settings[name] for name in ("size", "context")}
    config = replace(EmbedderConfig(judged=most), **settings)
    with tempfile.TemporaryDirectory() as folder:
        items = cut_items(table, config, Path(folder))
        chosen = np.random.default_rng(0).permutation(len(items))[:most]
        images, boxes = judging_data(items.keep(np.isin(np.arange(len(items)), chosen)), config)
    places = [geometry(box, np.array([0.0, 0, 1, 1]), (1, 1)) for box in boxes]
    known = {"embedder": model.run(list(zip(images, places, strict=True)))["embedding"]}
    known["colours"] = unit(histograms(images))
    known["ImageNet"] = unit(imagenet_features(images.shape[1])(images))
    names = np.arange(len(images) // 2).astype(str)
    figures: Figures = {}
    for name, vectors in known.items():
        each = per_query(vectors[: len(names)], vectors[len(names) :], names, names)
        print(f"{name}: {len(each)} views of as many garments, searched among as many", flush=True)
        figures |= {f"{name} {figure}": value for figure, value in retrieval_figures(each).items()}
        figures |= {f"chance {figure}": value for figure, value in chance_figures(each).items()}
    return figures


def detected_figures(table: Table, find: Finder, protocol: str, file: Path | None) -> Figures:
    """The figures on detected boxes; writes DeepFashion2's results where a file is given."""
    entries = detected_entries(table, find)
    queries = queries_found(table, entries)
    queries = queries.keep(sides(table, protocol, queries.garments["photo"])[0])
    gallery = entries.keep(sides(table, protocol, entries.garments["photo"])[1])
    found = np.isfinite(queries.embeddings).all(1).mean() if len(queries.embeddings) else 0.0
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(submission(queries, gallery)), encoding="utf-8")
    return {**figures_of(queries, gallery, "embedder, detected"), "queries found": float(found)}


def table_figures(model: Embedder | Match, table: Table, protocol: str, baselines: bool) -> Figures:
    """The figures on true boxes, of the model and the baselines."""
    queries, gallery = searched(true_entries(table, model), table, protocol)
    vectors = model.comparable(queries.embeddings, gallery.embeddings)
    queries, gallery = queries._replace(embeddings=vectors[0]), gallery._replace(embeddings=vectors[1])
    figures = figures_of(queries, gallery, model.name)
    for name in ("colours", "ImageNet") if baselines else ():
        figures |= baseline(table, protocol, name)
    return figures


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from readers import read_all
    from readers.extra_boxes import with_extra_boxes
    from retriever.outlines import with_outlines

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = evaluate_parser("retriever.evaluate", __doc__)
    parser.add_argument("--model", type=Path, help="an exported one (default: embedder/ among the models)")
    parser.add_argument("--protocol", choices=SIDES, default="items", help="who is searched among whom")
    parser.add_argument("--boxes", type=Path, action="append", default=[], metavar="CSV", help="boxes, if not all have")
    parser.add_argument("--outlines", type=Path, metavar="FOLDER", help="the --out of python -m retriever.outlines")
    parser.add_argument("--views", type=int, metavar="N", help="two strong views each of at most N garments instead")
    parser.add_argument("--detected", action="store_true", help="on boxes that the pipeline finds, too")
    parser.add_argument("--models", type=Path, help="folder of the pipeline's models, for --detected")
    parser.add_argument("--submission", type=Path, metavar="JSON", help="write DeepFashion2's results, of --detected")
    parser.add_argument("--no-baselines", action="store_true", help="leave out colours and ImageNet features")
    args = parser.parse_args(arguments)
    table = with_extra_boxes(read_all(args.data).in_splits(*args.splits.split(",")), args.boxes)
    table = hold_out(table, args.held_out)[1] if args.held_out else table
    table = with_outlines(table, args.outlines) if args.outlines else table
    folder = embedder_folder(args.model)
    if args.views:
        figures = view_figures(load(folder), table, args.views)
    else:
        model = load(folder) if args.detected else load_either(folder)
        figures = table_figures(model, table, args.protocol, not args.no_baselines)
    if args.detected:
        figures |= detected_figures(table, Finder.load(args.models, folder), args.protocol, args.submission)
    print(describe({name: v if isinstance(v, tuple) else (v, v, v) for name, v in figures.items()}))
    if args.out:
        write_figures(args.out, figures)


if __name__ == "__main__":
    main()
