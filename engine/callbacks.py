"""Callbacks of every training with Keras `fit`: keep the best epoch, back up, log, watch for collapse."""

import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import keras

if TYPE_CHECKING:
    import tensorflow as tf

LOG = "metrics.jsonl"


def epochs_done(out: Path) -> list[dict]:
    """The lines of metrics.jsonl of a run, one an epoch; none for a new run."""
    log = out / LOG
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def standard_callbacks(out: Path, measure: str, mode: str, notes: Callable[[int], dict] | None = None) -> list:
    """Best epoch, stop at NaN, backup and restore, TensorBoard, one JSON line an epoch.

    Args:
        out: the folder for best.keras, backup/, tensorboard/ and metrics.jsonl.
        measure: the metric that chooses the best epoch, as named in the logs of `fit`.
        mode: 'max' or 'min', which value is best.
        notes: epoch -> further entries of its JSON line.
    """
    return [
        keras.callbacks.ModelCheckpoint(
            out / "best.keras",
            measure,
            mode=mode,
            save_best_only=True,
            initial_value_threshold=best_of(measure, mode, epochs_done(out)),
        ),
        keras.callbacks.TerminateOnNaN(),
        keras.callbacks.BackupAndRestore(out / "backup", double_checkpoint=True, delete_checkpoint=False),
        keras.callbacks.TensorBoard(out / "tensorboard", write_graph=False),
        JsonLines(out / LOG, notes),
    ]


def best_of(measure: str, mode: str, epochs: Iterable[dict]) -> float | None:
    """The best value of a measure in the lines of metrics.jsonl; None if there are no lines."""
    return (max if mode == "max" else min)((line[measure] for line in epochs), default=None)


class JsonLines(keras.callbacks.Callback):
    """One line of JSON an epoch: its number, its figures, its seconds, and the entries that `notes` adds."""

    def __init__(self, file: Path, notes: Callable[[int], dict] | None = None):
        super().__init__()
        self._file, self._notes = file, notes or (lambda epoch: {})
        self._start = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Start the clock."""
        self._start = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Append the line."""
        figures = {key: round(float(value), 5) for key, value in (logs or {}).items()}
        with open(self._file, "a") as lines:
            seconds = round(time.monotonic() - self._start, 1)
            lines.write(json.dumps({"epoch": epoch, **figures, "seconds": seconds, **self._notes(epoch)}) + "\n")


class CollapseWatch(keras.callbacks.Callback):
    """After every epoch, on held-out data: print the signs that the model has collapsed.

    Attributes:
        findings: of the last epoch.
    """

    def __init__(self, data: "tf.data.Dataset", find: Callable[[dict], list], stop: bool = False):
        """Watch a training.

        Args:
            data: a finite tf.data.Dataset as `fit` takes it, of held-out data.
            find: the predictions for it, {output: (N, ...) array} -> findings with `says` and `remedy`; none for a
                healthy model.
            stop: end the training at a finding; not after the first epoch, when a model has learned little.
        """
        super().__init__()
        self.findings: list = []
        self._data, self._find, self._stop = data, find, stop

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Predict, print the findings, and stop if asked to."""
        self.findings = self._find(self.model.predict(self._data, verbose=0))
        for finding in self.findings:
            print(f"COLLAPSE after epoch {epoch + 1}: {finding.says}. Remedy: {finding.remedy}.", flush=True)
        if self.findings and self._stop and epoch:
            self.model.stop_training = True
