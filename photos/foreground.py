"""The only object in a photo, its box and its mask, by GrabCut against the photo's border."""

import numpy as np
from PIL import Image
from scipy import ndimage

SIDE = 128  # pixels of the longer side of the shrunk photo
BORDER = 0.03  # of the longer side; taken as background
MIN_SHARE = 0.1  # of the photo; a smaller foreground is not trusted


def foreground_box(pixels: np.ndarray) -> np.ndarray | None:
    """The box of the foreground of a photo of one object before a plain background.

    Args:
        pixels: (h, w, 3) uint8 RGB.

    Returns:
        (4,) float xyxy in pixels, or None where no foreground stands out.
    """
    found = _shrunk_mask(pixels)
    if found is None:
        return None
    y, x = np.nonzero(found)
    box = np.array([x.min(), y.min(), x.max() + 1, y.max() + 1])
    return box / np.tile(found.shape[1::-1], 2) * np.tile(pixels.shape[1::-1], 2)


def foreground_mask(pixels: np.ndarray) -> np.ndarray | None:
    """(h, w) bool: the foreground itself, as exact as a photo of SIDE pixels allows; else as `foreground_box`."""
    found = _shrunk_mask(pixels)
    return None if found is None else np.asarray(Image.fromarray(found).resize(pixels.shape[1::-1]))


def _shrunk_mask(pixels: np.ndarray) -> np.ndarray | None:
    """The mask in a photo shrunk to SIDE pixels, without small pieces; None where no foreground stands out.

    Rother, Kolmogorov, Blake: GrabCut, SIGGRAPH 2004; as in OpenCV.
    """
    import cv2

    scale = SIDE / max(pixels.shape[:2])
    height, width = (max(16, round(side * scale)) for side in pixels.shape[:2])
    small = np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BOX))
    border = round(BORDER * SIDE)
    mask = np.full((height, width), cv2.GC_BGD, np.uint8)
    mask[border:-border, border:-border] = cv2.GC_PR_FGD
    cv2.setRNGSeed(0)
    whole, models = (0, 0, width, height), (np.zeros((1, 65)), np.zeros((1, 65)))  # the mask counts, not the rectangle
    cv2.grabCut(small[..., ::-1].copy(), mask, whole, *models, 4, cv2.GC_INIT_WITH_MASK)
    found = ndimage.binary_opening(np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)), iterations=2)
    pieces, _ = ndimage.label(found)
    area = np.bincount(pieces.ravel())
    area[0] = 0
    return (area >= 0.2 * area.max())[pieces] if area.sum() >= MIN_SHARE * found.size else None
