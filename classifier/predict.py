"""Prediction with exported models of the second stage: category and landmarks of garments."""

from dataclasses import replace

import numpy as np

from engine.crop_model import CropModel
from garments.landmarks import LANDMARKS, OCCLUDED, VISIBLE, of_part
from garments.types import Garments, Photo

MIN_VISIBLE = 0.5  # probability from which a landmark counts as visible


class Classifier(CropModel):
    """Predicts the category of garments: adds its (N, K) probabilities and their names to `Garments.categories`.

    Attributes:
        categories: K names, in the order of the probabilities.
    """

    @property
    def categories(self) -> tuple[str, ...]:
        """K names."""
        return tuple(self.settings["categories"])

    def no_outputs(self) -> dict[str, np.ndarray]:
        """The outputs for no garment."""
        return {"category": np.zeros((0, len(self.categories)), np.float32)}

    def with_outputs(self, photo: Photo, found: Garments, outputs: dict[str, np.ndarray]) -> Garments:
        """Garments with the outputs of the network for them."""
        return replace(
            found,
            categories={**found.categories, self.name: outputs["category"]},
            category_names={**found.category_names, self.name: self.categories},
        )


class LandmarkRegressor(CropModel):
    """Predicts landmarks: `landmarks` of Garments becomes (N, 8, 3), x and y in pixels of the photo and visibility.

    Visibility is COCO's: 2 visible, 1 hidden or absent, 0 for a landmark that a garment of that part does not have.
    """

    def no_outputs(self) -> dict[str, np.ndarray]:
        """The outputs for no garment."""
        return {"points": np.zeros((0, len(LANDMARKS), 2)), "visible": np.zeros((0, len(LANDMARKS)))}

    def with_outputs(self, photo: Photo, found: Garments, outputs: dict[str, np.ndarray]) -> Garments:
        """Garments with the outputs of the network for them."""
        landmarks = np.zeros((len(found), len(LANDMARKS), 3), np.float32)
        for n, (box, part) in enumerate(zip(found.boxes_xyxy, found.parts, strict=True)):
            region = self.region(box)
            xy = region[:2] + outputs["points"][n] * (region[2] - region[0])
            xy = np.clip(xy, 0, (photo.width, photo.height))
            visibility = np.where(outputs["visible"][n] >= MIN_VISIBLE, VISIBLE, OCCLUDED)
            landmarks[n] = of_part(np.column_stack([xy, visibility]).astype(np.float32), part)
        return replace(found, landmarks=landmarks)
