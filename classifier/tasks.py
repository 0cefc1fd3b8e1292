"""What a model learns: its crops, the strata of the sampler, the truth, the losses, the choice of the best epoch."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import numpy as np

from classifier.config import ClassifierConfig
from classifier.teacher import is_taught, soft_labels
from engine.crops import UNKNOWN, Crops
from garments.landmarks import NOT_LABELLED, OF_PART, VISIBLE

if TYPE_CHECKING:
    import tensorflow as tf

UNLABELLED = 0.2  # weight of a landmark that is not labelled, as one that is not visible
# (index, view) -> ({output: truth}, {output: sample weight}), in graph operations
Truth = Callable[["tf.Tensor", dict[str, "tf.Tensor"]], tuple[dict[str, "tf.Tensor"], dict[str, "tf.Tensor"]]]


class Task(Protocol):
    """What a model learns. Classes are those of its output `category`; a task without that output has none.

    Attributes:
        measure: '<output>_<metric>' that chooses the best epoch on held-out crops.
        mode: 'max' or 'min', which value is best.
    """

    measure: str
    mode: str

    def usable(self, crops: Crops) -> Crops:
        """The crops it can learn from."""
        ...

    def for_validation(self, crops: Crops) -> np.ndarray:
        """(N,) bool: the crops to validate on: their label is trusted, and one class."""
        ...

    def classes(self, crops: Crops, config: ClassifierConfig) -> list[str]:
        """The names of the K classes."""
        ...

    def strata(self, crops: Crops) -> np.ndarray:
        """(N,) str, what the sampler balances."""
        ...

    def allowed(self, crops: Crops, classes: list[str]) -> np.ndarray:
        """(N, K) float32, 1 for each class that counts as correct."""
        ...

    def truth(self, crops: Crops, config: ClassifierConfig, classes: list[str]) -> Truth:
        """The function of (index, view) -> ({output: truth}, {output: sample weight}) in graph operations."""
        ...

    def losses(self, config: ClassifierConfig, prior: list[float] | None) -> dict:
        """{output: (loss, its weight)}; a model uses those of its outputs."""
        ...

    def metrics(self) -> dict:
        """{output: metrics}."""
        ...


def class_losses(config: ClassifierConfig, prior: list[float] | None) -> dict:
    """The losses of the outputs category, soft, box and pixels."""
    import keras

    from engine.losses import PartialCrossentropy, PixelCrossentropy

    return {
        "category": (PartialCrossentropy(config.label_smoothing, prior), 1 - config.teacher_weight),
        "soft": (keras.losses.KLDivergence(reduction="mean_with_sample_weight"), config.teacher_weight),
        "box": (keras.losses.MeanAbsoluteError(), config.box_weight),
        "pixels": (PixelCrossentropy(reduction="mean_with_sample_weight"), config.pixel_weight),
    }


def class_metrics() -> dict:
    """Top 1 and macro-F1."""
    import keras

    from engine.losses import top1

    return {"category": [top1, keras.metrics.F1Score("macro", name="macro_f1")]}


class Categories:
    """`img`, `img+bbox`: one of the categories, or one of several that count as correct."""

    measure, mode = "category_macro_f1", "max"
    losses = staticmethod(class_losses)
    metrics = staticmethod(class_metrics)

    def usable(self, crops: Crops) -> Crops:
        """Crops whose category is known, and those that a teacher saw."""
        return crops.keep((crops.allowed.sum(1) > 0) | is_taught(crops))

    def for_validation(self, crops: Crops) -> np.ndarray:
        """Crops with a trusted label of one category."""
        return (crops.weights == 1) & (crops.allowed.sum(1) == 1)

    def classes(self, crops: Crops, config: ClassifierConfig) -> list[str]:
        """The categories of the settings."""
        return list(config.categories)

    def strata(self, crops: Crops) -> np.ndarray:
        """The categories as labelled, 'a' or 'a|b', of each data set."""
        return crops.garments["dataset"].str.cat(crops.garments["category"], " ").str.strip().to_numpy()

    def allowed(self, crops: Crops, classes: list[str]) -> np.ndarray:
        """The categories that count as correct."""
        return crops.allowed

    def truth(self, crops: Crops, config: ClassifierConfig, classes: list[str]) -> Truth:
        """The truth of category, and of the teacher, the box and the pixels where the model learns them."""
        return _class_truth(crops, self.allowed(crops, classes), config)


class Labels:
    """`pretrain`: the data sets' own labels, which are finer than the categories."""

    measure, mode = "category_macro_f1", "max"
    losses = staticmethod(class_losses)
    metrics = staticmethod(class_metrics)

    def usable(self, crops: Crops) -> Crops:
        """All crops."""
        return crops

    def for_validation(self, crops: Crops) -> np.ndarray:
        """Crops with a trusted label."""
        return crops.weights == 1

    def classes(self, crops: Crops, config: ClassifierConfig) -> list[str]:
        """The labels of these crops."""
        return sorted(set(crops.labels))

    def strata(self, crops: Crops) -> np.ndarray:
        """The labels."""
        return crops.labels

    def allowed(self, crops: Crops, classes: list[str]) -> np.ndarray:
        """The label and no other."""
        return (crops.labels[:, None] == np.array(classes, object)).astype("float32")

    def truth(self, crops: Crops, config: ClassifierConfig, classes: list[str]) -> Truth:
        """The truth of category, which is the label here, and of the pixels."""
        return _class_truth(crops, self.allowed(crops, classes), config)


