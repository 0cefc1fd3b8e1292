"""What each model learns: which crops, what the sampler balances, the truth, the losses, and what the best epoch is."""

import numpy as np

from classifier.config import ClassifierConfig
from classifier.data import Crops
from engine.sampling import Sampler, adjustment
from garments.landmarks import NOT_LABELLED, OF_PART, VISIBLE

UNLABELLED = 0.2  # weight of a landmark that is not labelled, as one that is not seen


class Categories:
    """`img`, `img+bbox`: one of the categories, or one of several that count as right."""

    measure, mode = "category_macro_f1", "max"

    def usable(self, crops: Crops) -> Crops:
        """The crops it can learn from."""
        return crops.with_category()

    def certain(self, crops: Crops) -> np.ndarray:
        """(N,) bool: crops fit to judge it by: their truth is sure, and one label."""
        return (crops.weights == 1) & (crops.allowed.sum(1) == 1)

    def labels(self, crops: Crops, config: ClassifierConfig) -> list[str]:
        """What it tells apart."""
        return list(config.categories)

    def kinds(self, crops: Crops) -> np.ndarray:
        """(N,) str, what the sampler balances."""
        return crops.garments["category"].to_numpy()

    def allowed(self, crops: Crops, labels: list[str]) -> np.ndarray:
        """(N, K) float32, 1 for each label that counts as right."""
        return crops.allowed

    def truth(self, crops: Crops, config: ClassifierConfig, labels: list[str]):
        """The function of (index, view) -> ({output: truth}, {output: weight}) in graph operations."""
        import tensorflow as tf

        right, weights = tf.constant(self.allowed(crops, labels)), tf.constant(crops.weights)

        def of(index, view):
            truth = {"category": right[index]}
            if config.box_weight:
                truth["box"] = view["box"]
            if config.pixel_weight:
                truth["pixels"] = view["pixels"]
            return truth, {output: weights[index] if output == "category" else tf.ones([]) for output in truth}

        return of

    def losses(self, config: ClassifierConfig, prior: list[float] | None) -> dict:
        """{output: (loss, its weight)}, of which a model takes those of the outputs it has."""
        import keras

        from classifier.pretrain import PixelCrossentropy
        from engine.losses import PartialCrossentropy

        return {
            "category": (PartialCrossentropy(config.label_smoothing, prior), 1.0),
            "box": (keras.losses.MeanAbsoluteError(), config.box_weight),
            "pixels": (PixelCrossentropy(), config.pixel_weight),
        }

    def metrics(self) -> dict:
        """{output: metrics}."""
        import keras

        from engine.losses import top1

        return {"category": [top1, keras.metrics.F1Score("macro", name="macro_f1")]}

    def prior(self, crops: Crops, config: ClassifierConfig, sampler: Sampler, labels: list[str]) -> list[float] | None:
        """Of a logit-adjusted loss, see `sampling.adjustment`."""
        return adjustment(self.allowed(crops, labels)[sampler.order(0)], config.logit_adjustment)


class Labels(Categories):
    """`pretrain`: the data sets' own labels, which are finer than the categories."""

    def usable(self, crops: Crops) -> Crops:
        """All."""
        return crops

    def certain(self, crops: Crops) -> np.ndarray:
        """As of Categories; every label is one."""
        return crops.weights == 1

    def labels(self, crops: Crops, config: ClassifierConfig) -> list[str]:
        """The labels of these crops."""
        return sorted(set(crops.labels))

    def kinds(self, crops: Crops) -> np.ndarray:
        """The labels."""
        return crops.labels

    def allowed(self, crops: Crops, labels: list[str]) -> np.ndarray:
        """The label and no other."""
        return (crops.labels[:, None] == np.array(labels, object)).astype("float32")


class Landmarks(Categories):
    """`landmarks`: where the eight landmarks lie, and which of them are seen."""

    measure, mode = "points_distance", "min"

    def usable(self, crops: Crops) -> Crops:
        """Crops with a labelled landmark."""
        return crops.keep((crops.landmarks[..., 2] > NOT_LABELLED).any(1))

    def certain(self, crops: Crops) -> np.ndarray:
        """Crops with true boxes."""
        return crops.weights == 1

    def labels(self, crops: Crops, config: ClassifierConfig) -> list[str]:
        """None; `reports.landmarks` names a lazy regressor."""
        return []

    def kinds(self, crops: Crops) -> np.ndarray:
        """The parts."""
        return crops.garments["part"].to_numpy()

    def truth(self, crops: Crops, config: ClassifierConfig, labels: list[str]):
        """Points as x, y, visibility in lengths of the view; visible as (seen, weight)."""
        import tensorflow as tf

        of_part = np.zeros((len(crops), crops.landmarks.shape[1]), np.float32)
        for row, part in zip(of_part, crops.garments["part"], strict=True):
            row[list(OF_PART.get(part, ()))] = 1
        possible = tf.constant(of_part)

        def of(index, view):
            points = view["landmarks"]
            seen = tf.cast(points[:, 2] == VISIBLE, tf.float32)
            counts = tf.where(points[:, 2] > NOT_LABELLED, 1.0, UNLABELLED) * possible[index]
            truth = {"points": points, "visible": tf.stack([seen, counts], -1)}
            return truth, {output: tf.ones([]) for output in truth}

        return of

    def losses(self, config: ClassifierConfig, prior=None) -> dict:
        """Distances count ten times, as they are lengths of the crop."""
        from classifier.landmarks import PointError, VisibleCrossentropy

        return {"points": (PointError(), 10.0), "visible": (VisibleCrossentropy(), 1.0)}

    def metrics(self) -> dict:
        """The distance of points in lengths of the crop."""
        from classifier.landmarks import distance

        return {"points": [distance]}

    def prior(self, *args) -> None:
        """None."""
        return None


TASKS = {
    "img": Categories(),
    "img+bbox": Categories(),
    "pretrain": Labels(),
    "landmarks": Landmarks(),
}
