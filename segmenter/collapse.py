"""Collapse watch: a network that says the same class nearly everywhere is named while it trains."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from segmenter.classes import UNKNOWN

if TYPE_CHECKING:
    import tensorflow as tf

    from engine.callbacks import CollapseWatch

FOUND = 0.25  # least share of the true foreground that a working network does not call background
ONE = 0.9  # of the foreground in one class is too much, where the truth has less than half as much


class Finding(NamedTuple):
    """What is wrong, and what to do."""

    says: str
    remedy: str


def find_collapse(truth: np.ndarray, predicted: np.ndarray, classes: tuple[str, ...]) -> list[Finding]:
    """The signs that predictions do not depend on the photo.

    Args:
        truth: (N, h, w) class numbers, UNKNOWN where not known.
        predicted: (N, h, w) class numbers.
        classes: K names, the background first.
    """
    foreground = (truth != UNKNOWN) & (truth != 0)
    if not foreground.any():
        return []
    said, true = predicted[foreground], truth[foreground]
    shares, right = (np.bincount(values, minlength=len(classes)) / len(true) for values in (said, true))
    if shares[0] > 1 - FOUND:
        remedy = "use a loss that counts small classes (--loss dice+ce), a higher learning rate, or more steps"
        return [Finding(f"{shares[0]:.0%} of the pixels of the foreground are called {classes[0]}", remedy)]
    top = int(shares.argmax())
    if shares[top] > ONE and right[top] < ONE / 2:
        remedy = "sample in balance (--set sampling=balanced), lower the learning rate, or train longer"
        says = f"{shares[top]:.0%} of the foreground is called {classes[top]}, which is true for {right[top]:.0%}"
        return [Finding(says, remedy)]
    return []


def collapse_watch(held_data: "tf.data.Dataset", classes: tuple[str, ...], stop: bool) -> "CollapseWatch":
    """The callback that reports after every epoch whether the network has collapsed.

    Args:
        held_data: a finite tf.data.Dataset of held-out photos, as `fit` takes it.
        classes: K names.
        stop: whether to end the training of a collapsed network.
    """
    from engine.callbacks import CollapseWatch

    some = held_data.take(4)  # batches

    def find(outputs: dict[str, np.ndarray]) -> list[Finding]:
        truth = np.concatenate([targets["classes"].numpy() for _, targets in some])
        return find_collapse(truth, outputs["classes"].argmax(-1), classes)

    return CollapseWatch(some, find, stop)
