"""Attributes the errors of the whole pipeline to the detector's box, its part, or the category."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from garments.boxes import iou
from garments.crowds import without_crowds
from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import PART_OF, category_set
from metrics.bootstrap import Interval, intervals
from metrics.errors import FOUND, TOUCHED

OUTCOMES = ("right", "category wrong", "part wrong", "box wrong", "missed")


def share_found(truth: Table, predicted: Table) -> Interval:
    """The share of the photos with a garment in which one was found, with its 95 % interval over photos."""
    photos = without_crowds(truth).garments["photo"].unique()
    found = np.isin(photos.astype(str), predicted.garments["photo"].unique().astype(str))
    return intervals(photos, lambda weights: {"": (weights @ found) / weights.sum()})[""]


def contradictions(predicted: Table) -> dict[str, Interval]:
    """The share of the garments whose part and category contradict each other, with 95 % intervals over photos.

    Args:
        predicted: of `pipeline.evaluate`.

    Returns:
        Before the decision, in the answers of detector and classifier alone, and in what the pipeline writes.
    """
    garments = predicted.garments
    sides = {"detector and classifier alone": ("detector_part", "own_category"), "written": ("part", "category")}
    contrary = {
        side: (garments[category].map(PART_OF).fillna(garments[part]) != garments[part]).to_numpy()
        for side, (part, category) in sides.items()
    }
    return intervals(
        garments["photo"], lambda weights: {side: (weights @ is_so) / weights.sum() for side, is_so in contrary.items()}
    )


def outcomes(truth: Table, predicted: Table) -> pd.DataFrame:
    """A row per true garment with a category: photo, truth, predicted ('' for nothing), outcome, found.

    Args:
        truth: garments; in a photo with one garment and no box the best detection counts, and photos with several
            garments without boxes are left out.
        predicted: of `pipeline.evaluate`: garments with box, part, score and category.

    Returns:
        The index is that of truth.garments; found is the row of predicted.garments, -1 for none. A wrong category is
        attributed to the part if the detected part is wrong, else to the classifier; a garment whose best box has an
        IoU from 0.1 to 0.5 has a wrong box, below it is missed.
    """
    rows = [
        (garment.Index, photo, *_outcome(garment, found, at, overlap))
        for photo, true, found, matches in judged_photos(truth, predicted)
        for garment, (at, overlap) in zip(true.itertuples(), matches, strict=True)
        if garment.category
    ]
    table = pd.DataFrame(rows, columns=["garment", "photo", "truth", "predicted", "outcome", "found"])
    return table.set_index("garment")


def judged_photos(
    truth: Table, predicted: Table
) -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame, list[tuple[int, float]]]]:
    """(photo, its garments, what was found in it by falling score, `matched`) of the photos that `outcomes` counts."""
    truth = without_crowds(truth)
    found_in = dict(list(predicted.garments.sort_values("score", ascending=False, kind="stable").groupby("photo")))
    nothing = predicted.garments.iloc[:0]
    for photo, true in truth.garments.groupby("photo", sort=False):
        found = found_in.get(photo, nothing)
        if true["x_min"].notna().all():
            yield photo, true, found, matched(true, found)
        elif len(true) == 1:
            yield photo, true, found[:1], [(0, 1.0)] if len(found) else [(-1, 0.0)]


def matched(true: pd.DataFrame, found: pd.DataFrame) -> list[tuple[int, float]]:
    """For each true garment (position of its box in found or -1, IoU), part-agnostic, in order of score."""
    overlaps = iou(true[BOX_COLUMNS].to_numpy(float), found[BOX_COLUMNS].to_numpy(float))
    result: dict[int, tuple[int, float]] = {}
    for n in range(len(found)):
        free = [m for m in range(len(true)) if m not in result and overlaps[m, n] >= FOUND]
        if free:
            best = max(free, key=lambda m: overlaps[m, n])
            result[best] = (n, float(overlaps[best, n]))
    return [result.get(m, (-1, float(overlaps[m].max(initial=0)))) for m in range(len(true))]


def _outcome(garment: Any, found: pd.DataFrame, at: int, overlap: float) -> tuple[str, str, str, int]:
    first = garment.category.split("|")[0]
    if at < 0:
        return first, "", "box wrong" if overlap >= TOUCHED else "missed", -1
    box = found.iloc[at]
    if box["category"] in category_set(garment.category):
        return box["category"], box["category"], "right", found.index[at]
    part_wrong = bool(garment.part) and garment.part != box["part"]
    return first, box["category"], "part wrong" if part_wrong else "category wrong", found.index[at]


def outcome_table(table: pd.DataFrame) -> pd.DataFrame:
    """A row per category, then 'all': garments, each of OUTCOMES as a count, and the share that is right."""
    counts = pd.crosstab(table["truth"], table["outcome"]).reindex(columns=list(OUTCOMES), fill_value=0)
    counts.loc["all"] = counts.sum()
    counts.insert(0, "garments", counts.sum(1))
    counts["share right"] = counts["right"] / np.maximum(counts["garments"], 1)
    return counts.rename_axis("category").rename_axis(None, axis=1)
