"""Which exported models a folder holds, and how to know them again."""

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

from engine.trust import SUMS
from pipeline.journal import CannotRun

DETECTOR = "detector"
CONTRACT = ("img", "img+bbox")  # classifiers that are always there, in the order of their columns
LANDMARKS = "landmarks"  # the model that fills the columns of landmarks and has no category


class ModelFolders(NamedTuple):
    """The detector, and {name: folder} of the models of crops, those of the contract first."""

    detector: Path
    crop_models: dict[str, Path]

    @classmethod
    def find(cls, models: Path, landmarks: bool = True) -> "ModelFolders":
        """The models of a folder: detector/, img/, img_bbox/, perhaps landmarks/, and any other model of crops.

        Args:
            models: the folder; each model lies in a folder of its name, with '_' for '+'.
            landmarks: whether to use landmarks/.

        Raises:
            CannotRun: one is missing.
        """
        needed = [DETECTOR, *map(column, CONTRACT)]
        for folder in (models / name for name in needed):
            if not _is_model(folder):
                raise CannotRun(
                    f"no model in {folder}: expected a SavedModel written by an export command; "
                    "give a folder with detector/, img/ and img_bbox/ by --models"
                )
        others = [LANDMARKS] if landmarks and (models / LANDMARKS).exists() else []
        others += sorted(name for name in map(_name, models.iterdir()) if name and name not in (*CONTRACT, LANDMARKS))
        return cls(models / DETECTOR, {name: models / column(name) for name in (*CONTRACT, *others)})

    @property
    def classifiers(self) -> tuple[str, ...]:
        """The names of those that name categories."""
        return tuple(name for name in self.crop_models if name != LANDMARKS)

    def fingerprints(self) -> dict[str, str]:
        """{model: the start of a digest of its checksums}, to know it again; loading compares them with its files."""
        return {f"model {folder.name}": _digest(folder) for folder in (self.detector, *self.crop_models.values())}


def column(classifier: str) -> str:
    """The start of a classifier's columns, and the name of its folder: 'img_bbox' of 'img+bbox'."""
    return classifier.replace("+", "_")


def _name(folder: Path) -> str | None:
    """The name of the model of crops in a folder, where it is the folder's own."""
    if not _is_model(folder):
        return None
    try:
        settings = json.loads((folder / "config.json").read_bytes())
    except (OSError, ValueError):
        return None
    name = settings.get("name", "") if "box_input" in settings else ""
    return name if column(name) == folder.name else None


def _is_model(folder: Path) -> bool:
    return (folder / "saved_model.pb").exists()


def _digest(folder: Path) -> str:
    sums = folder / SUMS
    return hashlib.sha256(sums.read_bytes() if sums.exists() else b"").hexdigest()[:12]
