"""Detects the garments of photos with an exported detector."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from garments.boxes import clip
from garments.types import Garments, Photo
from garments.vocabulary import PARTS
from photos.canvas import canvases


class Detector:
    """An exported detector, loaded once."""

    def __init__(self, run: Callable[..., dict[str, np.ndarray]], input_size: tuple[int, int]):
        self._run, self.input_size = run, input_size

    @classmethod
    def load(cls, path: Path, masks: bool = True) -> "Detector":
        """Load the SavedModel that `python -m detector.export` wrote.

        Args:
            path: its folder.
            masks: whether to predict them, if it is a Mask R-CNN.

        Raises:
            FileNotFoundError: there is none at `path`.
        """
        from engine.load import load

        run = load(path, without=() if masks else ("masks",))
        return cls(run, tuple(run.settings["input_size"]))

    def __call__(self, photos: list[Photo], pixels: list[np.ndarray], min_score: float = 0.05) -> list[Garments]:
        """The garments of each photo, best first; one garment may be detected as two parts.

        A Mask R-CNN also fills `box_masks`.

        Args:
            photos: the boxes are scaled to their sizes.
            pixels: of the photos, (h, w, 3) uint8, at any scale.
            min_score: boxes with a lower score are dropped.
        """
        if not photos:
            return []
        batch, sizes = canvases(pixels, self.input_size)
        found = self._run(images=batch, sizes=sizes)
        return [
            _garments(photo, size, {name: rows[n] for name, rows in found.items()}, min_score)
            for n, (photo, size) in enumerate(zip(photos, sizes, strict=True))
        ]


def _garments(photo: Photo, size: np.ndarray, found: dict[str, np.ndarray], min_score: float) -> Garments:
    height, width = size
    boxes, scores, parts = (found[name][: int(found["count"])] for name in ("boxes", "scores", "parts"))
    scale = np.tile([photo.width / width, photo.height / height], 2)
    boxes = clip(boxes * scale, photo.width, photo.height)
    good = np.flatnonzero((scores >= min_score) & ((boxes[:, 2:] - boxes[:, :2]).min(1, initial=np.inf) >= 1))
    names = np.array(PARTS, object)[parts[good] - 1]
    masks = found["masks"][good] if "masks" in found else None
    return Garments(boxes[good], scores[good].clip(0, 1).astype(np.float32), names, box_masks=masks)
