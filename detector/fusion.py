"""One set of boxes out of several looks at the same photo.

Solovyev, Wang, Gabruseva: Weighted boxes fusion, Image and Vision Computing 2021.
"""

import numpy as np

from garments.boxes import iou
from garments.types import Garments

SAME = 0.6  # IoU above which boxes of one part, from different looks, are one garment


def mirrored(found: Garments, width: int) -> Garments:
    """What was found in the mirror image of a photo of that width, in the photo itself."""
    boxes = found.boxes_xyxy.copy()
    boxes[:, [0, 2]] = width - boxes[:, [2, 0]]
    return Garments(boxes, found.scores, found.parts)


def fuse(looks: list[Garments]) -> Garments:
    """The garments of one photo, best first: boxes are averages weighted by score, scores are means over the looks.

    A look that did not find a garment counts as a score of 0.
    """
    boxes = np.concatenate([look.boxes_xyxy for look in looks])
    scores = np.concatenate([look.scores for look in looks])
    parts = np.concatenate([look.parts for look in looks])
    clusters: list[list[int]] = []
    means = np.zeros((0, 4), np.float32)
    for n in np.argsort(-scores, kind="stable"):
        same_part = np.array([parts[members[0]] == parts[n] for members in clusters], bool)
        overlaps = iou(boxes[n : n + 1], means)[0] * same_part
        best = int(overlaps.argmax()) if len(clusters) else -1
        if best < 0 or overlaps[best] <= SAME:
            clusters.append([n])
            means = np.concatenate([means, boxes[n : n + 1]])
        else:
            clusters[best].append(n)
            means[best] = np.average(boxes[clusters[best]], 0, scores[clusters[best]])
    certain = np.array([scores[m].mean() * min(len(m), len(looks)) / len(looks) for m in clusters], np.float32)
    firsts = [members[0] for members in clusters]
    return Garments(means, certain, parts[firsts]).keep(np.argsort(-certain, kind="stable"))
