"""An exported network, loaded: the class of every pixel of a photo."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from photos.crops import GREY
from segmenter.classes import coarser
from segmenter.config import STRIDE

CELL = 4  # pixels: the coarsest output
LEAST = 1 / 3  # a class whose probability is nowhere above it can hardly be the most probable one


class Segmenter:
    """An exported network, loaded once.

    Attributes:
        classes: the K classes by name.
        space: what they are, of `segmenter.classes.SPACES`.
    """

    def __init__(self, run: Callable[..., dict[str, np.ndarray]], settings: dict):
        self._run, self.side = run, max(settings["height"], settings["width"])
        self.classes, self.space = tuple(settings["classes"]), settings["space"]

    @classmethod
    def load(cls, path: Path) -> "Segmenter":
        """Load what `segmenter.export` wrote.

        Raises:
            FileNotFoundError: there is no model at `path`.
            ModelError: see `engine.load.load`.
        """
        from engine.load import load

        model = load(path)
        return cls(model, model.settings)

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        """(h, w) uint8: the class number of every pixel of a photo (h, w, 3) uint8 of any size."""
        return most_probable(self.probabilities(pixels), pixels.shape[:2])

    def probabilities(self, pixels: np.ndarray) -> np.ndarray:
        """(h', w', K) float32: the probability of each class in each cell of a photo (h, w, 3) uint8 of any size.

        The photo is scaled to the longer side of the training's views, padded to multiples of 32 pixels, and cut back.
        """
        scale = self.side / max(pixels.shape[:2])
        height, width = (max(1, round(side * scale / CELL)) * CELL for side in pixels.shape[:2])
        seen = Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)
        padding = [(0, -side % STRIDE) for side in (height, width)]
        padded = np.pad(np.asarray(seen), [*padding, (0, 0)], constant_values=GREY)
        found = self._run(image=padded[None])["classes"][0]
        stride = len(padded) // len(found)
        return found[: height // stride, : width // stride]


def most_probable(probabilities: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """(h, w) uint8: the number of the most probable class, of (h', w', K) probabilities that are scaled up."""
    height, width = size
    best = np.zeros((height, width), np.float32)
    result = np.zeros((height, width), np.uint8)
    lowest = min(LEAST, float(probabilities.max(-1).min()))
    for number in np.flatnonzero(probabilities.max((0, 1)) >= lowest):
        plane = Image.fromarray(np.ascontiguousarray(probabilities[..., number], np.float32))
        scaled = np.asarray(plane.resize((width, height), Image.Resampling.BILINEAR))
        better = scaled > best
        best[better], result[better] = scaled[better], number
    return result


def in_parts(probabilities: np.ndarray, classes: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """(..., K) probabilities of categories -> those of the classes with parts in their place, and their names."""
    groups = coarser(classes)
    names = tuple(dict.fromkeys(groups))
    return probabilities @ np.array([[g == name for name in names] for g in groups], np.float32), names
