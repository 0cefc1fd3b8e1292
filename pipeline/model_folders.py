"""Finds the exported models of a folder, and their fingerprints."""

import json
from pathlib import Path
from typing import NamedTuple

from classifier.models import MODELS
from engine.checksums import fingerprint
from pipeline.journal import CannotRun

DETECTOR, SEGMENTER = "detector", "segmenter"
PREFERRED = ("img+bbox-lite", "img+bbox")  # the first that is there gives the pipeline's answer
CONTRACT = ("img", "img+bbox")  # classifiers that are required, in the order of their columns


class ModelFolders(NamedTuple):
    """The detector, {name: folder} of the crop models, those of the contract first, and the segmenter, if used."""

    detector: Path
    crop_models: dict[str, Path]
    segmenter: Path | None = None

    @classmethod
    def find(cls, models: Path, landmarks: bool = True, segment: bool = False) -> "ModelFolders":
        """The models of a folder: detector/, img/, img_bbox/ and any other of `classifier.models.MODELS`.

        Args:
            models: the folder; MODELS names the folder of each model.
            landmarks: whether to use models that predict landmarks.
            segment: whether to use segmenter/.

        Raises:
            CannotRun: one is missing.
        """
        for folder in (models / name for name in (DETECTOR, *(MODELS[name].folder for name in CONTRACT))):
            if not _is_model(folder):
                raise CannotRun(
                    f"no model in {folder}: expected a SavedModel written by an export command; "
                    "give a folder with detector/, img/ and img_bbox/ by --models"
                )
        if segment and not _is_model(models / SEGMENTER):
            raise CannotRun(
                f"no model in {models / SEGMENTER}: --segment needs what python -m segmenter.export writes; "
                "leave it out, or give a folder with segmenter/ by --models"
            )
        there = {n: models / m.folder for n, m in MODELS.items() if m.predictor and _is_model(models / m.folder)}
        order = sorted(there, key=lambda name: (name not in CONTRACT, not MODELS[name].column))
        crop_models = {name: there[name] for name in order if landmarks or MODELS[name].column}
        return cls(models / DETECTOR, crop_models, models / SEGMENTER if segment else None)

    @property
    def classifiers(self) -> tuple[str, ...]:
        """The names of the models that predict categories."""
        return tuple(name for name in self.crop_models if MODELS[name].column)

    def answering(self, classifier: str | None = None) -> str:
        """The classifier whose category is the pipeline's answer: the given one, else the first of PREFERRED.

        Raises:
            CannotRun: there is no classifier of that name.
        """
        chosen = classifier or next(name for name in PREFERRED if name in self.classifiers)
        if chosen not in self.classifiers:
            known = ", ".join(self.classifiers)
            raise CannotRun(f"no classifier {chosen!r} in {self.detector.parent}; --classifier is one of {known}")
        return chosen

    def has_masks(self) -> bool:
        """Whether the detector predicts masks."""
        config = self.detector / "config.json"
        return config.exists() and json.loads(config.read_text(encoding="utf-8")).get("masks", False)

    def fingerprints(self) -> dict[str, str]:
        """{model: short digest of its checksums}; loading verifies the checksums."""
        folders = filter(None, (self.detector, *self.crop_models.values(), self.segmenter))
        return {f"model {folder.name}": fingerprint(folder) for folder in folders}


def column(classifier: str) -> str:
    """The prefix of a classifier's columns: 'img_bbox' for 'img+bbox'."""
    return MODELS[classifier].column


def _is_model(folder: Path) -> bool:
    return (folder / "saved_model.pb").exists()
