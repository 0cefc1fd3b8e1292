"""A page on compared segmentation networks: python -m reports.segmenter --compared FOLDER --out PAGE"""

import argparse
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from garments.command import command
from reports.page import Page
from segmenter.compare import in_words

MAIN = ("mean IoU", "mean IoU of frequent categories", "boundary F1")  # figures of each space


def report(compared: Path, out: Path) -> Path:
    """Write the page; returns it.

    Args:
        compared: the --out of `segmenter.compare`.
        out: the folder of the page.

    Raises:
        FileNotFoundError: there is no comparison.
    """
    page = Page(out, "Segmentation networks compared")
    section(page, compared)
    return page.write()


def section(page: Page, compared: Path) -> pd.DataFrame:
    """Add the comparison in a folder to a page, see `report`; returns the main figures of each, as text."""
    if not (compared / "table.csv").exists():
        raise FileNotFoundError(f"{compared}: expected table.csv, as segmenter.compare writes it")
    table, classes = (pd.read_csv(compared / f"{name}.csv") for name in ("table", "classes"))
    in_short = in_words(table)
    table.index = in_short.index
    for words, bad in verdicts(table):
        page.verdict(words, bad)
    plain = [c for c in table if not c.endswith(("_low", "_high")) and c not in ("network", "loss")]
    about = "Figures are of all photos together. 'background everywhere' is the baseline."
    page.table("segmentation", "Segmentation", table[plain].T, about)
    page.table("intervals", "Segmentation, 95 % intervals over photos", table.filter(regex="_(low|high)$").T)
    for space, rows in classes.groupby("space", sort=False):
        named = rows.set_index(rows["network"] + ", " + rows["loss"]).drop(columns=["network", "loss", "space"])
        page.table(f"classes-{space}", f"Segmentation, IoU of each class: {space}", named.dropna(axis=1, how="all").T)
    page.picture("segmentation-losses", "Segmentation, held-out photos while training", curves(compared, table))
    return in_short[[c for c in in_short if ": " not in c or c.endswith(MAIN)]]


def verdicts(table: pd.DataFrame) -> list[tuple[str, bool]]:
    """(words, whether it is bad): the best network, and those that are no better than background everywhere."""
    measures = [c for c in table if c.endswith(": mean IoU") and not c.startswith("background everywhere")]
    best = measures[-1]
    found = [(f"best {best}: {table[best].idxmax()}, {table[best].max():.3f}", False)]
    for measure in measures:
        low = table.index[table[measure] <= table[f"background everywhere: {measure}"]]
        if len(low):
            found.append((f"no better than background everywhere, {measure}: {'; '.join(low)}", True))
    return found


def curves(compared: Path, table: pd.DataFrame) -> Figure:
    """Held-out loss on the left, held-out mean IoU on the right, a line a network and loss."""
    figure = Figure((12, 5), layout="constrained")
    axes = figure.subplots(1, 2)
    for name in table["network"] + "-" + table["loss"]:
        log = pd.read_json(compared / name / "run" / "metrics.jsonl", lines=True)
        for axis, column in zip(axes, ("val_loss", "val_mean_iou"), strict=True):
            axis.plot(log["epoch"] + 1, log[column], label=name)
            axis.set(xlabel="epoch", title=column)
    axes[1].legend(fontsize=6)
    return figure


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m reports.segmenter", description=__doc__.partition(":")[0])
    parser.add_argument("--compared", type=Path, required=True, help="the --out of python -m segmenter.compare")
    parser.add_argument("--out", type=Path, required=True, help="folder for the page")
    args = parser.parse_args(arguments)
    print(report(args.compared, args.out))


if __name__ == "__main__":
    main()
