"""Compatibility of two garments: the cosine of their embeddings, projected by part, weighted by the pair of parts.

After Vasileva et al.: Learning Type-Aware Embeddings for Fashion Compatibility, ECCV 2018, section 3, with one
projection a part besides, as a top is to go with a skirt and not to look like it. Trained by a softmax over the
garments of the same kind in the batch in place of triplets.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.checksums import ModelError, seal, verified_files
from garments.vocabulary import PARTS
from recommender.config import CompatibilityConfig
from recommender.outfits import Wardrobe

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

NAME, FILE = "compatibility", "weights.npz"
PAIRS = len(PARTS) ** 2
SMALLEST = 1e-12


@dataclass(frozen=True)
class Compatibility:
    """A trained model.

    Attributes:
        projections: (M, parts, D, R) float32, of M models.
        weights: (M, parts, parts, R) float32, above 0, of the numbers of each pair of parts.
        usual: (parts, D) float32, the mean embedding of the garments of each part that it was trained on.
        embedder: fingerprint of the embedder whose embeddings it takes.
    """

    projections: np.ndarray
    weights: np.ndarray
    usual: np.ndarray
    embedder: str = ""

    def scores(self, a: np.ndarray, parts_a: np.ndarray, b: np.ndarray, parts_b: np.ndarray) -> np.ndarray:
        """(A, B) how well garments go together, -1 to 1; 0 where a part is not known.

        Args:
            a: (A, D) embeddings.
            parts_a: (A,) places in PARTS, -1 for none.
            b: (B, D) embeddings.
            parts_b: (B,) as parts_a.
        """
        total = np.zeros((len(a), len(b)))
        for projection, weights in zip(self.projections, self.weights, strict=True):
            left, right = _projected(a, parts_a, projection), _projected(b, parts_b, projection)
            w = weights[parts_a[:, None], parts_b[None]]
            dot = (w * left[:, None] * right[None]).sum(-1)
            lengths = (w * left[:, None] ** 2).sum(-1) * (w * right[None] ** 2).sum(-1)
            total += dot / np.sqrt(np.maximum(lengths, SMALLEST))
        known = (parts_a >= 0)[:, None] & (parts_b >= 0)[None]
        return np.where(known, total / len(self.projections), 0.0)

    def in_pair(self, vectors: np.ndarray, part: int, other: int) -> np.ndarray:
        """(N, M * R) float32: garments of a part where their product with those of the other part is the score.

        Args:
            vectors: (N, D) embeddings of the garments.
            part: its place in PARTS.
            other: that of the part of the garments they are to go with.
        """
        own = [vectors @ p[part] * np.sqrt(w[part, other]) for p, w in zip(self.projections, self.weights, strict=True)]
        unit = [rows / np.sqrt(np.maximum((rows**2).sum(-1, keepdims=True), SMALLEST)) for rows in own]
        return (np.concatenate(unit, 1) / np.sqrt(len(unit))).astype(np.float32)

    def popularity(self, vectors: np.ndarray, parts: np.ndarray) -> np.ndarray:
        """(N,) how near garments are to the usual one of their part: a baseline that ignores what is worn."""
        return np.where(parts >= 0, (vectors * self.usual[parts]).sum(-1), 0.0)

    def save(self, folder: Path, settings: dict) -> None:
        """Write the model, its settings and checksums."""
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(folder / FILE, projections=self.projections, weights=self.weights, usual=self.usual)
        known = {"name": NAME, "embedder": self.embedder, **settings}
        (folder / "config.json").write_text(json.dumps(known, indent=1), encoding="utf-8")
        seal(folder)

    @classmethod
    def load(cls, folder: Path) -> "Compatibility":
        """The model that `python -m recommender.train` wrote.

        Raises:
            FileNotFoundError: there is none.
            ModelError: its files have changed.
        """
        if not (folder / FILE).exists():
            raise FileNotFoundError(f"{folder}: no compatibility model; train one by python -m recommender.train")
        settings = json.loads(verified_files(folder, FILE)["config.json"])
        if settings.get("name") != NAME:
            raise ModelError(f"{folder}: expected a model of {NAME}, got {settings.get('name')!r}")
        with np.load(folder / FILE) as stored:
            return cls(stored["projections"], stored["weights"], stored["usual"], settings["embedder"])


def _projected(vectors: np.ndarray, parts: np.ndarray, projection: np.ndarray) -> np.ndarray:
    """(N, R): each embedding by the projection of its part."""
    return np.einsum("nd,ndr->nr", vectors, projection[parts]) if len(vectors) else np.zeros((0, projection.shape[-1]))


def fit_one(
    wardrobe: Wardrobe, config: CompatibilityConfig, seed: int, judge: Callable[[np.ndarray, np.ndarray], float]
) -> tuple[np.ndarray, np.ndarray, float]:
    """Train one model; returns its projections, weights, and what the judge said of them, of the best epoch.

    Args:
        wardrobe: the garments to learn from.
        config: the settings.
        seed: of this model.
        judge: (projections, weights) -> a figure, the higher the better.
    """
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    rng, pairs, numbers = np.random.default_rng(seed), wardrobe.pairs(), wardrobe.embeddings.shape[1]
    start = keras.initializers.Orthogonal(seed=seed)((numbers, config.numbers))
    shared, own = tf.Variable(start), tf.Variable(tf.zeros((len(PARTS), numbers, config.numbers)))
    free = tf.Variable(tf.zeros((len(PARTS), len(PARTS), config.numbers)))
    kinds = np.unique(wardrobe.kinds, return_inverse=True)[1]
    optimizer = keras.optimizers.Adam(config.learning_rate)
    step = tf.function(lambda batch: _step(batch, (shared, own, free), optimizer, config), reduce_retracing=True)
    best: tuple[np.ndarray, np.ndarray, float] | None = None
    for _ in range(config.epochs):
        for some in np.array_split(rng.permutation(pairs), max(1, len(pairs) // config.batch)):
            step(_batch(wardrobe, some, kinds))
        weights = (shared + own).numpy(), _symmetric(free).numpy()
        figure = judge(*weights)
        if best is None or figure > best[2]:
            best = (*weights, figure)
    assert best  # as there is an epoch
    return best


def _batch(wardrobe: Wardrobe, pairs: np.ndarray, kinds: np.ndarray) -> dict:
    """The embeddings and parts of both sides of pairs; `other`, (B, B), 1 for a wrong answer that could be right."""
    a, b = pairs.T
    alike = kinds[b][:, None] == kinds[b][None]
    other = alike & (wardrobe.outfits[a][:, None] != wardrobe.outfits[b][None])
    sides = {f"{name}_{side}": values[at] for side, at in (("a", a), ("b", b)) for name, values in _columns(wardrobe)}
    return {**sides, "other": other.astype(np.float32)}


def _columns(wardrobe: Wardrobe) -> list[tuple[str, np.ndarray]]:
    return [("x", wardrobe.embeddings), ("part", np.maximum(wardrobe.parts, 0).astype(np.int32))]


def _step(batch: dict, variables: tuple, optimizer: "keras.Optimizer", config: CompatibilityConfig) -> None:
    """One step of the optimizer on the softmax over the answers of a batch."""
    import tensorflow as tf

    shared, own, free = variables
    with tf.GradientTape() as tape:
        logits = _similarities(batch, shared + own, _symmetric(free), config.dropout) / config.temperature
        answers = batch["other"] + tf.eye(tf.shape(logits)[0])
        loss = tf.reduce_mean(
            tf.reduce_logsumexp(tf.where(answers > 0, logits, -1e9), -1) - tf.linalg.diag_part(logits)
        )
        loss += config.pull * tf.reduce_sum(tf.square(own))
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))


def _symmetric(free: "tf.Variable") -> "tf.Tensor":
    """The weights of each pair of parts: above 0, and the same both ways round."""
    import tensorflow as tf

    return tf.nn.softplus(free + tf.transpose(free, (1, 0, 2)))


def _similarities(batch: dict, projections: "tf.Tensor", weights: "tf.Tensor", dropout: float) -> "tf.Tensor":
    """(B, B) weighted cosines of the first garment of each pair with the second of all."""
    import tensorflow as tf

    sides = []
    for side in ("a", "b"):
        x = tf.nn.dropout(batch[f"x_{side}"], dropout)
        sides.append(tf.einsum("nd,ndr->nr", x, tf.gather(projections, batch[f"part_{side}"])))
    pair = batch["part_a"][:, None] * len(PARTS) + batch["part_b"][None]
    w = tf.gather(tf.reshape(weights, (PAIRS, -1)), pair)
    left, right = sides[0][:, None], sides[1][None]
    lengths = tf.reduce_sum(w * tf.square(left), -1) * tf.reduce_sum(w * tf.square(right), -1)
    return tf.reduce_sum(w * left * right, -1) / tf.sqrt(tf.maximum(lengths, SMALLEST))
