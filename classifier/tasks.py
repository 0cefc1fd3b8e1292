"""What a model learns: from which crops, what the sampler balances, the truth, the losses, what the best epoch is."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import numpy as np

from classifier.config import ClassifierConfig
from engine.crops import UNKNOWN, Crops
from garments.landmarks import NOT_LABELLED, OF_PART, VISIBLE

if TYPE_CHECKING:
    import tensorflow as tf

UNLABELLED = 0.2  # weight of a landmark that is not labelled, as one that is not visible
# (index, view) -> ({output: truth}, {output: sample weight}), in graph operations
Truth = Callable[["tf.Tensor", dict[str, "tf.Tensor"]], tuple[dict[str, "tf.Tensor"], dict[str, "tf.Tensor"]]]


class Task(Protocol):
    """What a model learns. Classes are what its output `category` tells apart; a task without that output has none.

    Attributes:
        measure: '<output>_<metric>' that chooses the best epoch on held-out crops.
        mode: 'max' or 'min', which of it is best.
    """

    measure: str
    mode: str

    def usable(self, crops: Crops) -> Crops:
        """The crops it can learn from."""
        ...

    def judgeable(self, crops: Crops) -> np.ndarray:
        """(N,) bool: crops fit to judge it by: their truth is sure, and one class."""
        ...

    def classes(self, crops: Crops, config: ClassifierConfig) -> list[str]:
        """The K names of what it tells apart."""
        ...

    def strata(self, crops: Crops) -> np.ndarray:
        """(N,) str, what the sampler balances."""
        ...

    def allowed(self, crops: Crops, classes: list[str]) -> np.ndarray:
        """(N, K) float32, 1 for each class that counts as right."""
        ...

    def truth(self, crops: Crops, config: ClassifierConfig, classes: list[str]) -> Truth:
        """The function of (index, view) -> ({output: truth}, {output: sample weight}) in graph operations."""
        ...

    def losses(self, config: ClassifierConfig, prior: list[float] | None) -> dict:
        """{output: (loss, its weight)}, of which a model takes those of the outputs it has."""
        ...

    def metrics(self) -> dict:
        """{output: metrics}."""
        ...


def class_losses(config: ClassifierConfig, prior: list[float] | None) -> dict:
    """Of the outputs category, box and pixels."""
    import keras

    from engine.losses import PartialCrossentropy, PixelCrossentropy

    return {
        "category": (PartialCrossentropy(config.label_smoothing, prior), 1.0),
        "box": (keras.losses.MeanAbsoluteError(), config.box_weight),
        "pixels": (PixelCrossentropy(reduction="mean_with_sample_weight"), config.pixel_weight),
    }


def class_metrics() -> dict:
    """Top 1 and macro-F1."""
    import keras

    from engine.losses import top1

    return {"category": [top1, keras.metrics.F1Score("macro", name="macro_f1")]}


class Categories:
    """`img`, `img+bbox`: one of the categories, or one of several that count as right."""

    measure, mode = "category_macro_f1", "max"
    losses = staticmethod(class_losses)
    metrics = staticmethod(class_metrics)

    def usable(self, crops: Crops) -> Crops:
        """Crops whose category is known."""
        return crops.with_category()

    def judgeable(self, crops: Crops) -> np.ndarray:
        """Crops with a sure box and one category."""
        return (crops.weights == 1) & (crops.allowed.sum(1) == 1)

    def classes(self, crops: Crops, config: ClassifierConfig) -> list[str]:
        """The categories of the settings."""
        return list(config.categories)

    def strata(self, crops: Crops) -> np.ndarray:
        """The categories as the data says them, 'a' or 'a|b', of each data set."""
        return crops.garments["dataset"].str.cat(crops.garments["category"], " ").str.strip().to_numpy()

    def allowed(self, crops: Crops, classes: list[str]) -> np.ndarray:
        """The categories that count as right."""
        return crops.allowed

    def truth(self, crops: Crops, config: ClassifierConfig, classes: list[str]) -> Truth:
        """Of category, and of the box and the pixels where the model learns them."""
        return _class_truth(self.allowed(crops, classes), crops.weights, config)


class Labels:
    """`pretrain`: the data sets' own labels, which are finer than the categories."""

    measure, mode = "category_macro_f1", "max"
    losses = staticmethod(class_losses)
    metrics = staticmethod(class_metrics)

    def usable(self, crops: Crops) -> Crops:
        """All."""
        return crops

    def judgeable(self, crops: Crops) -> np.ndarray:
        """Crops with a sure box."""
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
        """Of category, which is the label here, and of the pixels."""
        return _class_truth(self.allowed(crops, classes), crops.weights, config)


class Landmarks:
    """`landmarks`: where the eight landmarks lie, and which of them are visible."""

    measure, mode = "points_distance", "min"

    def usable(self, crops: Crops) -> Crops:
        """Crops with a labelled landmark."""
        return crops.keep(crops.landmarks[..., 2].max(1) > NOT_LABELLED)

    def judgeable(self, crops: Crops) -> np.ndarray:
        """Crops with a sure box."""
        return crops.weights == 1

    def classes(self, crops: Crops, config: ClassifierConfig) -> list[str]:
        """None; `reports.landmarks` says whether a regressor has collapsed."""
        return []

    def strata(self, crops: Crops) -> np.ndarray:
        """The parts."""
        return crops.garments["part"].to_numpy()

    def allowed(self, crops: Crops, classes: list[str]) -> np.ndarray:
        """(N, 0): there are no classes."""
        return np.zeros((len(crops), 0), np.float32)

    def truth(self, crops: Crops, config: ClassifierConfig, classes: list[str]) -> Truth:
        """Points as x, y, visibility in lengths of the view; visible as (1 where it is, weight)."""
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
        """Distances count ten times, as they are lengths of the crop."""
        from engine.losses import PointError, VisibleCrossentropy

        return {
            "points": (PointError(reduction="mean_with_sample_weight"), 10.0),
            "visible": (VisibleCrossentropy(reduction="mean_with_sample_weight"), 1.0),
        }

    def metrics(self) -> dict:
        """The distance of points in lengths of the crop."""
        from engine.losses import distance

        return {"points": [distance]}


def _class_truth(allowed: np.ndarray, weights: np.ndarray, config: ClassifierConfig) -> Truth:
    """Of category, weighted by the trust in it; of the box; of the pixels, where any is known."""
    import tensorflow as tf

    right, trust = tf.constant(allowed), tf.constant(weights)

    def of(index: tf.Tensor, view: dict[str, tf.Tensor]) -> tuple[dict[str, tf.Tensor], dict[str, tf.Tensor]]:
        truth, counts = {"category": right[index]}, {"category": trust[index]}
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
