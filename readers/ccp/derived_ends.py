"""Hems and waistlines derived from a label map: the corners of a garment's mask, and their occlusion."""

import numpy as np
from scipy import ndimage

from garments.landmarks import OCCLUDED, VISIBLE
from readers.ccp.scenes import BACKGROUND, BELT, FULL, LOOSE, LOWER, NEIGHBOURS, SKIN, TOUCH, UPPER, Scene


def hem_of_torso(scene: Scene, sleeve_ends: np.ndarray) -> np.ndarray:
    """(2, 3) the lower corners of the garment, without its sleeves; not labelled where they coincide."""
    low = scene.y1 + round(0.6 * scene.height)
    body = scene.mask.copy()
    body[:low] = False
    for side, (x, y, visibility) in enumerate(sleeve_ends):
        if visibility and y > low:
            inwards = round(x + (0.5 - side) * 0.12 * scene.height)
            body[:, np.s_[:inwards] if side == 0 else np.s_[inwards:]] = False
    if scene.part == "upper":
        body = over_the_hips(scene, body)
    pieces, _ = ndimage.label(body, NEIGHBOURS)
    area = np.bincount(pieces.ravel())
    area[0] = 0
    if not area.any():
        return np.zeros((2, 3))
    body = np.argwhere((area > 0.35 * area.max())[pieces])[:, ::-1]
    left, right = lower_corner(body, -1), lower_corner(body, 1)
    return hem(scene, left, right) if right[0] - left[0] > 0.2 * scene.width else np.zeros((2, 3))


def over_the_hips(scene: Scene, body: np.ndarray) -> np.ndarray:
    """(h, w) bool: the body without pixels beside the lower garment, such as a hanging sleeve."""
    below = np.zeros_like(body)
    below[:-TOUCH] = np.isin(scene.roles[TOUCH:], (LOWER, FULL, BELT))
    y, x = np.nonzero(body & below)
    level = np.median(y) if len(y) else 0
    x = x[abs(y - level) < 0.1 * scene.height]
    if len(np.unique(x)) < 0.25 * scene.width:
        return body
    margin = 0.04 * scene.width
    columns, rows = np.arange(body.shape[1]), np.arange(len(body))[:, None]
    between = (columns > np.percentile(x, 2) - margin) & (columns < np.percentile(x, 98) + margin)
    return body & between & (rows < level + 0.2 * scene.height)


def hem_of_legs(scene: Scene) -> np.ndarray:
    """(2, 3) the outer lower corners of the left and the right leg, or of a skirt."""
    low = scene.mask.copy()
    low[: scene.y1 + round(0.6 * scene.height)] = False
    pieces, _ = ndimage.label(low, NEIGHBOURS)
    area = np.bincount(pieces.ravel())[1:]
    if not len(area):
        return np.zeros((2, 3))
    legs = [
        np.argwhere(pieces == number + 1)[:, ::-1] for number in np.argsort(-area)[:2] if area[number] > 0.2 * max(area)
    ]
    legs.sort(key=lambda points: points[:, 0].mean())
    return hem(scene, lower_corner(legs[0], -1), lower_corner(legs[-1], 1))


def hem(scene: Scene, left: tuple[float, float], right: tuple[float, float]) -> np.ndarray:
    """(2, 3) these corners: occluded if tucked in, or where something covers the side."""
    result = np.array([[*left, VISIBLE], [*right, VISIBLE]])
    if max(left[1], right[1]) < scene.waist and all(is_covered(scene, x, y + TOUCH) for x, y in (left, right)):
        result[:, 2] = OCCLUDED
    for row, side in zip(result, (-1, 1), strict=True):
        if is_covered(scene, row[0] + side * TOUCH, row[1] - TOUCH):
            row[2] = OCCLUDED
    return result


def is_covered(scene: Scene, x: float, y: float, by: tuple = (UPPER, LOWER, FULL, BELT, LOOSE)) -> bool:
    """Whether a place beside the garment is mostly other garments and loose things."""
    around = scene.around(x, y)
    return len(around) > 0 and bool(np.isin(around, by).mean() > 0.5)


def lower_corner(points: np.ndarray, side: int) -> tuple[float, float]:
    """The (x, y) of the lower left (side -1) or lower right (1) corner of (n, 2) points."""
    return corner_of(points, -side * points[:, 0] - 0.9 * points[:, 1])


def corner_of(points: np.ndarray, height: np.ndarray) -> tuple[float, float]:
    """(x, y) the middle of the points with the minimum `height`, within 2 pixels."""
    x, y = points[height <= height.min() + 2].mean(0)
    return float(x), float(y)


