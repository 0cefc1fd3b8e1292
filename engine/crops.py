"""Garments cut out with their surroundings, as a training holds them."""

from dataclasses import dataclass

import numpy as np

STORED_SIDE = 288  # pixels of a stored crop
STORED_CONTEXT = 1.8  # lengths of the garment's longer side; views are cut out of it
MAP_STRIDE = 4  # stored pixels to a stored label


@dataclass(frozen=True)
class Crops:
    """N garments cut out with their surroundings.

    Attributes:
        images: N JPEGs of STORED_SIDE, a square STORED_CONTEXT times the garment's longer side.
        label_maps: N PNGs of STORED_SIDE / MAP_STRIDE with the label of every pixel, 255 where unknown.
        boxes: (N, 4) float32, the garment's xyxy box in lengths of its stored square.
        places: (N, 4) float32, the box as centre x, y, width, height in lengths of the photo.
        landmarks: (N, 8, 3) float32, x and y in lengths of the stored square, and visibility.
        allowed: (N, K) float32, 1 for the categories that count as right; a row of zeros where none is known.
        labels: (N,) the data set's own labels.
        weights: (N,) float32, the trust in the label.
        garments: the rows of the Table the crops were cut from.
    """

    images: np.ndarray
    label_maps: np.ndarray
    boxes: np.ndarray
    places: np.ndarray
    landmarks: np.ndarray
    allowed: np.ndarray
    labels: np.ndarray
    weights: np.ndarray
    garments: object

    def __len__(self) -> int:
        return len(self.images)

    def keep(self, mask: np.ndarray) -> "Crops":
        """The crops marked True."""
        return Crops(*(getattr(self, name)[mask] for name in self.__dataclass_fields__))

    def with_category(self) -> "Crops":
        """The crops whose category is known, at least as one of several."""
        return self.keep(self.allowed.any(1))
