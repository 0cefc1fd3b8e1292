"""All figures of one set of predicted landmarks, and their tables."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from garments.landmarks import LANDMARKS, VISIBLE
from garments.types import Table
from metrics.bootstrap import Interval
from metrics.collapse import Finding
from metrics.keypoint_ap import keypoint_figures
from metrics.landmark_baseline import at_mean_places, mean_places
from metrics.landmark_collapse import LandmarkEvidence, find_landmark_collapse, spread
from metrics.landmark_metrics import BASELINE, GROUPS, LESS, MEAN, landmark_figures
from metrics.landmark_pairs import LandmarkPairs, pair_landmarks

PRECISION = {"": ("AP", "AP50", "AP75"), BASELINE: ("AP",)}


class Measured(NamedTuple):
    """The results of one set of predictions."""

    pairs: LandmarkPairs
    baseline: LandmarkPairs
    figures: dict[tuple[str, str], Interval]
    precision: dict[str, float]
    findings: list[Finding]


def measure(truth: Table, predicted: Table, training: Table | None = None) -> Measured:
    """All results of one set of predictions.

    Args:
        truth: garments with `landmarks`.
        predicted: predictions for the same photos, on true or on detected boxes.
        training: garments with landmarks whose mean places are the baseline; by default those of truth itself.
    """
    mean = at_mean_places(predicted, mean_places(training or truth))
    pairs, baseline = pair_landmarks(truth, predicted), pair_landmarks(truth, mean)
    figures = landmark_figures(pairs, baseline)
    precision: dict[str, float] = {}
    for prefix, table in (("", predicted), (BASELINE, mean)):
        for scope, visible_only in (("all landmarks", False), ("visible only", True)):
            found = keypoint_figures(truth, table, visible_only)["all"]
            precision |= {f"{prefix}{figure}^pt, {scope}": found[figure] for figure in PRECISION[prefix]}
    return Measured(pairs, baseline, figures, precision, find_landmark_collapse(LandmarkEvidence(pairs, figures)))


def named_figures(of: Measured) -> dict[str, float | Interval]:
    """All figures by name: 'NE', 'NE, left collar', 'AP^pt, visible only'."""
    names = {key: key[1] if key[0] == "all" else f"{key[1]}, {key[0]}" for key in of.figures}
    return {names[key]: figure for key, figure in of.figures.items()} | of.precision


def words(interval: Interval) -> str:
    """A figure with its interval; empty if undefined."""
    value, low, high = interval
    return f"{value:.3f}  [{low:.3f}, {high:.3f}]" if np.isfinite(value) else ""


def overview(measured: dict[str, Measured]) -> pd.DataFrame:
    """A row per figure, a column per set of predictions."""
    columns = {}
    for name, of in measured.items():
        column = {"garments": str(len(of.pairs.garments))}
        column["visible landmarks"] = str(int((of.pairs.true[..., 2] == VISIBLE).sum()))
        for figure in dict.fromkeys(figure for _, figure in of.figures):
            column[figure] = words(of.figures["all", figure])
            if figure.endswith("NE"):
                column[f"{figure}, {MEAN}"] = words(of.figures[MEAN, figure])
        column["spread of places, of that of truth"] = f"{spread(of.pairs):.3f}"
        columns[name] = column | {figure: f"{value:.3f}" for figure, value in of.precision.items()}
    return pd.DataFrame(columns).replace("nan", "").fillna("")


def group_table(of: Measured) -> pd.DataFrame:
    """A row per group of landmarks: number of visible ones and figures; NE and its differences with intervals."""
    rows = {}
    for group in GROUPS:
        row = {}
        for figure in dict.fromkeys(figure for _, figure in of.figures):
            value, low, high = of.figures[group, figure]
            row[figure] = value
            if figure in ("NE", BASELINE + "NE", LESS + "NE"):
                row |= {f"{figure} low": low, f"{figure} high": high}
        rows[group] = row
    table = pd.DataFrame.from_dict(rows, "index").rename_axis("landmarks")
    table.insert(0, "visible landmarks", [visible_count(of.pairs, group) for group in GROUPS])
    return table.rename(columns={"visible": "visible of labelled"})


def visible_count(pairs: LandmarkPairs, group: str) -> int:
    """The number of visible landmarks of a group."""
    visible = pairs.true[..., 2] == VISIBLE
    if group in LANDMARKS:
        return int(visible[:, LANDMARKS.index(group)].sum())
    whole = group in ("all", MEAN)
    return int(visible[whole | (pairs.garments["part"] == group).to_numpy()].sum())


def error_table(of: Measured) -> pd.DataFrame:
    """A row per visible landmark: photo, garment, part, landmark, error, that of mean places, predicted visibility.

    An error is infinite if the garment was not found.
    """
    errors, baseline = of.pairs.errors(), of.baseline.errors()
    rows, columns = np.nonzero(~np.isnan(errors))
    garments = of.pairs.garments.iloc[rows]
    return pd.DataFrame(
        {
            "photo": garments["photo"].to_numpy(),
            "garment": garments.index,
            "part": garments["part"].to_numpy(),
            "landmark": np.array(LANDMARKS)[columns],
            "error": errors[rows, columns],
            "mean places": baseline[rows, columns],
            "predicted": of.pairs.predicted[rows, columns, 2].astype(int),
        }
    )
