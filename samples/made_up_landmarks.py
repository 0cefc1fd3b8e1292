"""Made-up garments with landmarks, and predictions of them."""

from collections.abc import Sequence

import numpy as np

from garments.landmarks import OF_PART
from garments.types import Table
from garments.vocabulary import PARTS

BOX = (10, 20, 50, 100)  # 40 wide, 80 high
HIDDEN, SEEN = 1, 2


def table(*rows: tuple, photos: int = 2) -> Table:
    """Rows of (photo, part, box, (8, 3) landmarks[, score])."""
    garments = [
        dict(photo=str(photo), part=part, landmarks=np.ravel(points).astype(np.float32), score=(*score, 1.0)[0])
        | dict(zip(("x_min", "y_min", "x_max", "y_max"), box, strict=True))
        for photo, part, box, points, *score in rows
    ]
    return Table.of([dict(photo=str(n), path="", width=200, height=150) for n in range(photos)], garments, [])


def points(part: str, box: Sequence[float], places: np.ndarray | list, visible: int | np.ndarray = SEEN) -> np.ndarray:
    """(8, 3) landmarks of a part at (8, 2) positions relative to the box."""
    result = np.zeros((8, 3))
    corner, extent = np.array(box[:2]), np.array(box[2:]) - box[:2]
    result[:, :2], result[:, 2] = corner + np.asarray(places) * extent, visible
    result[[n for n in range(8) if n not in OF_PART[part]]] = 0
    return result


def street(seed: int, photos: int = 60, hidden: float = 0.3) -> Table:
    """Made-up truth: one garment per photo, landmarks scattered around the centres of its part, some hidden."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(9).uniform(0.2, 0.8, (3, 8, 2))
    rows = []
    for photo in range(photos):
        part = photo % 3
        left, top = rng.uniform(0, 40, 2)
        box = (left, top, left + rng.uniform(40, 120), top + rng.uniform(50, 100))
        visible = np.where(rng.random(8) < hidden, HIDDEN, SEEN)
        places = centres[part] + rng.normal(0, 0.1, (8, 2))
        rows.append((photo, PARTS[part], box, points(PARTS[part], box, places, visible)))
    return table(*rows, photos=photos)


def moved(truth: Table, by: float, seed: int = 0, visible: int | None = None) -> Table:
    """Predictions: the true positions with noise relative to the box, and the true visibility or a given one."""
    rng = np.random.default_rng(seed)
    rows = []
    for row in truth.garments.itertuples():
        marks = np.reshape(row.landmarks, (8, 3)).copy()
        has = marks[:, 2] > 0
        marks[has, :2] += (rng.normal(0, by, (8, 2)) * [row.x_max - row.x_min, row.y_max - row.y_min])[has]
        marks[has, 2] = marks[has, 2] if visible is None else visible
        rows.append(marks.ravel())
    return Table(truth.photos, truth.garments.assign(landmarks=rows), truth.problems)
