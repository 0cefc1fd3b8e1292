"""One garment a place: its part and category are decided together, from the detector's and the classifier's scores."""

from dataclasses import replace

import numpy as np

from garments.boxes import inside, iou
from garments.types import Garments
from garments.vocabulary import PART_OF, PARTS

SAME_PLACE = 0.65  # IoU of boxes of different parts around one garment; chosen on held-out training photos
WITHIN = 0.85  # share of a `lower` inside another: nobody wears two, unlike jackets over tees or coats over dresses


def places(found: Garments, min_score: float) -> Garments:
    """The best of the boxes at each place, best first, with the detector's score there for each part.

    Args:
        found: the boxes of the detector, weak ones too: they are the other hypotheses for a place.
        min_score: of the garments to keep.
    """
    kept = found.nms(SAME_PLACE)
    kept = one_lower(kept[kept.scores >= min_score])
    same = iou(kept.boxes_xyxy, found.boxes_xyxy) >= SAME_PLACE
    scores = [(same * np.where(found.parts == part, found.scores, 0)).max(1, initial=0) for part in PARTS]
    return replace(kept, part_scores=np.stack(scores, 1).astype(np.float32))


def one_lower(garments: Garments) -> Garments:
    """The garments, best first, without each `lower` that lies in a better one or has it inside."""
    shares = inside(garments.boxes_xyxy, garments.boxes_xyxy)
    lower = garments.parts == "lower"
    nested = np.outer(lower, lower) & (np.maximum(shares, shares.T) >= WITHIN)
    return garments[~np.tril(nested, -1).any(1)]


def decide_parts(garments: Garments, classifier: str) -> Garments:
    """The garments, each with the part of the highest score: the detector's, times the classifier's probability of it.

    Args:
        garments: as `places` gives them.
        classifier: one of `garments.categories`.
    """
    if garments.part_scores is None or not len(garments):
        return garments
    share = garments.categories[classifier] @ parts_of(garments.category_names[classifier])
    return replace(garments, parts=np.array(PARTS, object)[(garments.part_scores * share).argmax(1)])


def detector_parts(garments: Garments) -> list[str]:
    """The part that the detector alone gives each garment."""
    if garments.part_scores is None:
        return list(garments.parts)
    return [PARTS[n] for n in garments.part_scores.argmax(1)]


def answers(garments: Garments, classifier: str) -> tuple[list[str], np.ndarray]:
    """The most probable category of each garment among those of its part, and its probability (N,).

    All categories are considered for a part of which the classifier knows none.
    """
    names, p = garments.category_names[classifier], garments.categories[classifier]
    possible = parts_of(names)[:, [PARTS.index(part) for part in garments.parts]].T > 0
    possible |= ~possible.any(1, keepdims=True)
    best = np.where(possible, p, -1).argmax(1)
    return [names[n] for n in best], np.take_along_axis(p, best[:, None], 1)[:, 0]


def parts_of(categories: tuple[str, ...]) -> np.ndarray:
    """(K, 3) float32 share of each category in each of PARTS: all in its own; a third each for a category of users."""
    own = np.array([[PART_OF.get(name) in (part, None) for part in PARTS] for name in categories], np.float32)
    return own / own.sum(1, keepdims=True)
