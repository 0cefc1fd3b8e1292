"""Photos in, their garments with embeddings out: the pipeline with an embedder as one more model of stage 2."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import pandas as pd

import garments
from engine.checksums import fingerprint
from garments.types import BOX_COLUMNS
from retriever.predict import FOLDER, Embedder, embedder_folder, load

COLUMNS = ["photo", "garment", "part", "score", "category", "colour", *BOX_COLUMNS]


class Stages(Protocol):
    """What is used of the pipeline that `garments.load` returns, whose room this one may not import."""

    crop_models: list

    def __call__(self, photos: list[str]) -> list[Any]:
        """A `Found` for each photo."""


class Described(NamedTuple):
    """What was found in some photos.

    Attributes:
        garments: a row a garment, with COLUMNS.
        embeddings: (N, D) float32 of unit length.
        problems: {photo: reason and remedy} of those that cannot be read.
    """

    garments: pd.DataFrame
    embeddings: np.ndarray
    problems: dict[str, str]


class Finder:
    """The pipeline and an embedder, loaded once.

    Attributes:
        model: fingerprint of the embedder.
        numbers: of an embedding.
    """

    def __init__(self, pipeline: Stages, embedder: Embedder, model: str):
        """Args: pipeline: gets the embedder as its last model; embedder: see there; model: its fingerprint."""
        self._pipeline, self.model, self.numbers = pipeline, model, embedder.numbers
        pipeline.crop_models.append(embedder)

    @classmethod
    def load(cls, models: Path | None = None, embedder: Path | None = None) -> "Finder":
        """Load the models.

        Args:
            models: folder of the pipeline's; by default as `garments.load` finds it.
            embedder: folder of the embedder; by default embedder/ there.

        Raises:
            FileNotFoundError: a model is missing.
        """
        folder = embedder or (models / FOLDER if models else embedder_folder(None))
        model = load(folder)  # before the others, which take longer, in case it is missing
        return cls(garments.load(models, landmarks=False), model, fingerprint(folder))

    def __call__(self, paths: Sequence[Path], names: Sequence[str]) -> Described:
        """The garments of photos.

        Args:
            paths: of the photos.
            names: what they are called in the result.
        """
        found = self._pipeline([str(path) for path in paths])
        frames, embeddings, problems = [], [np.zeros((0, self.numbers), np.float32)], {}
        for name, photo in zip(names, found, strict=True):
            if photo.error:
                problems[name] = f"{photo.error.reason}; {photo.error.remedy}"
                continue
            frames.append(photo.to_frame().rename(columns={"part_score": "score"}).assign(photo=name))
            embeddings.append(photo.embeddings if photo.embeddings is not None else embeddings[0])
        rows = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COLUMNS)
        rows = rows.reindex(columns=COLUMNS).fillna({"colour": ""})
        return Described(rows, np.concatenate(embeddings), problems)
