"""Training of a Match R-CNN by Keras `fit`, on features of an exported detector; python -m retriever.train calls it."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.checksums import fingerprint, verified_files
from engine.run_folder import Longer, inputs_of, run_folder
from garments.types import Table
from metrics.retrieval import per_query
from retriever.config import MEASURE
from retriever.match.config import DETECTOR, NAME, MatchConfig
from retriever.match.scores import match_factors

if TYPE_CHECKING:
    import keras

    from retriever.match.data import Compared


def train(
    config: MatchConfig,
    table: Table,
    out: Path,
    detector: Path,
    init: str | None = None,
    features: Path | None = None,
    inputs: Mapping[str, str] | None = None,
) -> "keras.callbacks.History":
    """Train with Keras `fit`; the same call resumes a run that was killed.

    Args:
        config: the settings; an `out` with other settings is refused.
        table: the training photos; a share of their groups is held out to choose the best epoch.
        out: the folder for best.keras, backup/, TensorBoard files, metrics.jsonl, and a copy of the detector.
        detector: the folder of an exported one; it is not trained further.
        init: best.keras or the exported model of another run, for initial weights.
        features: the folder that keeps the detector's features, by default features/ in `out`.
        inputs: what else the run is tied to, see `engine.run_folder.further_inputs`.

    Returns:
        The Keras History.

    Raises:
        FileNotFoundError: there is no detector.
        ModelError: the detector has changed since its export, or has no pyramid of features.
        ValueError: `out` holds a run with other settings or data, another training runs there, or there are too few
            items.
    """
    verified_files(detector, "saved_model.pb")
    settings = {"model": NAME, **asdict(config), "detector": fingerprint(detector)}
    with run_folder(out, settings, {**inputs_of(table, init), **(inputs or {})}, Longer("epochs", "best.keras")):
        shutil.copytree(detector, out / DETECTOR, dirs_exist_ok=True)
        return _fit(config, table, out, init, features or out / "features")


def _fit(config: MatchConfig, table: Table, out: Path, init: str | None, folder: Path) -> "keras.callbacks.History":
    from engine.backbones import take_weights
    from engine.callbacks import epochs_done
    from engine.fit import Fit, set_up
    from engine.optimizer import warmed_up_adamw
    from retriever.match.data import chosen_items, compared, training_data
    from retriever.match.features import RoiFeatures
    from retriever.match.model import PairLoss, build_match

    set_up(config.seed, bfloat16=False)
    tables = chosen_items(table, config)
    features, detector = RoiFeatures(out / DETECTOR, config.side), fingerprint(out / DETECTOR)
    training, held = (compared(part, features, detector, folder) for part in tables)
    print(f"{len(training.items)} garments to train on, {len(held.items)} held out", flush=True)
    model = build_match(config, features.channels)
    if init:
        take_weights(model, Path(init))
    rate = warmed_up_adamw(config.learning_rate, config.weight_decay, config.epochs, config.steps, config.clip_norm)
    model.compile(rate, loss=PairLoss(config.positives))
    model.optimizer.build(model.trainable_variables)  # otherwise `fit` makes its graph twice
    first = len(epochs_done(out)) * config.steps
    fit = Fit(out, config.epochs, config.steps, MEASURE, first=[judge(held)])
    return fit(model, lambda epoch: training_data(training, config, first), None)


def judge(held: "Compared") -> "keras.callbacks.Callback":
    """A callback that adds MEASURE to the logs of each epoch: each garment is searched among all others."""
    import keras

    from retriever.match.model import vectors_of, weights_of

    def add(epoch: int, logs: dict) -> None:
        run = vectors_of(callback.model)
        parts = np.array_split(np.arange(len(held.items)), max(1, len(held.items) // 64))
        vectors = np.concatenate([np.asarray(run(held.features[part], training=False)) for part in parts])
        factors = match_factors(vectors, vectors, *weights_of(callback.model))
        items = held.items.astype(str)
        logs[MEASURE] = per_query(*factors, items, items, held.photos, held.photos)["r@1"].mean()

    callback = keras.callbacks.LambdaCallback(on_epoch_end=add)
    return callback


def load_config(run: Path) -> MatchConfig:
    """The settings of a training run.

    Raises:
        FileNotFoundError: it is none.
    """
    settings = json.loads((run / "config.json").read_text(encoding="utf-8"))
    return MatchConfig(**{name: value for name, value in settings.items() if name not in ("model", "detector")})
