"""Ends of sleeves derived from a label map: where a garment meets the skin of an arm or a hand."""

import numpy as np
from scipy import ndimage

from garments.landmarks import VISIBLE
from readers.ccp.scenes import AT_EDGE, FULL, NEIGHBOURS, SKIN, TOUCH, UPPER, Neck, Scene


def sleeves(scene: Scene, neck: Neck | None) -> np.ndarray:
    """(2, 3) the ends of the sleeves: where the garment meets the skin of an arm or a hand."""
    middle = neck.x if neck else (scene.x1 + scene.x2) / 2
    found = [sleeve_end(scene, arm, middle) for arm in arms(scene, neck)]
    ends = [end for end in found if end is not None][:2]
    result = np.zeros((2, 3))
    if len(ends) == 2:
        pair = sorted(ends)
        if pair[1][0] - pair[0][0] > 0.15 * scene.width:
            result[:, :2], result[:, 2] = pair, VISIBLE
    elif len(ends) == 1 and abs(ends[0][0] - middle) > 0.12 * scene.width:
        result[int(ends[0][0] > middle)] = [*ends[0], VISIBLE]
    return result


def arms(scene: Scene, neck: Neck | None) -> list[np.ndarray]:
    """(n, 2) x, y of the pixels of each piece of skin that may be an arm or a hand, the largest first."""
    pieces, _ = ndimage.label(scene.roles == SKIN, NEIGHBOURS)
    found = []
    for number, window in enumerate(ndimage.find_objects(pieces), start=1):
        points = np.argwhere(pieces[window] == number)[:, ::-1] + [window[1].start, window[0].start]
        is_head = neck is not None and neck.head[points[:, 1], points[:, 0]].any()
        if not is_head and not is_leg(scene, points) and len(points) > (0.03 * scene.height) ** 2:
            found.append(points)
    return sorted(found, key=len, reverse=True)


def is_leg(scene: Scene, points: np.ndarray) -> bool:
    """Whether a piece of skin at the hem is a leg or the belly rather than a hand."""
    first, last = points[:, 1].min(), points[:, 1].max()
    if first > scene.y2 - 0.25 * scene.height:
        if last > len(scene.mask) - AT_EDGE:
            return True
        if scene.part == "full" and np.median(points[:, 1]) > scene.y2 - 0.05 * scene.height:
            return True
    middle = (scene.x1 + scene.x2) / 2
    return first > scene.y2 - 0.06 * scene.height and abs(points[:, 0].mean() - middle) < 0.25 * scene.width


def sleeve_end(scene: Scene, arm: np.ndarray, middle: float) -> tuple[float, float] | None:
    """(x, y) the middle of the edge between the garment and an arm; None where the garment ends there.

    The cuff is at the end of the arm that touches garments more. If both ends touch them, the arm hangs, and its cuff
    is the higher end, or it lies before the body, and its cuff is the outer end.
    """
    touching = touched(scene, arm)
    if len(touching) < 3 * TOUCH:
        return None
    centre, axis, width = principal_axis(arm)
    reach, along = (arm - centre) @ axis, (touching - centre) @ axis
    ends = [along < reach.min() + 0.3 * np.ptp(reach), along > reach.max() - 0.3 * np.ptp(reach)]
    first, last = (int(end.sum()) for end in ends)
    if max(first, last) > 2.5 * min(first, last):
        cuff_first = first > last
    elif abs(axis[1]) > 0.8:
        cuff_first = axis[1] > 0
    else:
        cuff_first = (axis[0] > 0) == (centre[0] < middle)
    if not cuff_first:
        axis, reach, along = -axis, -reach, -along
    distance = along - reach.min()
    cuff = touching[distance < max(distance.min(), 0) + 0.6 * width]
    own = scene.mask[cuff[:, 1], cuff[:, 0]]
    beyond = arm[reach < reach.min() + 0.3 * width].mean(0) - 0.5 * width * axis
    if len(cuff) < 2 * TOUCH or own.mean() < 0.5 or not is_on(scene.mask, *beyond):
        return None
    x, y = cuff[own].mean(0)
    return float(x), float(y)


def is_on(mask: np.ndarray, x: float, y: float) -> bool:
    """Whether some of the mask is within TOUCH pixels."""
    x, y = max(0, round(x)), max(0, round(y))
    return bool(mask[max(0, y - TOUCH) : y + TOUCH + 1, max(0, x - TOUCH) : x + TOUCH + 1].any())


def touched(scene: Scene, points: np.ndarray) -> np.ndarray:
    """(n, 2) x, y of the pixels of upper and full garments that touch these points."""
    low = np.maximum(points.min(0) - TOUCH - 1, 0)
    high = points.max(0) + TOUCH + 2
    window = np.zeros(scene.mask[low[1] : high[1], low[0] : high[0]].shape, bool)
    window[points[:, 1] - low[1], points[:, 0] - low[0]] = True
    near = ndimage.binary_dilation(window, NEIGHBOURS, TOUCH)
    garment = np.isin(scene.roles[low[1] : high[1], low[0] : high[0]], (UPPER, FULL))
    return np.argwhere(near & garment)[:, ::-1] + low


def principal_axis(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """(centre (2,), direction of the greatest spread (2,), width across it) of (n, 2) points."""
    centre = points.mean(0)
    spread, directions = np.linalg.eigh(np.cov((points - centre).T) + 1e-6 * np.eye(2))
    return centre, directions[:, 1], float(np.sqrt(12 * spread[0]))
