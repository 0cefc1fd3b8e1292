"""Garments compared by an exported Match R-CNN."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.checksums import ModelError
from garments.types import Garments, Photo
from retriever.match.config import NAME
from retriever.match.features import network_inputs
from retriever.match.scores import match_factors


class Match:
    """An exported Match R-CNN: adds to garments their `embeddings`, (N, D) float32, which `comparable` compares."""

    name = NAME

    def __init__(self, run: Callable[..., dict[str, np.ndarray]], settings: dict):
        """Args: run: of `engine.load.load`; settings: of config.json."""
        self._run, self.settings = run, settings
        self.numbers: int = settings["numbers"]

    def __call__(self, photos: list[Photo], pixels: list[np.ndarray], garments: list[Garments]) -> list[Garments]:
        """The garments of each photo with their embeddings; arguments as of `engine.crop_model.CropModel`."""
        inputs = network_inputs(photos, pixels, garments, tuple(self.settings["input_size"]))
        vectors = np.zeros((0, self.numbers), np.float32)
        if len(inputs["boxes"]):
            vectors = self._run(**inputs)["embedding"]
        parts = np.split(vectors, np.cumsum([len(found) for found in garments])[:-1])
        return [replace(found, embeddings=part) for found, part in zip(garments, parts, strict=True)]

    def comparable(self, queries: np.ndarray, gallery: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(Q, E) and (G, E) factors of the logits of matches, of (Q, D) and (G, D) embeddings; see `match_factors`."""
        return match_factors(queries, gallery, np.array(self.settings["weights"]), self.settings["bias"])


def load(path: Path) -> Match:
    """The model that `python -m retriever.export` wrote of a Match R-CNN.

    Raises:
        FileNotFoundError: there is none at `path`.
        ModelError: it has changed since its export, or is another model.
    """
    from engine.load import load

    run = load(path)
    if run.settings["name"] != NAME:
        raise ModelError(f"{path}: expected a {NAME} model, got {run.settings['name']!r}")
    return Match(run, run.settings)
