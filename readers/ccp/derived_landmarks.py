"""Landmarks of a garment derived from a label map: from the shape of its mask and from what lies around it."""

import numpy as np
from scipy import ndimage

from garments.landmarks import LANDMARKS, NOT_LABELLED, OCCLUDED, VISIBLE, of_part
from readers.ccp.derived_ends import hem_of_legs, hem_of_torso, waistline_of_full, waistline_of_lower
from readers.ccp.derived_sleeves import sleeves
from readers.ccp.scenes import AT_EDGE, HAIR, LOOSE, SKIN, TOUCH, Neck, Scene, cut_scene, neck_of


def derive_landmarks(label_map: np.ndarray, value: int, part: str, roles: np.ndarray) -> np.ndarray:
    """The eight landmarks of one garment; not labelled where the label map does not show them.

    Args:
        label_map: (height, width) uint8, a label number for every pixel of the photo.
        value: the label number of the garment.
        part: its part.
        roles: (labels,) uint8, the role of each label number: BACKGROUND, SKIN and so on.

    Returns:
        (8, 3) float32: x, y in pixels of the photo and visibility, as in garments.landmarks; an occluded one is where
        the garment disappears. Left is the left of the photo, also in back views, which look the same in a label map.
        Legs or arms that cross keep the order of their ends in the photo.

    Raises:
        IndexError: the map holds a label number that `roles` does not have.
    """
    result = np.zeros((len(LANDMARKS), 3), np.float32)
    scene = cut_scene(label_map, value, part, roles)
    if scene is None:
        return result
    if part != "lower":
        neck = neck_of(scene)
        result[0:2] = collars(scene, neck)
        result[2:4] = sleeves(scene, neck)
        result[4:6] = waistline_of_full(scene)
        result[6:8] = hem_of_torso(scene, result[2:4])
    else:
        result[4:6] = waistline_of_lower(scene)
        result[6:8] = hem_of_legs(scene)
    result[:, :2] += [scene.left + 0.5, scene.top + 0.5]  # the middle of a pixel
    return of_part(inside(result, label_map.shape), part)


def inside(landmarks: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The landmarks; those at the edge of the photo become unlabelled, as the garment continues outside."""
    x, y = landmarks[:, 0], landmarks[:, 1]
    cut = (x < AT_EDGE) | (y < AT_EDGE) | (x > shape[1] - 1 - AT_EDGE) | (y > shape[0] - 1 - AT_EDGE)
    return np.where(cut[:, None], 0, landmarks).astype(np.float32)


def collars(scene: Scene, neck: Neck | None) -> np.ndarray:
    """(2, 3) the collar at the neck: the highest point of the garment under skin or hair, on either side."""
    result = np.zeros((2, 3))
    if neck is None:
        return result
    columns = np.arange(scene.mask.shape[1])
    top = np.where(scene.mask.any(0), scene.mask.argmax(0), scene.mask.shape[0] - 1)
    over = scene.roles[np.maximum(top - TOUCH, 0), columns]
    near = ndimage.binary_dilation(np.isin(over, (SKIN, HAIR, LOOSE)), iterations=TOUCH)
    near &= (abs(columns - neck.x) < 1.3 * neck.reach) & scene.mask.any(0)
    near &= top < scene.y1 + 0.3 * scene.height
    for side, beside in enumerate((columns < neck.x, columns > neck.x)):
        if (near & beside).any():
            x = int(np.where(near & beside, top - 0.15 * abs(columns - neck.x), np.inf).argmin())
            result[side] = collar(scene, neck, x, int(top[x]))
    dx, dy = result[1, :2] - result[0, :2]
    if not result[:, 2].all() or dx < 0.5 * neck.reach:  # a single one may be a shoulder
        return np.zeros((2, 3))
    if abs(dy) > 0.12 * scene.height:  # the lower of them is no collar
        result[int(dy > 0), 2] = NOT_LABELLED
    return result


def collar(scene: Scene, neck: Neck, x: int, y: int) -> tuple[float, int, int]:
    """x, y, visibility: visible beside skin; else hidden by hair or loose things, at most as far out as the neck."""
    if (scene.around(x, y) == SKIN).any():
        return x, y, VISIBLE
    return float(np.clip(x, neck.x - 0.75 * neck.reach, neck.x + 0.75 * neck.reach)), y, OCCLUDED
