"""What every training with Keras `fit` does after an epoch: keep the best, back up, log, watch for collapse."""

import json
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
        measure: the name, in the logs of `fit`, of what chooses the best epoch.
        mode: 'max' or 'min', which of it is best.
        notes: of an epoch -> what its JSON line says besides.
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
        keras.callbacks.BackupAndRestore(out / "backup", delete_checkpoint=False),
        keras.callbacks.TensorBoard(out / "tensorboard", write_graph=False),
        JsonLines(out / LOG, notes),
    ]


def best_of(measure: str, mode: str, epochs: Iterable[dict]) -> float | None:
    """The best value of a measure in the lines of metrics.jsonl; None where there are none."""
    return (max if mode == "max" else min)((line[measure] for line in epochs), default=None)


class JsonLines(keras.callbacks.Callback):
    """One line of JSON an epoch: its number, its figures, and what `notes` says of it."""

    def __init__(self, file: Path, notes: Callable[[int], dict] | None = None):
        super().__init__()
        self._file, self._notes = file, notes or (lambda epoch: {})

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Append the line."""
        figures = {key: round(float(value), 5) for key, value in (logs or {}).items()}
        with open(self._file, "a") as lines:
            lines.write(json.dumps({"epoch": epoch, **figures, **self._notes(epoch)}) + "\n")


class CollapseWatch(keras.callbacks.Callback):
    """After every epoch, on held-out data: print what shows that the model has collapsed.

    Attributes:
        findings: those of the last epoch.
    """

    def __init__(self, data: "tf.data.Dataset", find: Callable[[dict], list], stop: bool = False):
        """Watch a training.

        Args:
            data: a finite tf.data.Dataset as `fit` takes it, of held-out data.
            find: takes what the model predicts for it, {output: (N, ...) array}, and returns findings with `says` and
                `remedy`; none for a healthy model.
            stop: end the training at a finding after the first epoch, when a model cannot know much yet.
        """
        super().__init__()
        self.findings: list = []
        self._data, self._find, self._stop = data, find, stop

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Predict, look, and perhaps stop."""
        self.findings = self._find(self.model.predict(self._data, verbose=0))
        for finding in self.findings:
            print(f"COLLAPSE after epoch {epoch + 1}: {finding.says}. Remedy: {finding.remedy}.", flush=True)
        if self.findings and self._stop and epoch:
            self.model.stop_training = True
