"""Learn what goes together: python -m recommender.train --data ccp:PATH --splits train,tags --boxes CSV --out FOLDER

The garments of one photo are an outfit. They share its light, background and camera, which a model can learn in place
of what suits: the figures hold for garments of photos, not for a stylist's taste.
"""

import argparse
import hashlib
import json
import os
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from engine.checksums import fingerprint
from engine.run_folder import Longer, further_inputs, inputs_of, run_folder
from engine.settings import parse_settings
from garments.command import command
from garments.types import Table
from garments.vocabulary import PARTS
from metrics.compatibility import right_share
from recommender.config import TINY, CompatibilityConfig
from recommender.model import Compatibility, fit_one
from recommender.outfits import Question, Wardrobe, questions
from retriever.predict import Embedder, embedder_folder, load
from retriever.protocols import true_entries

MODEL, EMBEDDINGS = "model", "embeddings-{}.npz"  # in the folder of a run; the latter by what they are of
COLUMNS = ("photo", "part", "category")


def train(config: CompatibilityConfig, wardrobe: Wardrobe, embedder: str) -> tuple[Compatibility, float]:
    """Train `models` models from different seeds on different outfits; each is judged on those it has not seen.

    Args:
        config: the settings.
        wardrobe: garments of outfits, with embeddings.
        embedder: fingerprint of the embedder.

    Returns:
        The model, and the mean fill-in-the-blank accuracy on held-out outfits.

    Raises:
        ValueError: there are too few outfits.
    """
    found = []
    for seed in range(config.seed, config.seed + config.models):
        held = wardrobe.held_out(config.held_out, seed)
        seen, unseen = wardrobe.keep(~held), wardrobe.keep(held)
        asked = questions(unseen, seed)
        if not len(seen.pairs()) or not asked:
            raise ValueError(f"{len(seen.pairs())} pairs to learn from and {len(asked)} questions: give more outfits")

        found.append(fit_one(seen, config, seed, partial(_judge, unseen, asked)))
        print(f"seed {seed}: fill-in-the-blank {found[-1][2]:.3f} on {len(asked)} held-out questions", flush=True)
    projections, weights, accuracy = (np.array(values, np.float32) for values in zip(*found, strict=True))
    return Compatibility(projections, weights, usual_of(wardrobe), embedder), float(accuracy.mean())


def _judge(unseen: Wardrobe, asked: list[Question], projections: np.ndarray, weights: np.ndarray) -> float:
    """The share of questions about unseen outfits that one model answers right."""
    model = Compatibility(projections[None], weights[None], np.zeros((len(PARTS), projections.shape[1])))
    return right_share(answer(model, unseen, asked))


def usual_of(wardrobe: Wardrobe) -> np.ndarray:
    """(parts, D) the mean embedding of each part; zeros for a part without garments."""
    own = [wardrobe.embeddings[wardrobe.parts == part] for part in range(len(PARTS))]
    return np.stack([some.mean(0) if len(some) else np.zeros(some.shape[1]) for some in own]).astype(np.float32)


def answer(model: Compatibility, wardrobe: Wardrobe, asked: list[Question]) -> list[np.ndarray]:
    """The scores of the choices of each question."""
    x, parts = wardrobe.embeddings, wardrobe.parts
    return [model.scores(x[q.given], parts[q.given], x[q.choices], parts[q.choices]).mean(0) for q in asked]


def embedded(table: Table, model: Embedder, file: Path | None = None) -> Wardrobe:
    """The garments of a Table with their embeddings, which are kept in a file if one is given."""
    if file is None or not file.exists():
        entries = true_entries(table, model)
        kept = dict(embeddings=entries.embeddings, **{n: entries.garments[n].to_numpy(str) for n in COLUMNS})
        if file is None:
            return Wardrobe.of(entries.garments, entries.embeddings)
        np.savez(file.with_suffix(".part"), **kept)
        file.with_suffix(".part.npz").replace(file)
    with np.load(file) as stored:
        return Wardrobe.of(pd.DataFrame({name: stored[name] for name in COLUMNS}), stored["embeddings"])


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from readers import read_all
    from readers.extra_boxes import with_extra_boxes

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = argparse.ArgumentParser(prog="python -m recommender.train", description=__doc__.partition(":")[0])
    parser.add_argument("--data", action="append", required=True, metavar="NAME:PATH", help="a data set; repeatable")
    parser.add_argument("--splits", default="train", help="splits to train on, comma-separated (default: train)")
    parser.add_argument("--boxes", type=Path, action="append", default=[], metavar="CSV", help="boxes, if not all have")
    parser.add_argument("--embedder", type=Path, help="an exported embedder (default: embedder/ among the models)")
    parser.add_argument("--tiny", action="store_true", help="tiny settings for a quick test of the commands")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change one setting")
    parser.add_argument("--out", type=Path, required=True, help="folder for the run; the model is model/ in it")
    args = parser.parse_args(arguments)
    base = TINY if args.tiny else CompatibilityConfig()
    config = replace(base, **parse_settings(CompatibilityConfig, args.set))
    table = with_extra_boxes(read_all(args.data).in_splits(*args.splits.split(",")), args.boxes)
    folder = embedder_folder(args.embedder)
    settings, known = {"model": "compatibility", **asdict(config)}, further_inputs(boxes=args.boxes)
    inputs = {**inputs_of(table, None), **known, "embedder": fingerprint(folder)}
    digest = hashlib.sha256(json.dumps(inputs).encode()).hexdigest()[:12]
    with run_folder(args.out, settings, inputs, Longer("", "")):
        wardrobe = embedded(table, load(folder), args.out / EMBEDDINGS.format(digest))
        print(f"{len(np.unique(wardrobe.outfits))} outfits, {len(wardrobe)} garments", flush=True)
        model, accuracy = train(config, wardrobe, fingerprint(folder))
        model.save(args.out / MODEL, asdict(config))
        (args.out / "metrics.jsonl").write_text(json.dumps({"held_out_accuracy": accuracy}) + "\n", encoding="utf-8")
    print(f"fill-in-the-blank of held-out outfits: {accuracy:.3f}; the model is {args.out / MODEL}")


if __name__ == "__main__":
    main()
