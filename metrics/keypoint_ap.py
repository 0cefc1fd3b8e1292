"""AP^pt: COCO's keypoint AP by pycocotools, with the object keypoint similarity (OKS) of DeepFashion2.

Ge, Zhang, Wang, Wang, Luo: DeepFashion2, CVPR 2019. As in its conversion to COCO (GitHub switchablenorms/DeepFashion2,
evaluation/deepfashion2_to_coco.py) the area of a garment is that of its box. Its COCOeval has a sigma for each of 294
landmarks; a landmark here has the mean of those it is in garments/deepfashion2_landmarks.csv, over its categories.
A class is a part here and one of 13 categories there, and a garment has 4 to 8 landmarks here and 8 to 39 there, so the
published figures are a guide, not the same scale.
"""

import contextlib
import io
from typing import Any

import numpy as np

from garments.coco import CATEGORY_ID, coco_annotation, coco_dataset, coco_image
from garments.crowds import CROWD, is_crowd
from garments.landmarks import VISIBLE, landmarks_of
from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import PARTS
from metrics.detection import matches
from metrics.landmark_pairs import boxed, predicted_landmarks

SIGMAS = np.array([0.0224, 0.0224, 0.0361, 0.0361, 0.0417, 0.0417, 0.0514, 0.0514])  # in the order of LANDMARKS
NAMES = (
    "AP", "AP50", "AP75", "AP medium", "AP large",
    "AR", "AR50", "AR75", "AR medium", "AR large",
)  # fmt: skip


def keypoint_figures(truth: Table, predicted: Table, visible_only: bool = False) -> dict[str, dict[str, float]]:
    """COCO's figures for keypoints, as {'all': .., 'upper': .., 'lower': .., 'full': ..} of {figure: value}.

    Args:
        truth: garments with boxes, parts and `landmarks`; one without a labelled landmark is ignored.
        predicted: garments with boxes, parts, scores and `landmarks`, on any boxes; pycocotools matches them by OKS,
            the 20 best of each part in a photo. Photos that truth does not have are ignored.
        visible_only: whether occluded landmarks of truth count as not labelled.

    Returns:
        'all' is the mean over the parts. An undefined figure (no true garment of that part or size) is nan.

    Raises:
        ValueError: a predicted landmark is not a number.
    """
    true, found = to_coco(truth, truth, visible_only), to_coco(truth, predicted)
    result = {"all": _evaluate(true, found, list(CATEGORY_ID[part] for part in PARTS))}
    return result | {part: _evaluate(true, found, [CATEGORY_ID[part]]) for part in PARTS}


def to_coco(truth: Table, garments_of: Table, visible_only: bool = False) -> dict:
    """The landmarks of one Table as a COCO data set, with the photos (and their numbers) of truth."""
    numbers = {photo: n for n, photo in enumerate(truth.photos["photo"], start=1)}
    images = [coco_image(numbers[p.photo], p.photo, p.width, p.height) for p in truth.photos.itertuples()]
    kept = boxed(garments_of.garments)
    kept = kept[kept["photo"].isin(numbers)]
    if garments_of is truth:
        points = landmarks_of(kept)
    else:
        points = predicted_landmarks(Table(garments_of.photos, kept, garments_of.problems))
    if visible_only:
        points[points[..., 2] != VISIBLE] = 0
    annotations = []
    rows = zip(kept.to_dict("records"), points, is_crowd(kept), strict=True)
    for n, (row, marks, crowd) in enumerate(rows, start=1):
        more: dict[str, Any] = dict(
            keypoints=marks.ravel().tolist(), num_keypoints=int((marks[:, 2] > 0).sum()), score=row["score"]
        )
        box = [row[c] for c in BOX_COLUMNS]
        annotations.append(coco_annotation(n, numbers[row["photo"]], row["part"], box, **more) | {CROWD: int(crowd)})
    return coco_dataset(images, annotations)


def _evaluate(true: dict, found: dict, categories: list[int]) -> dict[str, float]:
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = matches(true, found, "keypoints")
        evaluation.params.kpt_oks_sigmas = SIGMAS
        evaluation.params.catIds = categories
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return {name: float(v) if v >= 0 else float("nan") for name, v in zip(NAMES, evaluation.stats, strict=True)}
