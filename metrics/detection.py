"""COCO's figures for boxes or masks, by pycocotools: over all parts, per part, and class-agnostic."""

import contextlib
import io
from typing import Any

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from garments.coco import CATEGORY_ID, coco_annotation, coco_dataset, coco_image
from garments.crowds import CROWD, is_crowd
from garments.masks import area, from_segmentation
from garments.storage import OUTLINES
from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import PARTS

NAMES = (
    "AP", "AP50", "AP75", "AP small", "AP medium", "AP large",
    "AR 1", "AR 10", "AR 100", "AR small", "AR medium", "AR large",
)  # fmt: skip
BOXES, MASKS = "bbox", "segm"  # what pycocotools compares
IOUS = (0.5, 0.75, 0.9)  # of precision-recall curves


def detection_figures(truth: Table, predicted: Table, overlap_of: str = BOXES) -> dict[str, dict[str, float]]:
    """COCO's figures, as {'all': .., 'upper': .., 'lower': .., 'full': .., 'any part': ..} of {figure: value}.

    Args:
        truth: photos with true boxes; photos without a garment count too. A box inside a crowd is neither right nor
            wrong, and a crowd is not missed.
        predicted: boxes with scores; boxes in photos that truth does not have are ignored.
        overlap_of: BOXES, or MASKS, of the column `segmentation`; then both have outlines.

    Returns:
        'all' is the mean over the parts, as COCO defines it; 'any part' treats all garments as one class. An undefined
        figure (no true box of that part or size) is nan.
    """
    true, found = to_coco(truth, truth), to_coco(truth, predicted)
    result = {"all": _evaluate(true, found, overlap_of)}
    for part in PARTS:
        result[part] = _evaluate(true, found, overlap_of, categories=[CATEGORY_ID[part]])
    result["any part"] = _evaluate(true, found, overlap_of, blind=True)
    return result


def to_coco(photos_of: Table, garments_of: Table) -> dict:
    """The boxes of one Table as a COCO data set, with the photos (and their numbers) of another."""
    numbers = {photo: n for n, photo in enumerate(photos_of.photos["photo"], start=1)}
    images = [coco_image(numbers[p.photo], p.photo, p.width, p.height) for p in photos_of.photos.itertuples()]
    sizes = {p.photo: (p.height, p.width) for p in photos_of.photos.itertuples()}
    garments = garments_of.garments
    boxed = garments[garments["photo"].isin(numbers) & garments["x_min"].notna() & garments["part"].isin(PARTS)]
    annotations = [
        coco_annotation(n, numbers[row["photo"]], row["part"], [row[c] for c in BOX_COLUMNS], score=row["score"])
        | {CROWD: int(crowd)}
        | _outline(row.get(OUTLINES), *sizes[row["photo"]])
        for n, (row, crowd) in enumerate(zip(boxed.to_dict("records"), is_crowd(boxed), strict=True), start=1)
    ]
    return coco_dataset(images, annotations)


def _outline(segmentation: list | dict | None, height: int, width: int) -> dict:
    """The entries of an annotation with a mask; COCO's area is that of the mask."""
    if not isinstance(segmentation, list | dict):
        return {}
    rle = from_segmentation(segmentation, height, width)
    return {"segmentation": rle, "area": area(rle)}


def precision_curves(truth: Table, predicted: Table, overlap: float) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """{part: (recall, precision)} at one of COCO's IoUs (0.5 to 0.95 by 0.05); a part not in truth is left out."""
    evaluation = _evaluation(to_coco(truth, truth), to_coco(truth, predicted))
    at = int(np.argmin(np.abs(evaluation.params.iouThrs - overlap)))
    precision = evaluation.eval["precision"][at, :, :, 0, -1]  # (recall, part)
    curves = {part: precision[:, evaluation.params.catIds.index(CATEGORY_ID[part])] for part in PARTS}
    return {part: (evaluation.params.recThrs, curve) for part, curve in curves.items() if (curve >= 0).all()}


def _evaluate(true: dict, found: dict, overlap_of: str, **options: Any) -> dict[str, float]:
    stats = np.array(_evaluation(true, found, overlap_of, **options).stats)
    return {name: float(v) if v >= 0 else float("nan") for name, v in zip(NAMES, stats, strict=True)}


def _evaluation(
    true: dict, found: dict, overlap_of: str = BOXES, categories: list[int] | None = None, blind: bool = False
) -> COCOeval:
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = matches(true, found, overlap_of)
        evaluation.params.useCats = int(not blind)
        evaluation.params.catIds = categories or evaluation.params.catIds
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation


def matches(true: dict, found: dict, iou_type: str = BOXES) -> COCOeval:
    """The evaluator of the BOXES, MASKS or 'keypoints' of a COCO data set against those of another."""
    return COCOeval(_index(true), _index(found), iou_type)


def _index(data: dict) -> COCO:
    coco = COCO()
    coco.dataset = data
    coco.createIndex()
    return coco
