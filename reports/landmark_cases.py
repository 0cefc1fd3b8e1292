"""Photos of garments with their true and predicted landmarks."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from garments.landmarks import LANDMARKS, NOT_LABELLED, OCCLUDED, VISIBLE
from garments.types import Table
from metrics.landmark_pairs import LandmarkPairs
from photos.crops import cut, square_around
from photos.reading import read_photos

COLOURS = ("#e6194b", "#ff9d2e", "#1f5fff", "#2fd0e8", "#1e9e3e", "#c8e000", "#a01fd0", "#ff6be0")  # of LANDMARKS
COLUMNS, SIDE, CONTEXT = 6, 220, 1.3
CASES = (
    "Rings: truth, dashed if hidden. Dots: predicted, crosses if predicted as hidden; a line joins the two. Titles: "
    "mean NE of the garment's visible landmarks, its part and photo."
)


def garment_errors(pairs: LandmarkPairs) -> pd.Series:
    """(N,) mean normalised error of each garment's visible landmarks; nan if there are none or it was not found."""
    errors = pairs.errors()
    known = np.isfinite(errors)
    means = np.where(known, errors, 0).sum(1) / np.where(known.any(1), known.sum(1), np.nan)
    return pd.Series(means, pairs.garments.index)


def cases_figure(truth: Table, pairs: LandmarkPairs, rows: list) -> Figure:
    """Garments with rings at true landmarks and dots at predicted ones, in the order of `rows`.

    Args:
        truth: the photos; one that can no longer be read is left out.
        pairs: of `pair_landmarks`.
        rows: of pairs.garments.
    """
    shown = [(row, *found) for row, found in _crops(truth, pairs, rows).items()]
    lines = max(1, -(-len(shown) // COLUMNS))
    figure = Figure((2.3 * COLUMNS, 2.6 * lines + 0.5), layout="constrained")
    axes = figure.subplots(lines, COLUMNS, squeeze=False).ravel()
    errors = garment_errors(pairs)
    for axis, (row, pixels, region) in zip(axes, shown, strict=False):
        _draw(axis, pixels, region, pairs, pairs.garments.index.get_loc(row))
        garment = pairs.garments.loc[row]
        axis.set_title(f"{errors[row]:.3f}  {garment['part']}\n{str(garment['photo'])[-32:]}", fontsize=7)
    for axis in axes:
        axis.axis("off")
    handles = [Line2D([], [], color=colour, marker="o", linestyle="") for colour in COLOURS]
    figure.legend(handles, LANDMARKS, loc="outside lower center", ncols=len(LANDMARKS), fontsize=8)
    return figure


def _crops(truth: Table, pairs: LandmarkPairs, rows: list) -> dict:
    """{row: (pixels, region in pixels of the photo)} in the order of rows."""
    of_photo = dict(list(pairs.garments.loc[rows].groupby("photo")))
    boxes = dict(zip(pairs.garments.index, pairs.boxes_xyxy, strict=True))
    crops = {}
    for [(read, photo, pixels)] in filter(None, read_photos(truth.photos[truth.photos["photo"].isin(of_photo)], [], 1)):
        scale = pixels.shape[1] / photo.width
        for row in of_photo[read.photo].index:
            region = square_around(boxes[row], CONTEXT)
            crops[row] = (cut(pixels, region * scale, SIDE), region)
    return {row: crops[row] for row in rows if row in crops}


def _draw(axis: Axes, pixels: np.ndarray, region: np.ndarray, pairs: LandmarkPairs, at: int) -> None:
    axis.imshow(pixels)
    axis.set(xlim=(0, SIDE), ylim=(SIDE, 0))
    true, predicted = pairs.true[at], pairs.predicted[at]
    places = [(points[:, :2] - region[:2]) * SIDE / (region[2] - region[0]) for points in (true, predicted)]
    for n, (colour, (x, y)) in enumerate(zip(COLOURS, np.stack(places).transpose(1, 2, 0), strict=True)):
        labelled, located = true[n, 2] > NOT_LABELLED, predicted[n, 2] > NOT_LABELLED
        if labelled and located:
            axis.plot(x, y, color=colour, linewidth=0.8)
        if labelled:
            hollow: dict[str, Any] = dict(marker="o", s=70, facecolors="none", edgecolors=colour, linewidths=1.6)
            axis.scatter(x[0], y[0], linestyle="--" if true[n, 2] == OCCLUDED else "-", **hollow)
        if located and predicted[n, 2] == VISIBLE:
            axis.scatter(x[1], y[1], s=18, color=colour, edgecolors="white", linewidths=0.6)
        elif located:
            axis.scatter(x[1], y[1], s=18, color=colour, marker="x", linewidths=1.2)
