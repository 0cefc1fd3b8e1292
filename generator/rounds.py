"""What happens after every round of a training: log, grid of samples, collapse watch, checkpoint."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from engine.callbacks import LOG, epochs_done
from generator.config import GeneratorConfig
from generator.gan import GAN
from generator.grid import as_pixels, grid

CHECKPOINT = "backup/latest.weights.h5"
COLUMNS, ROWS = 8, 8  # of a grid without categories; with them a row is a category
PATIENCE = 3  # rounds in which a collapsed training is not stopped yet

Find = Callable[[np.ndarray, np.ndarray, dict[str, float]], list]


class Rounds(keras.callbacks.Callback):
    """Means of the round into metrics.jsonl, samples of always the same noise into grids/, then the checkpoint.

    The checkpoint is replaced last and at once, so that a kill at any time loses the round at hand and no more.
    """

    def __init__(self, out: Path, find: Find, config: GeneratorConfig, classes: int, stop: bool = False):
        """Watch a run.

        Args:
            out: its folder.
            find: (samples, their categories, means of the round) -> findings with `says` and `remedy`.
            config: its settings.
            classes: how many there are, 0 without a condition.
            stop: end the training at a finding after PATIENCE rounds.
        """
        super().__init__()
        self._out, self._find, self._stop, self._limit = out, find, stop, config.minutes * 60
        self._noise, self._categories = fixed_inputs(config, classes)
        self._steps: dict[str, list[float]] = {}
        self._start = 0.0
        self._seconds = sum(line["seconds"] for line in epochs_done(out))

    @property
    def time_is_up(self) -> bool:
        """Whether the run has trained for the minutes that it was given."""
        return bool(self._limit) and self._seconds >= self._limit

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Start the clock."""
        self._steps, self._start = {}, time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Add the figures of a step."""
        for name, value in (logs or {}).items():
            self._steps.setdefault(name, []).append(float(value))

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Write everything, warn, and stop where the time is up."""
        means = {name: float(np.mean(values)) for name, values in self._steps.items()}
        if not np.isfinite(list(means.values())).all():
            again = "lower both learning rates, or raise r1, and give another --out"
            raise ValueError(f"{self._out}: the losses are no longer numbers in round {epoch + 1}: {again}")
        samples = draw(self.model, self._noise, self._categories)
        findings = self._find(samples, self._categories, means)
        for finding in findings:
            print(f"COLLAPSE after round {epoch + 1}: {finding.says}. Remedy: {finding.remedy}.", flush=True)
        (self._out / "grids").mkdir(exist_ok=True)
        grid(samples, COLUMNS).save(self._out / "grids" / f"round-{epoch + 1:04d}.jpg", quality=92)
        seconds = time.monotonic() - self._start
        self._seconds += seconds
        line = {"epoch": epoch, **{k: round(value, 5) for k, value in means.items()}, "seconds": round(seconds, 1)}
        with open(self._out / LOG, "a") as log:
            log.write(json.dumps(line) + "\n")
        save(self.model, self._out)
        if self.time_is_up or (self._stop and findings and epoch >= PATIENCE):
            self.model.stop_training = True


def fixed_inputs(config: GeneratorConfig, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """((N, latent) noise, (N,) categories) of the grid of a run: COLUMNS samples of each category, in their order."""
    rows = classes or ROWS
    noise = np.random.default_rng(config.seed).normal(size=(rows * COLUMNS, config.latent)).astype(np.float32)
    return noise, np.repeat(np.arange(rows, dtype=np.int32) if classes else np.zeros(rows, np.int32), COLUMNS)


def draw(model: GAN, noise: np.ndarray, categories: np.ndarray) -> np.ndarray:
    """(N, size, size, 3) uint8 samples by the averaged generator of a model."""
    inputs = {"noise": noise, "category": categories} if model.classes else {"noise": noise}
    return as_pixels(model.average.predict(inputs, verbose=0))


def save(model: GAN, out: Path) -> None:
    """Replace the checkpoint of a run."""
    file = out / CHECKPOINT
    file.parent.mkdir(exist_ok=True)
    unfinished = file.with_name("unfinished.weights.h5")
    model.save_weights(unfinished, overwrite=True)
    unfinished.replace(file)


def restore(model: GAN, out: Path, steps: int) -> int:
    """Load the checkpoint of a run, if there is one; returns how many rounds of so many steps were done.

    A line of the log whose checkpoint was not finished is dropped.
    """
    if not (out / CHECKPOINT).exists():
        (out / LOG).unlink(missing_ok=True)
        return 0
    model.load_weights(out / CHECKPOINT)
    done = int(model.optimizer.iterations.numpy()) // steps
    (out / LOG).write_text("".join(json.dumps(line) + "\n" for line in epochs_done(out)[:done]))
    return done
