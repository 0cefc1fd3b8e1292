"""The report on generators: python -m reports.generator --predictions NAME=FOLDER ... --out OUT"""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from garments.command import command
from generator.grid import grid
from metrics.figures import FILE
from reports.classifier import named_folders
from reports.page import Page
from reports.training import training_curves

SHOWN = 64  # samples
PAIRS = 24  # samples beside the picture next to them
ROUNDS = 6  # grids of a training
ROWS = {"kid": "KID", "precision": "precision", "recall": "recall"}
REAL = "real pictures of the training"


def report(evaluated: dict[str, Path], runs: dict[str, Path], out: Path) -> Path:
    """Write the page.

    Args:
        evaluated: {name: the --out of generator.evaluate}, all on the same data.
        runs: {name: the --out of generator.train} of those whose training is shown.
        out: folder to write.

    Returns:
        The page.

    Raises:
        FileNotFoundError: a folder is not of these commands.
    """
    figures = {name: read_figures(folder) for name, folder in evaluated.items()}
    page = Page(out, "Generators")
    for name, of in figures.items():
        page.verdict(*judged(name, of))
    words = "KID on features of EfficientNet-Lite2: less is better. Precision: samples that look like real pictures. "
    words += "Recall: real pictures that samples look like. With 95 % intervals; the last row is the best to expect."
    page.table("figures", "Figures", table(figures), words)
    for name, folder in evaluated.items():
        show_samples(page, name, folder)
    for name, run in runs.items():
        training_curves(page, name, run)
        show_rounds(page, name, run)
    return page.write()


def read_figures(folder: Path) -> dict[str, float]:
    """The figures of an evaluated generator.

    Raises:
        FileNotFoundError: there are none.
    """
    if not (folder / FILE).exists() or not (folder / "samples.npz").exists():
        raise FileNotFoundError(f"{folder}: expected {FILE} and samples.npz, as generator.evaluate writes with --out")
    return json.loads((folder / FILE).read_text(encoding="utf-8"))


def judged(name: str, figures: dict[str, float]) -> tuple[str, bool]:
    """(the headline on one generator, whether it is bad)."""
    copies, samples = figures["copies"], figures["samples"]
    told = f"{name}: KID {figures['kid']:.3f}, that of real pictures {figures['kid_real']:.3f}"
    if copies:
        return f"{told}; {copies:.0f} of {samples:.0f} samples copy a picture of the training", True
    return f"{told}; none of {samples:.0f} samples copies a picture of the training", False


def table(figures: dict[str, dict[str, float]]) -> pd.DataFrame:
    """A row a generator, and one of real pictures; figures with their intervals, as text."""

    def row(of: dict[str, float], end: str = "") -> dict[str, str]:
        keys = {title: name + end for name, title in ROWS.items()}
        return {title: f"{of[k]:.3f} [{of[k + '_low']:.3f}, {of[k + '_high']:.3f}]" for title, k in keys.items()}

    rows = {name: {**row(of), "copies": f"{of['copies']:.0f}"} for name, of in figures.items()}
    rows[REAL] = {**row(next(iter(figures.values())), "_real"), "copies": ""}
    return pd.DataFrame.from_dict(rows, "index").rename_axis("generator")


def show_samples(page: Page, name: str, folder: Path) -> None:
    """Blocks of samples, and of the samples that are nearest to the training, each with its neighbour."""
    with np.load(folder / "samples.npz") as kept:
        names = ("samples", "neighbours", "distances", "categories")
        samples, neighbours, distances, categories = (kept[name] for name in names)
    page.image(f"samples-{name}", f"Samples of {name}", grid(samples[:SHOWN], 16), "Drawn at random, not chosen.")
    words = "The picture of the training that each of these is nearest to, by the features of KID."
    page.image(f"neighbours-{name}", f"Nearest to the samples of {name}", grid(neighbours[:SHOWN], 16), words)
    crops = []
    for n in np.argsort(distances)[:PAIRS]:
        file = f"nearest-{name}-{n:04d}.png"
        grid(np.stack([samples[n], neighbours[n]]), 2).resize((260, 128)).save(page.out / file)
        crops.append(dict(file=file, words=f"{categories[n]} {distances[n]:.2f}"))
    words = (
        "The samples nearest to the training (left), each beside its neighbour (right). Below 1: nearer than all but a "
    )
    words += "hundredth of the pictures of the training are to another one."
    page.crops(f"Nearest to the training: {name}", crops, words)


def show_rounds(page: Page, name: str, run: Path) -> None:
    """A block of what the same noise became in the course of a training."""
    files = sorted((run / "grids").glob("round-*.jpg"))
    chosen = [files[n] for n in np.unique(np.linspace(0, len(files) - 1, ROUNDS).round().astype(int))] if files else []
    for file in chosen:
        after = f"{int(file.stem.rpartition('-')[2])} rounds"
        with Image.open(file) as image:
            page.image(f"{file.stem}-{name}", f"{name} after {after}", image, "Always of the same noise.")


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m reports.generator", description=__doc__.partition(":")[0])
    parser.add_argument(
        "--predictions", action="append", required=True, metavar="NAME=FOLDER", help="--out of generator.evaluate"
    )
    parser.add_argument(
        "--training",
        action="append",
        default=[],
        metavar="NAME=FOLDER",
        help="--out of generator.train, for its curves",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the page")
    args = parser.parse_args(arguments)
    print(report(named_folders(args.predictions), named_folders(args.training), args.out))


if __name__ == "__main__":
    main()
