"""Naming the category of garments with an exported classifier."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from garments.crops import cut, geometry, square_around
from garments.types import Garments, Photo


class Classifier:
    """An exported classifier, loaded once.

    Attributes:
        name: 'img' or 'img+bbox'.
        categories: K names, in the order of the probabilities.
    """

    def __init__(self, run, settings: dict, batch: int = 32):
        self._run, self._settings, self._batch = run, settings, batch
        self.name, self.categories = settings["name"], tuple(settings["categories"])

    @classmethod
    def load(cls, path: Path) -> "Classifier":
        """Load the SavedModel that `python -m classifier.export` wrote.

        Raises:
            FileNotFoundError: there is none at `path`.
        """
        from graphs.frozen import load

        run = load(path)
        return cls(run, json.loads((Path(path) / "config.json").read_text()))

    def __call__(self, photos: list[Photo], pixels: list[np.ndarray], garments: list[Garments]) -> list[Garments]:
        """The garments of each photo with this classifier's (N, K) probabilities added to `categories`.

        Args:
            photos: to whose sizes the boxes belong.
            pixels: of the photos, (h, w, 3) uint8, at any scale.
            garments: of the photos.
        """
        views = [
            self.view(photo, image, box)
            for photo, image, found in zip(photos, pixels, garments, strict=True)
            for box in found.boxes_xyxy
        ]
        probabilities = self.classify(views)
        ends = np.cumsum([len(found) for found in garments])
        each = np.split(probabilities, ends[:-1]) if garments else []
        return [
            replace(found, categories={**found.categories, self.name: p})
            for found, p in zip(garments, each, strict=True)
        ]

    def view(self, photo: Photo, pixels: np.ndarray, box_xyxy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What the network sees of one garment: (size, size, 3) uint8 crop, (8,) float32 geometry of the box."""
        region = square_around(box_xyxy.astype(float), self._settings["context"])
        scale = pixels.shape[1] / photo.width
        inside = box_xyxy * scale if self._settings["hide_surroundings"] else None
        crop = cut(pixels, region * scale, self._settings["size"], inside)
        return crop, geometry(box_xyxy, region, (photo.width, photo.height))

    def classify(self, views: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
        """(N, K) float32 probabilities of N views."""
        results = [np.zeros((0, len(self.categories)), np.float32)]
        for start in range(0, len(views), self._batch):
            crops, places = (np.stack(column) for column in zip(*views[start : start + self._batch], strict=True))
            inputs = {"image": crops, **({"place": places} if self._settings["box_input"] else {})}
            results.append(self._run(**inputs)["category"])
        return np.concatenate(results)
