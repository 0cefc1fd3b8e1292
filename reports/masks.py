"""The part of the detector's report on masks: figures, the fit of boundaries, the best and worst masks."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from garments.masks import decode, from_segmentation
from garments.storage import OUTLINES
from garments.types import BOX_COLUMNS, Table
from metrics.detection import MASKS, NAMES, detection_figures
from metrics.masks import MEASURES, boundary_figures, mask_pairs
from photos.crops import cut, square_around
from photos.reading import read_photos
from reports.page import Page

SIDE, CONTEXT, CASES = 200, 1.2, 24
TRUE, FOUND = np.array([255, 255, 255]), np.array([255, 0, 160])  # colours of boundaries


def mask_section(page: Page, truth: Table, predicted: Table) -> None:
    """Add the figures and the cases of masks to a page.

    Args:
        page: of a detector.
        truth: photos with outlines.
        predicted: of `detector.evaluate` with a Mask R-CNN, for the same photos.
    """
    figures = detection_figures(truth, predicted, MASKS)
    page.table(
        "masks", "COCO's figures of masks", pd.DataFrame(figures).loc[list(NAMES)], "IoU of masks, not of boxes."
    )
    pairs = mask_pairs(truth, predicted)
    fits = boundary_figures(pairs)
    table = pd.DataFrame(fits, index=["mean", "low", "high"]).T
    words = "Of garments whose box is right; with 95 % intervals. The boundary is 2 % of the photo's diagonal wide."
    page.table("boundaries", "Fit of masks and boundaries", table, words)
    pairs = pairs.sort_values(MEASURES[0], kind="stable")
    words = "The true boundary is white, the found one pink; the number is the IoU of the masks."
    for heading, cases in (("Worst masks", pairs[:CASES]), ("Best masks", pairs[: -CASES - 1 : -1])):
        page.crops(heading, write_cases(truth, predicted, cases, page.out), words)


def write_cases(truth: Table, predicted: Table, pairs: pd.DataFrame, out: Path) -> list[dict]:
    """Write pictures of pairs into OUT/crops/; dicts of file and words, in the order of the pairs."""
    (out / "crops").mkdir(exist_ok=True)
    of_photo = dict(list(pairs.groupby("photo")))
    written = {}
    for [(row, photo, pixels)] in filter(None, read_photos(truth.photos[truth.photos["photo"].isin(of_photo)], [], 1)):
        for number, pair in of_photo[row.photo].iterrows():
            file, size = f"crops/mask-{number:06d}.jpg", (photo.height, photo.width)
            outlines = truth.garments.loc[pair["true"], OUTLINES], predicted.garments.loc[pair["found"], OUTLINES]
            box = truth.garments.loc[pair["true"], BOX_COLUMNS].to_numpy(float)
            true, found = (decode(from_segmentation(outline, *size)) for outline in outlines)
            Image.fromarray(_picture(pixels, true, found, box)).save(out / file, quality=88)
            written[number] = dict(file=file, words=f"{pair[MEASURES[0]]:.2f} {pair['part']}; {row.photo}")
    return [written[n] for n in pairs.index if n in written]


def _picture(pixels: np.ndarray, true: np.ndarray, found: np.ndarray, box: np.ndarray) -> np.ndarray:
    """(SIDE, SIDE, 3) uint8: a garment with the boundaries of two masks of its photo."""
    square, scale = square_around(box, CONTEXT), pixels.shape[1] / true.shape[1]
    picture = cut(pixels, square * scale, SIDE)
    for mask, colour in ((true, TRUE), (found, FOUND)):
        inside = cut(mask.astype(np.uint8), square, SIDE) == 1
        picture[_edge(inside)] = colour
    return picture


def _edge(mask: np.ndarray) -> np.ndarray:
    """The outermost pixels of a mask."""
    inner = mask.copy()
    for axis in (0, 1):
        for step in (1, -1):
            inner &= np.roll(mask, step, axis)
    return mask & ~inner
