"""Figures as text, and tables of text in Markdown."""

import pandas as pd

from metrics.bootstrap import Interval


def with_interval(figure: Interval) -> str:
    """'0.500 [0.400, 0.600]'; '' for a figure that is not defined."""
    return "" if pd.isna(figure[0]) else "{:.3f} [{:.3f}, {:.3f}]".format(*figure)


def markdown(table: pd.DataFrame) -> str:
    """A table of text in Markdown; the index is the first column."""
    rows = [
        [table.index.name, *table.columns],
        ["---"] * (len(table.columns) + 1),
        *table.reset_index().to_numpy().tolist(),
    ]
    return "".join(f"| {' | '.join(map(str, row))} |\n" for row in rows)
