"""Embeddings of garments by an exported embedder."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.checksums import ModelError
from engine.crop_model import CropModel
from garments.models_path import find_models
from garments.types import Garments, Photo

FOLDER = NAME = "embedder"  # among the exported models; in its config.json


class Embedder(CropModel):
    """Adds to garments their `embeddings`, (N, D) float32 of unit length: alike garments lie close."""

    @property
    def numbers(self) -> int:
        """D."""
        return self.settings["numbers"]

    def comparable(self, queries: np.ndarray, gallery: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(Q, D) and (G, D) embeddings so that products of theirs rank: as they are, for the cosine."""
        return queries, gallery

    def no_outputs(self) -> dict[str, np.ndarray]:
        """The outputs for no garment."""
        return {"embedding": np.zeros((0, self.numbers), np.float32)}

    def with_outputs(self, photo: Photo, found: Garments, outputs: dict[str, np.ndarray]) -> Garments:
        """Garments with the outputs of the network for them."""
        return replace(found, embeddings=outputs["embedding"])


def load(path: Path) -> Embedder:
    """The embedder that `python -m retriever.export` wrote.

    Raises:
        FileNotFoundError: there is none at `path`.
        ModelError: it has changed since its export, or is another model.
    """
    from engine.load import load

    run = load(path)
    if run.settings["name"] != NAME:
        got = run.settings["name"]
        raise ModelError(f"{path}: expected an {NAME}, got {got!r}: only `retriever.evaluate` takes a Match R-CNN")
    return Embedder(run, run.settings)


def embedder_folder(given: Path | None) -> Path:
    """The given folder of an exported embedder, else embedder/ among the models of the pipeline."""
    return given or find_models() / FOLDER
