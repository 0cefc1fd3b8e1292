"""The box of the only object in a photo, by GrabCut against the photo's border."""

import numpy as np
from PIL import Image
from scipy import ndimage

SIDE = 128  # pixels of the longer side of the shrunk photo
BORDER = 0.03  # of the longer side; taken as background
MIN_SHARE = 0.1  # of the photo; a smaller foreground is not trusted


def foreground_box(pixels: np.ndarray) -> np.ndarray | None:
    """The box of the foreground of a photo of one object before a plain background.

    Rother, Kolmogorov, Blake: GrabCut, SIGGRAPH 2004; as in OpenCV.

    Args:
        pixels: (h, w, 3) uint8 RGB.

    Returns:
        (4,) float xyxy in pixels, or None where no foreground stands out.
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
    if area.sum() < MIN_SHARE * found.size:
        return None
    y, x = np.nonzero((area >= 0.2 * area.max())[pieces])
    return (
        np.array([x.min(), y.min(), x.max() + 1, y.max() + 1])
        / np.tile([width, height], 2)
        * np.tile(pixels.shape[1::-1], 2)
    )
