"""Evaluate compatibility on outfits: python -m recommender.evaluate --model FOLDER --data ccp:PATH --splits val

Each garment is the answer to a question: which of four of its kind completes the outfit of its photo? Beside the model
stand the likeness of the embeddings alone, popularity, colour harmony and chance.
"""

import os
from pathlib import Path

import numpy as np

from engine.checksums import fingerprint
from garments.command import command, evaluate_parser
from garments.models_path import find_models
from garments.splits import hold_out
from garments.types import BOX_COLUMNS
from metrics.bootstrap import Interval
from metrics.classification import describe
from metrics.compatibility import compatibility_figures
from metrics.figures import write_figures
from recommender.complete import FOLDER
from recommender.harmony import harmony, middle_colours
from recommender.model import Compatibility
from recommender.outfits import CHOICES, Wardrobe, questions
from recommender.train import answer
from retriever.predict import embedder_folder, load
from retriever.protocols import Entries, true_entries


def figures_of(model: Compatibility, entries: Entries, colours: np.ndarray, seed: int = 0) -> dict[str, Interval]:
    """The figures of a model and of the baselines, with intervals over outfits.

    Args:
        model: the model.
        entries: garments of outfits, with embeddings.
        colours: (N, 2) of the garments, see `recommender.harmony.middle_colours`.
        seed: of the wrong answers.

    Raises:
        ValueError: there is no question, for want of outfits or of garments of a kind.
    """
    wardrobe = Wardrobe.of(entries.garments, entries.embeddings)
    asked = questions(wardrobe, seed)
    if not asked:
        raise ValueError("no outfit gives a question: give photos with two garments or more")
    x, parts = wardrobe.embeddings, wardrobe.parts
    scores = {
        "compatibility": answer(model, wardrobe, asked),
        "likeness": [(x[q.given] @ x[q.choices].T).mean(0) for q in asked],
        "popularity": [model.popularity(x[q.choices], parts[q.choices]) for q in asked],
        "colour harmony": [harmony(colours[q.given], colours[q.choices]).mean(0) for q in asked],
    }
    outfits = wardrobe.outfits[[q.choices[0] for q in asked]].astype(str)
    found: dict[str, Interval] = {"questions": (len(asked),) * 3}
    for name, values in scores.items():
        each = compatibility_figures(values, outfits)
        found |= {f"{name}, {figure}": value for figure, value in each.items()}
    return {**found, "chance, fill-in-the-blank": (1 / CHOICES,) * 3, "chance, AUC": (0.5,) * 3}


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from readers import read_all
    from readers.extra_boxes import with_extra_boxes

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = evaluate_parser("recommender.evaluate", __doc__)
    parser.add_argument("--model", type=Path, help="the compatibility model (default: compatibility/ of the models)")
    parser.add_argument("--embedder", type=Path, help="an exported embedder (default: embedder/ among the models)")
    parser.add_argument("--boxes", type=Path, action="append", default=[], metavar="CSV", help="boxes, if not all have")
    args = parser.parse_args(arguments)
    table = with_extra_boxes(read_all(args.data).in_splits(*args.splits.split(",")), args.boxes)
    table = hold_out(table, args.held_out)[1] if args.held_out else table
    folder = embedder_folder(args.embedder)
    model = Compatibility.load(args.model or find_models() / FOLDER)
    if model.embedder != fingerprint(folder):
        raise ValueError("the compatibility model was trained on another embedder: train it again on this one")
    entries = true_entries(table, load(folder))
    paths = table.photos.set_index("photo")["path"]
    own = entries.garments.groupby("photo", sort=False)
    colours = [middle_colours(Path(paths[photo]), rows[BOX_COLUMNS].to_numpy(float)) for photo, rows in own]
    figures = figures_of(model, entries, np.concatenate(colours))
    print(describe(figures))
    if args.out:
        write_figures(args.out, figures)


if __name__ == "__main__":
    main()
