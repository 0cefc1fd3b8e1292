"""Errors of a detector by type: each false box and each missed garment has one error type, with its cost in AP50.

Bolya et al.: TIDE, A General Toolbox for Identifying Object Detection Errors, ECCV 2020; with its thresholds.
"""

import numpy as np
import pandas as pd

from garments.boxes import inside, iou
from garments.crowds import is_crowd
from garments.types import BOX_COLUMNS, Table
from metrics.detection import detection_figures

FOUND, TOUCHED = 0.5, 0.1  # IoU
ERROR_TYPES = ("class", "localisation", "both", "duplicate", "background", "missed")


def box_outcomes(truth: Table, predicted: Table) -> pd.DataFrame:
    """The outcome of every predicted box and every missed garment.

    Returns:
        A row per predicted box in a photo of truth and per missed garment: photo, part, score (nan for missed), outcome
        ('right' or one of ERROR_TYPES), iou (with the garment concerned), true (the row of truth.garments concerned, -1
        for none), found (the row of predicted.garments, -1 for missed). Crowds, and false boxes inside a crowd of their
        part, have no row.
    """
    boxed = truth.garments[truth.garments["x_min"].notna()]
    crowds = dict(list(boxed[is_crowd(boxed)].groupby("photo", sort=False)))
    boxed = boxed[~is_crowd(boxed)]
    of_photo = dict(list(predicted.garments.groupby("photo", sort=False)))
    true_of = dict(list(boxed.groupby("photo", sort=False)))
    nothing = predicted.garments.iloc[:0]
    rows = []
    for photo in truth.photos["photo"]:
        found = of_photo.get(photo, nothing)
        of = _of_photo(photo, true_of.get(photo, boxed.iloc[:0]), found)
        rows += _outside(of, found, crowds[photo]) if photo in crowds else of
    return pd.DataFrame(rows, columns=["photo", "part", "score", "outcome", "iou", "true", "found"])


def _outside(rows: list[tuple], found: pd.DataFrame, crowds: pd.DataFrame) -> list[tuple]:
    """The outcomes without false boxes that lie, by half of their area or more, in a crowd of their part."""
    shares = inside(found[BOX_COLUMNS].to_numpy(float), crowds[BOX_COLUMNS].to_numpy(float))
    same = found["part"].to_numpy()[:, None] == crowds["part"].to_numpy()[None]
    ignored = set(found.index[((shares >= FOUND) & same).any(axis=1)])
    return [row for row in rows if row[3] in ("right", "missed") or row[-1] not in ignored]


def _of_photo(photo: str, true: pd.DataFrame, found: pd.DataFrame) -> list[tuple]:
    found = found.sort_values("score", ascending=False, kind="stable")
    overlaps = iou(found[BOX_COLUMNS].to_numpy(float), true[BOX_COLUMNS].to_numpy(float))
    same = found["part"].to_numpy()[:, None] == true["part"].to_numpy()[None]
    matched: set[int] = set()
    explained: set[int] = set()
    rows = []
    for n, box in enumerate(found.itertuples()):
        free = [m for m in range(len(true)) if m not in matched]
        inside, across = np.where(same[n], overlaps[n], 0), np.where(same[n], 0, overlaps[n])
        of_free = np.array([inside[m] for m in free])
        if len(free) and of_free.max() >= FOUND:
            outcome, at = "right", free[int(of_free.argmax())]
            matched.add(at)
        else:
            outcome, at = _error_type(inside, across)
            if outcome in ("class", "localisation"):
                explained.add(at)
        number, overlap = (true.index[at], overlaps[n, at]) if at >= 0 else (-1, 0.0)
        rows.append((photo, box.part, box.score, outcome, overlap, number, box.Index))
    for m, garment in enumerate(true.itertuples()):
        if m not in matched | explained:
            rows.append((photo, garment.part, np.nan, "missed", overlaps[:, m].max(initial=0), garment.Index, -1))
    return rows


def _error_type(inside: np.ndarray, across: np.ndarray) -> tuple[str, int]:
    """(error type, garment) of a false box, from its IoU with the garments of its part and of other parts."""
    if not len(inside):
        return "background", -1
    own, other = int(inside.argmax()), int(across.argmax())
    if inside[own] >= FOUND:
        return "duplicate", own
    if across[other] >= FOUND:
        return "class", other
    if inside[own] >= TOUCHED:
        return "localisation", own
    return ("both", other) if across[other] >= TOUCHED else ("background", -1)


