"""Which boxes are without a garment, or beside it: functions of boxes, features and photos.

The boxes of a data set are compared with boxes that are surely wrong: each box moved beside its garment, or elsewhere
in its photo. A classifier learns to tell the two from their crops; a box that it takes for a moved one is suspicious.
So nothing is assumed of the ground: comparing boxes with the foreground of a photo would do on plain grounds alone.
"""

import numpy as np
import pandas as pd

from garments.boxes import iou
from garments.types import BOX_COLUMNS, Table
from metrics.label_audit import FINDINGS, folds_of, learnt, reduced

TRIES, BESIDE, MOST_OVERLAP = 20, (0.5, 0.9), 0.3  # of a moved box; BESIDE in its own width and height
FEWEST = 50  # boxes


def moved_boxes(table: Table, seed: int = 0) -> pd.DataFrame:
    """The garments that have a box, each with a wrong one; those for which none is found are left out.

    Args:
        table: photos and garments.
        seed: of the choice.

    Returns:
        Rows of `table.garments` with other boxes of the same size, inside their photos, which overlap with every box of
        the photo by an IoU of at most MOST_OVERLAP.
    """
    rng = np.random.default_rng(seed)
    sizes = table.photos.set_index("photo")[["width", "height"]]
    rows = {}
    for photo, garments in table.garments[table.garments["x_min"].notna()].groupby("photo", sort=False):
        boxes = garments[BOX_COLUMNS].to_numpy(float)
        for index, box in zip(garments.index, boxes, strict=True):
            moved = _moved(box, boxes, sizes.loc[photo].to_numpy(float), rng)
            if moved is not None:
                rows[index] = moved
    found = table.garments.loc[list(rows)].copy()
    found[BOX_COLUMNS] = np.array(list(rows.values())).reshape(-1, 4)
    return found


def _moved(box: np.ndarray, boxes: np.ndarray, size: np.ndarray, rng: np.random.Generator) -> np.ndarray | None:
    """A box of the same size: half of them beside it, half anywhere in the photo; None where there is no room."""
    extent = box[2:] - box[:2]
    beside = rng.random() < 0.5
    for _ in range(TRIES):
        step = rng.uniform(*BESIDE) * extent * rng.permutation([1, rng.uniform(0, 1)]) * rng.choice([-1, 1], 2)
        corner = box[:2] + step if beside else rng.uniform(0, np.maximum(size - extent, 0))
        corner = np.clip(corner, 0, np.maximum(size - extent, 0))
        moved = np.concatenate([corner, corner + extent])
        if iou(moved[None], boxes).max() <= MOST_OVERLAP:
            return moved
    return None


def misplaced_boxes(
    features: np.ndarray, moved: np.ndarray, groups: np.ndarray, groups_moved: np.ndarray
) -> pd.DataFrame:
    """Boxes that a classifier takes for moved ones; it was trained on the boxes of other groups.

    Args:
        features: (N, D) of the crops of the boxes.
        moved: (M, D) of the crops of the moved boxes.
        groups: (N,) of the boxes.
        groups_moved: (M,) of the moved boxes.

    Returns:
        Findings, without a proposal; the score is the probability that the box was moved, times the share of all boxes
        that the classifier tells right. None where there are fewer than FEWEST boxes or moved boxes, too few to tell.
    """
    if min(len(features), len(moved)) < FEWEST:
        return pd.DataFrame(columns=FINDINGS)
    every = reduced(np.concatenate([features, moved]))
    wrong = np.repeat([0, 1], [len(features), len(moved)])
    probable = np.zeros(len(every))
    for train, test in folds_of(wrong, np.concatenate([groups, groups_moved])):
        model = learnt(every[train], wrong[train])
        probable[test] = model.predict_proba(every[test])[:, 1]
    right = float(((probable > 0.5) == wrong).mean())
    scores = probable[: len(features)]
    found = np.flatnonzero(scores > 0.5)
    return pd.DataFrame({"row": found, "proposed": "", "score": scores[found] * right}, columns=FINDINGS)
