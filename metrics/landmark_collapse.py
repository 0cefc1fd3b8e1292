"""Has a landmark regressor collapsed? Signals as in `metrics.collapse`, for positions instead of categories."""

from dataclasses import dataclass

import numpy as np

from garments.landmarks import NOT_LABELLED, OCCLUDED, VISIBLE
from garments.vocabulary import PARTS
from metrics.bootstrap import Interval
from metrics.collapse import Finding, Z, raised
from metrics.landmark_metrics import BASELINE, LESS
from metrics.landmark_pairs import LandmarkPairs, in_boxes


@dataclass(frozen=True)
class LandmarkEvidence:
    """The input of the signals: truth with predictions, and their `landmark_figures`."""

    pairs: LandmarkPairs
    figures: dict[tuple[str, str], Interval]


def spread(pairs: LandmarkPairs) -> float:
    """The spread of predicted positions over photos, relative to that of the true positions: 1 for true positions.

    Root of the summed squares around the mean position of each landmark of each part, relative to its own box, over
    landmarks that are visible and found. 0 for a constant predictor; nan if no landmark of a part is there twice.
    """
    both = (pairs.true[..., 2] == VISIBLE) & (pairs.predicted[..., 2] > NOT_LABELLED)
    predicted, true = in_boxes(pairs.predicted, pairs.found_xyxy), pairs.true_places()
    squares = np.zeros(2)
    for part in PARTS:
        of_part = both & (pairs.garments["part"] == part).to_numpy()[:, None]
        for number in np.flatnonzero(of_part.sum(0) > 1):
            rows = of_part[:, number]
            for n, places in enumerate((predicted, true)):
                squares[n] += ((places[rows, number] - places[rows, number].mean(0)) ** 2).sum()
    return float(np.sqrt(squares[0] / squares[1])) if squares[1] else float("nan")


class NothingFound:
    """No landmark was found."""

    remedy = "check that truth and predictions are of the same photos, and that the detector finds garments in them"

    def check(self, e: LandmarkEvidence) -> str | None:
        """The message, if the signal is raised."""
        visible = int((e.pairs.true[..., 2] == VISIBLE).sum())
        return None if e.figures["all", "found"][0] > 0 else f"none of the {visible} visible landmarks was found"


class StandsStill:
    """Landmarks are predicted at almost the same position in every box."""

    remedy = (
        "the features are dead or the input does not reach the model: check the preprocessing and the learning rate"
    )
    garments, share = 10, 0.25

    def check(self, e: LandmarkEvidence) -> str | None:
        """The message, if the signal is raised."""
        moved = spread(e.pairs)
        if np.isfinite(e.pairs.found_xyxy[:, 0]).sum() < self.garments or not moved < self.share:
            return None
        return f"the predicted positions in their boxes vary {moved:.0%} as much between photos as the true ones"


class NoBetterThanMeanPlaces:
    """Predicting each landmark at its mean position in the box would be as accurate."""

    remedy = "do not use this model; compare its learning curve with that of a working model"
    share = 0.25  # a gain of this share of the error of mean places is one; the interval must rule it out

    def check(self, e: LandmarkEvidence) -> str | None:
        """The message, if the signal is raised."""
        (own, *_), (mean, *_) = e.figures["all", "NE"], e.figures["all", BASELINE + "NE"]
        gain, low, high = e.figures["all", LESS + "NE"]
        if np.isnan(gain) or high < 0 or low < -self.share * mean:
            return None
        return f"NE is {own:.3f}, mean places give {mean:.3f}; the difference is {gain:+.3f} [{low:+.3f}, {high:+.3f}]"


class BlindToHidden:
    """Visible and hidden landmarks are predicted as visible alike."""

    remedy = "check that the training data has hidden landmarks and that the visibility loss has a weight"
    landmarks = 20  # min number of visible, and of hidden landmarks
    max_gap = 0.1  # difference of the shares, at the upper end of its interval

    def check(self, e: LandmarkEvidence) -> str | None:
        """The message, if the signal is raised."""
        seen, found = e.pairs.predicted[..., 2] == VISIBLE, e.pairs.predicted[..., 2] > NOT_LABELLED
        groups = [seen[found & (e.pairs.true[..., 2] == state)] for state in (VISIBLE, OCCLUDED)]
        if min(len(group) for group in groups) < self.landmarks:
            return None
        visible, hidden = (group.mean() for group in groups)
        error = Z * np.sqrt(sum(group.var() / len(group) for group in groups))
        if visible - hidden + error >= self.max_gap:
            return None
        return f"{visible:.0%} of the visible and {hidden:.0%} of the hidden landmarks are predicted as visible"


SIGNALS = (NothingFound(), StandsStill(), NoBetterThanMeanPlaces(), BlindToHidden())


def find_landmark_collapse(evidence: LandmarkEvidence) -> list[Finding]:
    """The raised signals, none for a healthy regressor."""
    return raised([(signal, signal.check(evidence)) for signal in SIGNALS])
