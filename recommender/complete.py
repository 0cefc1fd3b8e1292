"""Which garment completes an outfit: python -m recommender.complete --given A.jpg B.jpg --candidates C.jpg D.jpg

With `--questions JSON`, a list of {given, answer, wrong} whose files are below `--photos`, all are answered, and the
figures are printed beside those of popularity, colour harmony and chance.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from garments.command import command
from garments.models_path import find_models
from garments.types import BOX_COLUMNS
from garments.vocabulary import PARTS
from metrics.bootstrap import Interval
from metrics.compatibility import compatibility_figures
from recommender.harmony import harmony, middle_colours
from recommender.model import NAME, Compatibility
from retriever.finding import Described, Finder

GROUP = 64  # photos
FOLDER = NAME  # of the model, among the exported ones


class Garment(NamedTuple):
    """The garment of a photo, or the whole photo where none was found.

    Attributes:
        vectors: (D,) its embedding.
        part: its place in PARTS; -1 where none was found.
        colour: (2,), see `recommender.harmony.middle_colours`.
    """

    vectors: np.ndarray
    part: int
    colour: np.ndarray


def garments_of(files: Sequence[Path], find: Callable[[list[Path], list[str]], Described]) -> dict[Path, Garment]:
    """The garment of the highest score of each photo; a photo without one is named on stderr and left out.

    Args:
        files: photos, each of one garment.
        find: as a `retriever.finding.Finder`.
    """
    known: dict[Path, Garment] = {}
    unique = list(dict.fromkeys(files))
    for start in range(0, len(unique), GROUP):
        some = unique[start : start + GROUP]
        found = find(some, [str(path) for path in some])
        best = found.garments.sort_values("score", ascending=False, kind="stable").drop_duplicates("photo")
        rows = {row["photo"]: (place, row) for place, row in zip(best.index, best.to_dict("records"), strict=True)}
        for path in some:
            if str(path) not in rows:
                print(f"{path}: {found.problems.get(str(path), 'no garment was found in it')}", file=sys.stderr)
                continue
            place, row = rows[str(path)]
            box = np.array([[row[name] for name in BOX_COLUMNS]])
            known[path] = Garment(found.embeddings[place], PARTS.index(row["part"]), middle_colours(path, box)[0])
    return known


def scores_of(
    model: Compatibility, given: Sequence[Garment | None], choices: Sequence[Garment | None]
) -> dict[str, np.ndarray]:
    """{compatibility, popularity, colour harmony: (C,) scores}; a choice that is not known scores lowest.

    Args:
        model: the model.
        given: what is worn; None for what is not known.
        choices: what may go with it.
    """
    worn, known = [g for g in given if g], [g for g in choices if g]
    lowest = np.full(len(choices), -2.0)
    places = [n for n, g in enumerate(choices) if g]
    found = {name: lowest.copy() for name in ("compatibility", "popularity", "colour harmony")}
    if known:
        x, parts = np.stack([g.vectors for g in known]), np.array([g.part for g in known])
        found["popularity"][places] = model.popularity(x, parts)
        if worn:
            own, own_parts = np.stack([g.vectors for g in worn]), np.array([g.part for g in worn])
            found["compatibility"][places] = model.scores(own, own_parts, x, parts).mean(0)
            colours = np.stack([g.colour for g in worn]), np.stack([g.colour for g in known])
            found["colour harmony"][places] = harmony(*colours).mean(0)
    return found


def read_questions(file: Path, photos: Path) -> list[tuple[list[Path], list[Path]]]:
    """(given, choices) of each question, the right choice first.

    Raises:
        ValueError: the file is no list of {given, answer, wrong}.
    """
    try:
        asked = [_question(q, photos) for q in json.loads(file.read_text(encoding="utf-8"))]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{file}: expected a list of objects with given, answer and wrong ({error!r})") from error
    if not asked:
        raise ValueError(f"{file}: expected a question or more, got none")
    return asked


def _question(asked: dict, photos: Path) -> tuple[list[Path], list[Path]]:
    given, answer, wrong = (asked[name] for name in ("given", "answer", "wrong"))
    if not isinstance(given, list) or not isinstance(wrong, list) or not wrong:
        raise TypeError("given and wrong are lists of files")
    return [photos / name for name in given], [photos / name for name in [answer, *wrong]]


def answered(
    model: Compatibility, asked: list[tuple[list[Path], list[Path]]], known: Mapping[Path, Garment]
) -> tuple[pd.DataFrame, dict[str, list[np.ndarray]]]:
    """(a row a choice with question, photo, right, and the scores; {name: the scores of each question}).

    Args:
        model: the model.
        asked: as `read_questions` gives them.
        known: as `garments_of` gives them.
    """
    rows: list[dict] = []
    by_name: dict[str, list[np.ndarray]] = {}
    for number, (given, choices) in enumerate(asked):
        scores = scores_of(model, [known.get(path) for path in given], [known.get(path) for path in choices])
        for name, values in scores.items():
            by_name.setdefault(name, []).append(values)
        for n, path in enumerate(choices):
            own = {name.replace(" ", "_"): round(float(values[n]), 5) for name, values in scores.items()}
            rows.append({"question": number, "photo": str(path), "right": int(n == 0), **own})
    return pd.DataFrame(rows), by_name


def figures_of(by_name: dict[str, list[np.ndarray]]) -> dict[str, Interval]:
    """The figures of what `answered` gives, beside chance."""
    figures: dict[str, Interval] = {}
    for name, answers in by_name.items():
        figures |= {f"{name}, {figure}": value for figure, value in compatibility_figures(answers).items()}
    chance = float(np.mean([1 / len(answers) for answers in by_name["compatibility"]]))
    return {**figures, "chance, fill-in-the-blank": (chance,) * 3, "chance, AUC": (0.5,) * 3}


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from metrics.classification import describe
    from metrics.figures import write_figures

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = argparse.ArgumentParser(prog="python -m recommender.complete", description=__doc__.partition(":")[0])
    parser.add_argument("--given", type=Path, nargs="+", default=[], metavar="PHOTO", help="what is worn")
    parser.add_argument("--candidates", type=Path, nargs="+", default=[], metavar="PHOTO", help="what may complete it")
    parser.add_argument("--questions", type=Path, metavar="JSON", help="a list of {given, answer, wrong}")
    parser.add_argument("--photos", type=Path, default=Path(), metavar="FOLDER", help="of the files of the questions")
    parser.add_argument("--model", type=Path, help="the compatibility model (default: compatibility/ of the models)")
    parser.add_argument("--models", type=Path, help="folder of the exported models (default: as of the pipeline)")
    parser.add_argument("--embedder", type=Path, help="an exported embedder (default: embedder/ among the models)")
    parser.add_argument("--out", type=Path, help="folder for scores.csv and figures.json (default: printed)")
    args = parser.parse_args(arguments)
    if bool(args.questions) == bool(args.given and args.candidates):
        parser.error("give --given and --candidates, or --questions")
    model = Compatibility.load(args.model or find_models(args.models) / FOLDER)
    finder = Finder.load(args.models, args.embedder)
    refuse_other_embedder(model, finder.model)
    asked = read_questions(args.questions, args.photos) if args.questions else [(args.given, args.candidates)]
    known = garments_of([path for given, choices in asked for path in (*given, *choices)], finder)
    if args.given and not any(path in known for path in args.given):
        raise ValueError("--given: expected a photo with a garment; see above what is wrong with each")
    rows, by_name = answered(model, asked, known)
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        rows.to_csv(args.out / "scores.csv", index=False)
    if args.questions:
        figures = figures_of(by_name)
        print(describe(figures))
        if args.out:
            write_figures(args.out, figures)
    else:
        shown = rows.drop(columns=["question", "right"]).sort_values("compatibility", ascending=False)
        print(shown.to_string(index=False))


def refuse_other_embedder(model: Compatibility, embedder: str) -> None:
    """Raise a ValueError where a model was trained on embeddings of another embedder than that of this fingerprint."""
    if model.embedder != embedder:
        raise ValueError("the compatibility model was trained on another embedder: train it again on this one")


if __name__ == "__main__":
    main()
