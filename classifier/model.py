"""What a network of this room is, in one record: everything that is said about it is said there."""

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
        config: the settings it is trained with, unless others are given.
        builder: (settings, first weights of the backbone: 'imagenet' or None, number of classes) -> a Keras model of
            named inputs and outputs.
        task: what it learns.
        predictor: how its exported form reads a crop and says what it sees; None for a network that is only trained
            to start others.
        column: the start of its columns in garments.csv; '' for one whose category is not written there.
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
