"""The record of a network: name, settings, builder, task and predictor."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classifier.config import ClassifierConfig
from classifier.predict import CropModel
from classifier.tasks import Task

if TYPE_CHECKING:
    import keras

Builder = Callable[[ClassifierConfig, str | None, int], "keras.Model"]  # settings, backbone's weights, classes


@dataclass(frozen=True)
class Model:
    """A network by name.

    Attributes:
        name: as commands take it.
        config: its default settings.
        builder: (settings, initial weights of the backbone: 'imagenet' or None, number of classes) -> a Keras model of
            named inputs and outputs.
        task: what it learns.
        predictor: the class that runs its exported form; None for a network that only provides initial weights.
        column: the prefix of its columns in garments.csv; '' for a network that has none there.
    """

    name: str
    config: ClassifierConfig
    builder: Builder
    task: Task
    predictor: type[CropModel] | None = None
    column: str = ""

    @property
    def folder(self) -> str:
        """The name of its folder among exported models."""
        return self.name.replace("+", "_").replace("-", "_")
