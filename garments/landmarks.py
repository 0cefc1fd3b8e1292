"""The eight landmarks of DeepFashion, in its order, and how the landmarks of other data sets map onto them.

Liu, Luo, Qiu, Wang, Tang: DeepFashion, CVPR 2016. A landmark is x, y in pixels of the upright photo and COCO's
visibility. Left is the left of the photo for an upright garment, so the wearer's right in a front view: in DeepFashion
and DeepFashion2 the left landmark of a pair has the smaller x on photos from the front. Neither defines back views;
here left stays the left of the photo.

A collar is where the collar or neckline meets the side of the neck; a sleeve is the middle of the edge where the
garment ends on the arm, also that of an armhole; a waistline and a hem have a left and a right end, on trousers the
outer ends of the legs. An occluded landmark is placed by what is visible of the garment. A mirrored photo swaps left
and right.

deepfashion2_landmarks.csv maps the points of DeepFashion2 (numbered from 1 in each category) to these landmarks: two
points mean the middle between them, an empty field a landmark that the category does not have, or whose point is
ambiguous: published code pairs the collar points of `short sleeve outwear` in two ways, and a garment without sleeves
has no cuff. Their order agrees in the README of GitHub switchablenorms/DeepFashion2 (number of points), the
mirror pairs of svip-lab/HRNet-for-Fashion-Landmark-Estimation.PyTorch, the aggregation of
lzhbrian/deepfashion2-kps-agg-finetune and the names in lygitdata/GarmentIQ.
"""

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

LANDMARKS = (
    "left collar", "right collar", "left sleeve", "right sleeve",
    "left waistline", "right waistline", "left hem", "right hem",
)  # fmt: skip
OF_PART = {"upper": (0, 1, 2, 3, 6, 7), "lower": (4, 5, 6, 7), "full": (0, 1, 2, 3, 4, 5, 6, 7)}
MIRRORED = (1, 0, 3, 2, 5, 4, 7, 6)  # which landmark becomes which in a mirrored photo
NOT_LABELLED, OCCLUDED, VISIBLE = 0, 1, 2  # COCO's visibility


def mirrored(landmarks: np.ndarray, width: float) -> np.ndarray:
    """(..., 8, 3) landmarks of the mirrored photo: x counts from the other side, and left and right swap names."""
    result = landmarks[..., MIRRORED, :].copy()
    labelled = result[..., 2] > NOT_LABELLED
    result[..., 0] = np.where(labelled, width - result[..., 0], 0)
    return result


def landmarks_of(garments: pd.DataFrame) -> np.ndarray:
    """(N, 8, 3) float32: x, y in pixels of the photo and visibility of the garments of a Table of any data set.

    Args:
        garments: rows of Table.garments. Their `landmarks` are 24 numbers, or the points of a category of DeepFashion2
            where the label names one and the number fits; `landmark_source` is set where the 24 numbers are the eight
            landmarks although the label, 'skirt', has eight points in DeepFashion2 too.

    Returns:
        A landmark that is unknown, or that the part does not have, is all 0.
    """
    result = np.zeros((len(garments), len(LANDMARKS), 3), np.float32)
    if "landmarks" in garments:
        sources = garments["landmark_source"] if "landmark_source" in garments else [""] * len(garments)
        rows = zip(garments["landmarks"], garments["label"], garments["part"], sources, strict=True)
        for number, (points, label, part, source) in enumerate(rows):
            if isinstance(points, (np.ndarray, list, tuple)):
                points = np.asarray(points, np.float32).reshape(-1, 3)
                eight = isinstance(source, str) and source != ""
                result[number] = of_part(points if eight else as_eight(points, label), part)
    return result


def of_part(landmarks: np.ndarray, part: str) -> np.ndarray:
    """(8, 3) landmarks without those that a garment of that part does not have; the part '' has all."""
    result = np.zeros_like(landmarks)
    places = list(OF_PART.get(part, range(len(LANDMARKS))))
    result[places] = landmarks[places]
    result[result[:, 2] == NOT_LABELLED] = 0
    return result


def as_eight(points: np.ndarray, label: str) -> np.ndarray:
    """(8, 3) landmarks of the points of one garment.

    Args:
        points: (n, 3) x, y, visibility: of DeepFashion2 where the label is one of its categories and n its number of
            points, else the eight themselves.
        label: of the data set.

    Raises:
        ValueError: n is neither.
    """
    count, table = deepfashion2().get(label, (0, {}))
    if len(points) == count:
        return np.stack([_middle(points[table.get(name, [])]) for name in LANDMARKS])
    if len(points) != len(LANDMARKS):
        raise ValueError(f"landmarks of a {label!r}: expected {len(LANDMARKS)} or {count or 'no'}, got {len(points)}")
    return points


def _middle(points: np.ndarray) -> np.ndarray:
    """(3,) the middle of points that are all labelled, with the minimum of their visibilities; else 0."""
    if not len(points) or points[:, 2].min() == NOT_LABELLED:
        return np.zeros(3, np.float32)
    return np.append(points[:, :2].mean(0), points[:, 2].min()).astype(np.float32)


@cache
def deepfashion2() -> dict[str, tuple[int, dict[str, list[int]]]]:
    """Category of DeepFashion2 -> (number of its points, landmark -> indices of the points whose middle it is)."""
    with open(Path(__file__).with_name("deepfashion2_landmarks.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        row["label"]: (int(row["points"]), {name: [int(n) - 1 for n in row[name].split()] for name in LANDMARKS})
        for row in rows
    }