class Landmarks:
    """`landmarks`: the positions of the eight landmarks, and which of them are visible."""

    measure, mode = "points_distance", "min"

    def usable(self, crops: Crops) -> Crops:
        """Crops with a labelled landmark."""
        return crops.keep(crops.landmarks[..., 2].max(1) > NOT_LABELLED)

    def for_validation(self, crops: Crops) -> np.ndarray:
        """Crops with a trusted label."""
        return crops.weights == 1

    def classes(self, crops: Crops, config: ClassifierConfig) -> list[str]:
        """None; `reports.landmarks` reports whether a regressor has collapsed."""
        return []

    def strata(self, crops: Crops) -> np.ndarray:
        """The parts."""
        return crops.garments["part"].to_numpy()

    def allowed(self, crops: Crops, classes: list[str]) -> np.ndarray:
        """(N, 0): there are no classes."""
        return np.zeros((len(crops), 0), np.float32)

    def truth(self, crops: Crops, config: ClassifierConfig, classes: list[str]) -> Truth:
        """Points as x, y, visibility in lengths of the view; visible as (1 or 0, weight)."""
        import tensorflow as tf

        of_part = np.zeros((len(crops), crops.landmarks.shape[1]), np.float32)
        for row, part in zip(of_part, crops.garments["part"], strict=True):
            row[list(OF_PART.get(part, ()))] = 1
        possible = tf.constant(of_part)

        def of(index: tf.Tensor, view: dict[str, tf.Tensor]) -> tuple[dict[str, tf.Tensor], dict[str, tf.Tensor]]:
            points = view["landmarks"]
            visible = tf.cast(points[:, 2] == VISIBLE, tf.float32)
            counts = tf.where(points[:, 2] > NOT_LABELLED, 1.0, UNLABELLED) * possible[index]
            truth = {"points": points, "visible": tf.stack([visible, counts], -1)}
            return truth, {"points": _any(points[:, 2] > NOT_LABELLED), "visible": _any(counts > 0)}

        return of

    def losses(self, config: ClassifierConfig, prior: list[float] | None) -> dict:
        """Distances have weight 10, as they are in lengths of the crop."""
        from engine.losses import PointError, VisibleCrossentropy

        return {
            "points": (PointError(reduction="mean_with_sample_weight"), 10.0),
            "visible": (VisibleCrossentropy(reduction="mean_with_sample_weight"), 1.0),
        }

    def metrics(self) -> dict:
        """The mean distance of points in lengths of the crop."""
        from engine.losses import distance

        return {"points": [distance]}


def _class_truth(crops: Crops, allowed: np.ndarray, config: ClassifierConfig) -> Truth:
    """The truth of category, weighted by the trust in the label; of the teacher; of the box; of the labelled pixels."""
    import tensorflow as tf

    right, trust = tf.constant(allowed), tf.constant(crops.weights * allowed.any(1))
    taught = tf.constant(soft_labels(crops, config.categories)) if config.teacher_weight else None

    def of(index: tf.Tensor, view: dict[str, tf.Tensor]) -> tuple[dict[str, tf.Tensor], dict[str, tf.Tensor]]:
        truth, counts = {"category": right[index]}, {"category": trust[index]}
        if taught is not None:
            truth["soft"], counts["soft"] = taught[index], _any(taught[index] > 0)
        if config.box_weight:
            truth["box"], counts["box"] = view["box"], tf.ones([])
        if config.pixel_weight:
            truth["pixels"], counts["pixels"] = view["pixels"], _any(view["pixels"] < UNKNOWN)
        return truth, counts

    return of


def _any(condition: "tf.Tensor") -> "tf.Tensor":
    """1.0 where any is true, else 0.0."""
    import tensorflow as tf

    return tf.cast(tf.reduce_any(condition), tf.float32)