def waistline_of_lower(scene: Scene) -> np.ndarray:
    """(2, 3) the upper corners; not labelled where too little of the upper edge is visible."""
    points = np.argwhere(scene.mask[: scene.y1 + round(0.3 * scene.height)])[:, ::-1]
    left, right = (corner_of(points, side * points[:, 0] + 2.0 * points[:, 1]) for side in (1, -1))
    if right[0] - left[0] < 0.35 * scene.width:
        return np.zeros((2, 3))
    result = np.array([[*left, VISIBLE], [*right, VISIBLE]])
    if min(left[1], right[1]) > scene.waist or is_overhung(scene, left, right):
        result[:, 2] = OCCLUDED
    for row, side in zip(result, (-1, 1), strict=True):
        if is_covered(scene, row[0] + side * TOUCH, row[1] + TOUCH, (UPPER, FULL, LOOSE)):
            row[2] = OCCLUDED
    return result


def is_overhung(scene: Scene, left: tuple[float, float], right: tuple[float, float]) -> bool:
    """Whether the garment above the upper corners reaches farther out than they do, on both sides."""
    reach = max(TOUCH, round(0.04 * scene.width))
    for (x, y), side in ((left, -1), (right, 1)):
        row = scene.roles[max(0, round(y) - 2 * TOUCH) : round(y), max(0, round(x) + side * reach)]
        if not len(row) or np.isin(row, (UPPER, FULL)).mean() < 0.5:
            return False
    return True


def waistline_of_full(scene: Scene) -> np.ndarray:
    """(2, 3) the ends of the belt, else of the narrowest row between chest and hip if it is clearly narrower.

    Both are labelled or none: where a sleeve hides one side, the other may be a sleeve too.
    """
    left, right = body_edges(scene)
    row = belt_row(scene)
    if row is None:
        row = narrowest_row(scene, (right - left).astype(float))
    if row is None or belted(scene)[row, left[row] : right[row]].sum() < 0.2 * scene.width:
        return np.zeros((2, 3))
    ends = np.array([[left[row], row], [right[row] - 1, row]])
    if not all(is_without_sleeve(scene, row, x, side) for side, (x, _) in enumerate(ends)):
        return np.zeros((2, 3))
    seen = [np.isin(scene.around(x, y), (BACKGROUND, SKIN)).any() for x, y in ends]
    return np.column_stack([ends, np.where(seen, VISIBLE, OCCLUDED)])


def body_edges(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """(h,) each: start and end of the garment in each row, within the person's run of pixels at its middle."""
    person, garment = scene.roles != BACKGROUND, belted(scene)
    middle = round(float(np.median(np.nonzero(scene.mask)[1])))
    left, right = np.zeros(len(person), int), np.zeros(len(person), int)
    for row in range(scene.y1, scene.y2):
        gaps = np.nonzero(~person[row])[0]
        first = gaps[gaps < middle].max(initial=-1) + 1
        last = gaps[gaps > middle].min(initial=person.shape[1])
        own = np.nonzero(garment[row, first:last])[0]
        if len(own):
            left[row], right[row] = first + own[0], first + own[-1] + 1
    return left, right


def belted(scene: Scene) -> np.ndarray:
    """(h, w) bool: the garment with its belt."""
    return scene.mask | (scene.roles == BELT)


def belt_row(scene: Scene) -> int | None:
    """The middle row of a belt on the garment."""
    first, last = scene.y1 + round(0.2 * scene.height), scene.y1 + round(0.6 * scene.height)
    belt = ndimage.binary_dilation(scene.roles[first:last] == BELT, NEIGHBOURS, TOUCH) & scene.mask[first:last]
    rows = np.nonzero(belt.any(1))[0]
    return first + int(np.median(rows)) if len(rows) >= TOUCH else None


def narrowest_row(scene: Scene, width: np.ndarray) -> int | None:
    """The row with the minimum of (h,) widths between chest and hip, if both are clearly wider."""
    width = ndimage.uniform_filter1d(width, 2 * TOUCH + 1)
    first, last = scene.y1 + round(0.25 * scene.height), scene.y1 + round(0.45 * scene.height)
    row = first + int(width[first:last].argmin())
    chest, hip = width[scene.y1 : row + 1].max(), width[row : scene.y2].max()
    return row if width[row] < 0.88 * min(chest, hip) else None


def is_without_sleeve(scene: Scene, row: int, x: int, side: int) -> bool:
    """Whether the edge of the body is no sleeve: there is skin beside it, or more of the person beyond a gap."""
    beyond = scene.roles[row, :x][::-1] if side == 0 else scene.roles[row, x + 1 :]
    beyond = beyond[: round(0.6 * scene.width)]
    if not len(beyond):
        return False
    gap = beyond[:TOUCH] == BACKGROUND
    return bool((beyond[:TOUCH] == SKIN).any() or (gap.any() and np.isin(beyond, (SKIN, FULL, UPPER)).any()))