def error_costs(truth: Table, predicted: Table, outcomes: pd.DataFrame | None = None) -> pd.DataFrame:
    """A row per error type: its count, and the gain in AP50 without errors of that type.

    A fixed error becomes right if its garment is unmatched: a class error gets the part of its garment, a badly
    localised box the position of its garment; all other false boxes and missed garments are removed.
    """
    outcomes = box_outcomes(truth, predicted) if outcomes is None else outcomes
    now = detection_figures(truth, predicted)["all"]["AP50"]
    rows = []
    for error in ERROR_TYPES:
        count = (outcomes["outcome"] == error).sum()
        fixed = detection_figures(*_fixed(truth, predicted, outcomes, error))["all"]["AP50"] if count else now
        rows.append((count, np.nan_to_num(fixed, nan=1.0) - now))  # nan: every garment was missed
    return pd.DataFrame(rows, index=list(ERROR_TYPES), columns=["count", "AP50 lost"])


def _fixed(truth: Table, predicted: Table, outcomes: pd.DataFrame, error: str) -> tuple[Table, Table]:
    wrong = outcomes[outcomes["outcome"] == error]
    if error == "missed":
        return Table(truth.photos, truth.garments.drop(wrong["true"]), truth.problems), predicted
    taken = set(outcomes.loc[outcomes["outcome"] == "right", "true"])
    garments, gone = predicted.garments.copy(), []
    for row in wrong.sort_values("score", ascending=False).itertuples():
        if error in ("class", "localisation") and row.true not in taken:
            columns = ["part"] if error == "class" else BOX_COLUMNS
            garments.loc[row.found, columns] = truth.garments.loc[row.true, columns].to_numpy()
            taken.add(row.true)
        else:
            gone.append(row.found)
    return truth, Table(predicted.photos, garments.drop(gone), predicted.problems)


def photo_scores(truth: Table, predicted: Table) -> pd.DataFrame:
    """A row per photo of truth and part: photo, part, present (truth has such a garment), score (best, or 0)."""
    index = pd.MultiIndex.from_product([truth.photos["photo"], sorted(set(truth.garments["part"]) - {""})])
    best = predicted.garments.groupby(["photo", "part"])["score"].max().reindex(index).fillna(0.0)
    there = truth.garments.groupby(["photo", "part"]).size().reindex(index).fillna(0) > 0
    table = pd.DataFrame({"present": there, "score": best}).reset_index(names=["photo", "part"])
    return table


def froc(outcomes: pd.DataFrame, photos: int, garments: int) -> pd.DataFrame:
    """Free-response ROC: score, false boxes per photo, and share of garments found, for falling thresholds.

    Args:
        outcomes: of `box_outcomes`.
        photos: number of photos.
        garments: number of garments in truth.
    """
    boxes = outcomes[outcomes["outcome"] != "missed"].sort_values("score", ascending=False, kind="stable")
    right = boxes["outcome"] == "right"
    return pd.DataFrame(
        {
            "score": boxes["score"],
            "false_a_photo": (~right).cumsum() / max(1, photos),
            "found": right.cumsum() / max(1, garments),
        }
    ).reset_index(drop=True)


def thresholds(outcomes: pd.DataFrame, garments: int) -> pd.DataFrame:
    """A row per min score from 0.1 to 0.9: precision, recall and F1 of the boxes above it.

    Args:
        outcomes: of `box_outcomes`.
        garments: number of garments in truth.
    """
    boxes, rows = outcomes[outcomes["outcome"] != "missed"], {}
    for min_score in np.arange(1, 10) / 10:
        above = boxes["score"] >= min_score
        right = int((boxes.loc[above, "outcome"] == "right").sum())
        rows[min_score] = [
            right / max(1, above.sum()),
            right / max(1, garments),
            2 * right / max(1, above.sum() + garments),
        ]
    return pd.DataFrame.from_dict(rows, "index", columns=["precision", "recall", "F1"]).rename_axis("score")
