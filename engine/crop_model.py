"""An exported model that looks at crops of garments: cuts them, runs in batches, adds its outputs to the garments."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np

from garments.types import Garments, Photo
from photos.crops import cut, geometry, square_around


class CropModel(ABC):
    """An exported model of crops.

    Attributes:
        name: of the model.
        settings: of its config.json.
    """

    def __init__(self, run: Callable[..., dict[str, np.ndarray]], settings: dict, batch: int = 32):
        self._run, self.settings, self._batch = run, settings, batch
        self.name = settings["name"]

    def __call__(self, photos: list[Photo], pixels: list[np.ndarray], garments: list[Garments]) -> list[Garments]:
        """The garments of each photo with the predictions of this model.

        Args:
            photos: the photos, in whose pixels the boxes are.
            pixels: of the photos, (h, w, 3) uint8, at any scale.
            garments: of the photos.
        """
        views = [
            self.view(photo, image, box)
            for photo, image, found in zip(photos, pixels, garments, strict=True)
            for box in found.boxes_xyxy
        ]
        if not views:
            return [
                self.with_outputs(photo, found, self.no_outputs())
                for photo, found in zip(photos, garments, strict=True)
            ]
        ends = np.cumsum([len(found) for found in garments])[:-1]
        each = {name: np.split(values, ends) for name, values in self.run(views).items()}
        return [
            self.with_outputs(photo, found, {name: each[name][n] for name in each})
            for n, (photo, found) in enumerate(zip(photos, garments, strict=True))
        ]

    def view(self, photo: Photo, pixels: np.ndarray, box_xyxy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The input of the network for one garment: (size, size, 3) uint8 crop, (8,) float32 geometry of the box."""
        region = self.region(box_xyxy)
        scale = pixels.shape[1] / photo.width
        inside = box_xyxy * scale if self.settings["hide_surroundings"] else None
        crop = cut(pixels, region * scale, self.settings["size"], inside)
        return crop, geometry(box_xyxy, region, (photo.width, photo.height))

    def region(self, box_xyxy: np.ndarray) -> np.ndarray:
        """(4,) the square around a box that is cut out for the network, in pixels of the photo."""
        return square_around(box_xyxy.astype(float), self.settings["context"])

    def run(self, views: list[tuple[np.ndarray, np.ndarray]]) -> dict[str, np.ndarray]:
        """{output: (N, ...) float32} of the network for N views, one or more."""
        results = []
        for start in range(0, len(views), self._batch):
            crops, places = (np.stack(column) for column in zip(*views[start : start + self._batch], strict=True))
            inputs = {"image": crops, **({"place": places} if self.settings["box_input"] else {})}
            results.append(self._run(**inputs))
        return {name: np.concatenate([result[name] for result in results]) for name in results[0]}

    @abstractmethod
    def no_outputs(self) -> dict[str, np.ndarray]:
        """The outputs for no garment."""

    @abstractmethod
    def with_outputs(self, photo: Photo, found: Garments, outputs: dict[str, np.ndarray]) -> Garments:
        """Garments with the outputs of the network for them."""
