"""A garment with its surroundings, cut out of a label map."""

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from garments.masks import without_stray_pieces

BACKGROUND, SKIN, HAIR, UPPER, LOWER, FULL, LEGWEAR, BELT, LOOSE = range(9)  # what a label can be
MIN_SIDE = 12  # pixels; a smaller garment has no landmarks
AT_EDGE = 3  # pixels; a garment that ends so close to the photo's edge continues outside
TOUCH = 4  # pixels between two things that touch
WAIST = 0.46  # of the person's height from the top; nine belts in ten of CCP lie above
MARGIN = 0.35  # of the longer side of the garment; how much is cut out around it, twice as much above
NEIGHBOURS = np.ones((3, 3), bool)


class Scene(NamedTuple):
    """A garment and its surroundings, cut out of the photo.

    Attributes:
        part: of the garment.
        mask: (h, w) bool, the garment without stray pieces.
        roles: (h, w) uint8, the role of each pixel; the garment itself has the role of its part.
        x1, y1, x2, y2: the extent of the mask in the cut-out.
        left, top: where the cut-out lies in the photo.
        waist: the row below which no waist lies, infinity where the photo does not show the whole person.
    """

    part: str
    mask: np.ndarray
    roles: np.ndarray
    x1: int
    y1: int
    x2: int
    y2: int
    left: int
    top: int
    waist: float

    @property
    def width(self) -> int:
        """Of the mask."""
        return self.x2 - self.x1

    @property
    def height(self) -> int:
        """Of the mask."""
        return self.y2 - self.y1

    def around(self, x: float, y: float, reach: int = TOUCH) -> np.ndarray:
        """(n,) the roles of pixels outside the garment, up to `reach` pixels away."""
        x, y = round(x), round(y)
        window = np.s_[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
        return self.roles[window][~self.mask[window]]


def cut_scene(label_map: np.ndarray, value: int, part: str, roles: np.ndarray) -> Scene | None:
    """The garment with its surroundings; arguments as for `derive_landmarks`. None if it is too small for landmarks."""
    mask = label_map == value
    found = ndimage.find_objects(mask.astype(np.uint8))
    if not found:
        return None
    rows, columns = found[0]
    side = round(MARGIN * max(rows.stop - rows.start, columns.stop - columns.start))
    top, left = max(0, rows.start - 2 * side), max(0, columns.start - side)
    window = np.s_[top : rows.stop + side, left : columns.stop + side]
    mask = without_stray_pieces(mask[window])
    y, x = np.nonzero(mask)
    x1, y1, x2, y2 = (int(v) for v in (x.min(), y.min(), x.max() + 1, y.max() + 1))
    if min(x2 - x1, y2 - y1) < MIN_SIDE:
        return None
    waist = lowest_waist(label_map, roles) - top
    return Scene(part, mask, roles[label_map[window]], x1, y1, x2, y2, left, top, waist)


def lowest_waist(label_map: np.ndarray, roles: np.ndarray) -> float:
    """The row of the photo below which no waist lies; infinity where the person is cut off below."""
    rows = np.nonzero(np.count_nonzero(label_map[:, ::2] != np.argmax(roles == BACKGROUND), axis=1) > TOUCH)[0]
    if not len(rows) or rows[-1] > len(label_map) - 1 - AT_EDGE:
        return np.inf
    return float(rows[0] + WAIST * (rows[-1] - rows[0]))


class Neck(NamedTuple):
    """A neck: the x of its middle, half the width of the head, and (h, w) bool, the skin and hair of the head."""

    x: float
    reach: float
    head: np.ndarray


def neck_of(scene: Scene) -> Neck | None:
    """The neck: below the largest piece of skin and hair that starts above the garment; None where there is none."""
    pieces, count = ndimage.label(np.isin(scene.roles, (SKIN, HAIR)), NEIGHBOURS)
    above = pieces[: scene.y1 + round(0.06 * scene.height)]
    area = np.bincount(above.ravel(), minlength=count + 1)
    area[0] = 0
    head = pieces == area.argmax()
    if area.max() < (0.05 * scene.width) ** 2 or not (scene.roles[: len(above)][head[: len(above)]] == HAIR).any():
        return None
    x = np.nonzero(head[: len(above)])[1]
    reach = (np.percentile(x, 95) - np.percentile(x, 5)) / 2
    return Neck(float(np.median(x)), float(np.clip(reach, 0.12 * scene.width, 0.3 * scene.width)), head)
