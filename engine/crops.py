"""Crops of garments with their surroundings, for training: pixels on disk, all else in memory."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from photos.crops import cut

MAP_STRIDE = 4  # stored pixels to a stored label
UNKNOWN = 255  # label of a pixel


class CutSettings(Protocol):
    """The settings that cutting needs."""

    @property
    def size(self) -> int:
        """Side of a view in pixels."""

    @property
    def context(self) -> float:
        """Side of a view in lengths of the garment's longer side."""

    @property
    def hide_surroundings(self) -> bool:
        """Whether everything outside the garment's box is grey."""

    @property
    def jitter(self) -> float:
        """How far the edges of the box move in random views, in lengths of the garment's longer side."""


class ViewSettings(CutSettings, Protocol):
    """The settings that views need, such as a `classifier.config.ClassifierConfig`."""

    @property
    def crop(self) -> float:
        """Minimum share of the view's side that a random view shows."""

    @property
    def downscale(self) -> float:
        """Share of the random views that lose detail."""

    @property
    def truncation(self) -> float:
        """Share of the random views whose photo ends inside the garment."""


@dataclass(frozen=True)
class Cutting:
    """How crops are cut for views of a size: at the resolution of the views, with a margin for random ones.

    The plain view is the middle of a stored crop, pixel for pixel; random views that reach beyond the margin are grey
    there.

    Attributes:
        size: side of a view in pixels.
        view_context: side of a plain view in lengths of the garment's longer side.
        margin: pixels around a plain view.
        label_maps: whether label maps are cut, too.
    """

    size: int
    view_context: float
    margin: int
    label_maps: bool = False

    @classmethod
    def of(cls, settings: CutSettings, label_maps: bool = False) -> "Cutting":
        """The cutting for these settings."""
        return cls(settings.size, settings.context, _margin(settings), label_maps)

    @property
    def side(self) -> int:
        """Pixels of a stored crop."""
        return self.size + 2 * self.margin

    @property
    def map_side(self) -> int:
        """Labels across a stored label map."""
        return self.side // MAP_STRIDE

    @property
    def context(self) -> float:
        """Side of a stored crop in lengths of the garment's longer side."""
        return self.view_context * self.side / self.size

    def picture(
        self,
        pixels: np.ndarray,
        scale: float,
        region_xyxy: np.ndarray,
        label_map: np.ndarray | None,
        garment: pd.Series,
    ) -> np.ndarray:
        """(side, side, 3) uint8: a garment in its square of a photo; a subclass may show it otherwise.

        Args:
            pixels: (h, w, 3) uint8 of the photo.
            scale: these pixels to a pixel of the photo: below 1 for a huge one.
            region_xyxy: the square, in pixels of the photo.
            label_map: of the photo, if label maps are cut and it has one.
            garment: its row of the Table.
        """
        return cut(pixels, region_xyxy * scale, self.side)

    def check(self, settings: CutSettings) -> None:
        """Check that crops cut like this serve the views of these settings.

        Raises:
            ValueError: they do not.
        """
        needed = settings.size, settings.context
        if needed != (self.size, self.view_context) or _margin(settings) > self.margin:
            raise ValueError(
                f"crops cut for views of {self.size} pixels at context {self.view_context} with {self.margin} pixels"
                f" around them cannot serve {settings.size} pixels at context {settings.context} with"
                f" {_margin(settings)}: cut them with the settings they are used with"
            )


def _margin(settings: CutSettings) -> int:
    """Pixels that the largest random view, or its box where all else is hidden, reaches beyond the plain view.

    The corners of the largest and furthest moved views may lie outside.
    """
    if settings.hide_surroundings:
        reach = max(settings.context, 1 + 2 * settings.jitter)
    else:
        reach = settings.context * np.exp(2 * settings.jitter) + 2 * settings.jitter
    return max(1, int(np.ceil(settings.size * (reach / settings.context - 1) / 2)))


@dataclass(frozen=True)
class Blobs:
    """N byte strings in one memory-mapped file.

    Attributes:
        file: the file.
        spans: (N, 2) int64, start and end of each.
    """

    file: Path
    spans: np.ndarray

    @cached_property
    def _bytes(self) -> np.ndarray:
        return np.memmap(self.file, np.uint8, "r") if len(self) else np.zeros(0, np.uint8)

    def __len__(self) -> int:
        return len(self.spans)

    def __getitem__(self, index: int) -> bytes:
        start, end = self.spans[index]
        return self._bytes[start:end].tobytes()

    def keep(self, mask: np.ndarray) -> "Blobs":
        """The byte strings marked True."""
        return replace(self, spans=self.spans[mask])


@dataclass(frozen=True)
class Crops:
    """N garments cut out with their surroundings.

    Attributes:
        cutting: how they were cut.
        images: N JPEGs of `cutting.side`, a square `cutting.context` times the garment's longer side.
        label_maps: N PNGs of `cutting.map_side` with the label of every pixel, 255 where unknown; or None.
        boxes: (N, 4) float32, the garment's xyxy box in lengths of its stored square.
        places: (N, 4) float32, the box as centre x, y, width, height in lengths of the photo.
        landmarks: (N, 8, 3) float32, x and y in lengths of the stored square, and visibility.
        allowed: (N, K) float32, 1 for the categories that count as correct; a row of zeros where none is known.
        garments: the N rows of the Table the crops were cut from.
    """

    cutting: Cutting
    images: Blobs
    label_maps: Blobs | None
    boxes: np.ndarray
    places: np.ndarray
    landmarks: np.ndarray
    allowed: np.ndarray
    garments: pd.DataFrame

    def __len__(self) -> int:
        return len(self.images)

    @property
    def labels(self) -> np.ndarray:
        """(N,) the data set's own labels."""
        return self.garments["label"].to_numpy(object)

    @property
    def weights(self) -> np.ndarray:
        """(N,) float32, the trust in each label."""
        return self.garments["trust"].to_numpy(np.float32)

    def keep(self, mask: np.ndarray) -> "Crops":
        """The crops marked True."""
        arrays = {name: getattr(self, name)[mask] for name in ("boxes", "places", "landmarks", "allowed", "garments")}
        maps = self.label_maps and self.label_maps.keep(mask)
        return replace(self, images=self.images.keep(mask), label_maps=maps, **arrays)

    def with_category(self) -> "Crops":
        """The crops whose category is known, if only as one of several."""
        return self.keep(self.allowed.sum(1) > 0)
