"""Why a detector loses: each false box and each missed garment gets one kind, and each kind what it costs in AP50.

Bolya et al.: TIDE, A General Toolbox for Identifying Object Detection Errors, ECCV 2020; with its thresholds.
"""

import numpy as np
import pandas as pd

from garments.boxes import iou
from garments.types import BOX_COLUMNS, Table
from metrics.detection import detection_figures

FOUND, TOUCHED = 0.5, 0.1  # IoU
KINDS = ("class", "localisation", "both", "duplicate", "background", "missed")


def box_outcomes(truth: Table, predicted: Table) -> pd.DataFrame:
    """Every box and every missed garment with what became of it.

    Returns:
        A row a predicted box of a photo of truth ('right' or one of KINDS but 'missed') and a row a missed garment:
        photo, part, score (nan for missed), kind, iou (the largest with a garment that explains the kind), true (the
        row of truth.garments concerned, -1 for none), found (the row of predicted.garments, -1 for missed).
    """
    boxed = truth.garments[truth.garments["x_min"].notna()]
    of_photo = dict(list(predicted.garments.groupby("photo", sort=False)))
    true_of = dict(list(boxed.groupby("photo", sort=False)))
    nothing = predicted.garments.iloc[:0]
    rows = []
    for photo in truth.photos["photo"]:
        rows += _of_photo(photo, true_of.get(photo, boxed.iloc[:0]), of_photo.get(photo, nothing))
    return pd.DataFrame(rows, columns=["photo", "part", "score", "kind", "iou", "true", "found"])


def _of_photo(photo: str, true: pd.DataFrame, found: pd.DataFrame) -> list[tuple]:
    found = found.sort_values("score", ascending=False, kind="stable")
    overlaps = iou(found[BOX_COLUMNS].to_numpy(float), true[BOX_COLUMNS].to_numpy(float))
    same = found["part"].to_numpy()[:, None] == true["part"].to_numpy()[None]
    matched, explained, rows = set(), set(), []
    for n, box in enumerate(found.itertuples()):
        free = [m for m in range(len(true)) if m not in matched]
        inside, across = np.where(same[n], overlaps[n], 0), np.where(same[n], 0, overlaps[n])
        of_free = np.array([inside[m] for m in free])
        if len(free) and of_free.max() >= FOUND:
            kind, at = "right", free[int(of_free.argmax())]
            matched.add(at)
        else:
            kind, at = _kind(inside, across)
            if kind in ("class", "localisation"):
                explained.add(at)
        number, overlap = (true.index[at], overlaps[n, at]) if at >= 0 else (-1, 0.0)
        rows.append((photo, box.part, box.score, kind, overlap, number, box.Index))
    for m, garment in enumerate(true.itertuples()):
        if m not in matched | explained:
            rows.append((photo, garment.part, np.nan, "missed", overlaps[:, m].max(initial=0), garment.Index, -1))
    return rows


def _kind(inside: np.ndarray, across: np.ndarray) -> tuple[str, int]:
    """(kind, garment) of a false box, from its IoU with the garments of its part and of other parts."""
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


def error_costs(truth: Table, predicted: Table, kinds: pd.DataFrame | None = None) -> pd.DataFrame:
    """A row a kind: count, and by how much AP50 would rise if there were no error of that kind.

    A mended error becomes right where its garment is still free: a class error gets the part of its garment, a badly
    placed box the place of its garment; all others vanish, and so do missed garments.
    """
    kinds = box_outcomes(truth, predicted) if kinds is None else kinds
    now = detection_figures(truth, predicted)["all"]["AP50"]
    rows = []
    for kind in KINDS:
        wrong = kinds[kinds["kind"] == kind]
        mended = detection_figures(*_mended(truth, predicted, kinds, kind))["all"]["AP50"] if len(wrong) else now
        rows.append((len(wrong), np.nan_to_num(mended, nan=1.0) - now))  # nan: every garment was missed
    return pd.DataFrame(rows, index=list(KINDS), columns=["count", "AP50 lost"])


def _mended(truth: Table, predicted: Table, kinds: pd.DataFrame, kind: str) -> tuple[Table, Table]:
    wrong = kinds[kinds["kind"] == kind]
    if kind == "missed":
        return Table(truth.photos, truth.garments.drop(wrong["true"]), truth.problems), predicted
    taken = set(kinds.loc[kinds["kind"] == "right", "true"])
    garments, gone = predicted.garments.copy(), []
    for row in wrong.sort_values("score", ascending=False).itertuples():
        if kind in ("class", "localisation") and row.true not in taken:
            columns = ["part"] if kind == "class" else BOX_COLUMNS
            garments.loc[row.found, columns] = truth.garments.loc[row.true, columns].to_numpy()
            taken.add(row.true)
        else:
            gone.append(row.found)
    return truth, Table(predicted.photos, garments.drop(gone), predicted.problems)


def photo_scores(truth: Table, predicted: Table) -> pd.DataFrame:
    """A row a photo of truth and part: photo, part, present (truth has such a garment), score (of the best, or 0)."""
    index = pd.MultiIndex.from_product([truth.photos["photo"], sorted(set(truth.garments["part"]) - {""})])
    best = predicted.garments.groupby(["photo", "part"])["score"].max().reindex(index).fillna(0.0)
    there = truth.garments.groupby(["photo", "part"]).size().reindex(index).fillna(0) > 0
    table = pd.DataFrame({"present": there, "score": best}).reset_index(names=["photo", "part"])
    return table


def froc(kinds: pd.DataFrame, photos: int, garments: int) -> pd.DataFrame:
    """Free-response ROC: score, false boxes a photo, and share of garments found, as the threshold falls.

    Args:
        kinds: of `box_outcomes`.
        photos: how many were looked at.
        garments: how many there are in truth.
    """
    boxes = kinds[kinds["kind"] != "missed"].sort_values("score", ascending=False, kind="stable")
    right = boxes["kind"] == "right"
    return pd.DataFrame(
        {
            "score": boxes["score"],
            "false_a_photo": (~right).cumsum() / max(1, photos),
            "found": right.cumsum() / max(1, garments),
        }
    ).reset_index(drop=True)


def thresholds(kinds: pd.DataFrame, garments: int) -> pd.DataFrame:
    """A row a least score from 0.1 to 0.9: precision, recall and F1 of the boxes above it.

    Args:
        kinds: of `box_outcomes`.
        garments: how many there are in truth.
    """
    boxes, rows = kinds[kinds["kind"] != "missed"], {}
    for least in np.arange(1, 10) / 10:
        above = boxes["score"] >= least
        right = int((boxes.loc[above, "kind"] == "right").sum())
        rows[least] = [
            right / max(1, above.sum()),
            right / max(1, garments),
            2 * right / max(1, above.sum() + garments),
        ]
    return pd.DataFrame.from_dict(rows, "index", columns=["precision", "recall", "F1"]).rename_axis("score")
