"""The networks by name: their settings, and how to build, compile and load them."""

from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifier.config import ClassifierConfig
from classifier.image import IMG
from classifier.image_bbox import IMG_BBOX
from classifier.image_bbox_lite import IMG_BBOX_LITE
from classifier.landmarks import LANDMARK_MODEL
from classifier.model import Model
from classifier.predict import CropModel
from classifier.pretrain import PRETRAIN
from engine.checksums import ModelError

if TYPE_CHECKING:
    import keras

MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        IMG,
        IMG_BBOX,
        IMG_BBOX_LITE,
        PRETRAIN,
        LANDMARK_MODEL,
    )
}


def preset(name: str, **changes: Any) -> ClassifierConfig:
    """The settings of a model by name, with some changed.

    Raises:
        KeyError: no model or no setting of that name.
    """
    if name not in MODELS:
        raise KeyError(f"no model {name!r}; there are {', '.join(MODELS)}")
    known = {f.name for f in fields(ClassifierConfig)}
    if set(changes) - known:
        raise KeyError(f"no setting {sorted(set(changes) - known)}; there are {', '.join(sorted(known))}")
    return replace(MODELS[name].config, **changes)


def build(
    name: str, config: ClassifierConfig, init: str | Path | None = None, classes: int | None = None
) -> "keras.Model":
    """The Keras model of that name, not compiled.

    Args:
        name: of MODELS.
        config: the settings.
        init: initial weights: 'imagenet' for the backbone, the .keras file of a training run, or the folder of an
            exported model; by default random ones.
        classes: number of classes, by default the number of categories.
    """
    from engine.backbones import take_weights

    model = MODELS[name].builder(config, "imagenet" if init == "imagenet" else None, classes or len(config.categories))
    if init and init != "imagenet" and (random := take_weights(model, Path(init))):
        print(
            f"{name}: random weights for layers that {init} lacks, or has in another size: {', '.join(random)}",
            flush=True,
        )
    return model


def compile_model(
    model: "keras.Model", name: str, config: ClassifierConfig, steps: int, prior: list[float] | None = None
) -> None:
    """Compile for `fit`: AdamW, one epoch of warm-up, cosine decay; a loss for each output of the model.

    Args:
        model: made by `build`.
        name: of MODELS.
        config: the settings.
        steps: of an epoch.
        prior: for a logit-adjusted loss, see `engine.sampling.adjustment`.
    """
    from engine.optimizer import warmed_up_adamw

    task = MODELS[name].task
    losses = {output: loss for output, loss in task.losses(config, prior).items() if output in model.output}
    model.compile(
        warmed_up_adamw(config.learning_rate, config.weight_decay, config.epochs, steps, config.clip_norm),
        loss={output: loss for output, (loss, _) in losses.items()},
        loss_weights={output: weight for output, (_, weight) in losses.items()},
        weighted_metrics=task.metrics(),
    )
    model.optimizer.build(model.trainable_variables)  # otherwise `fit` makes its graph twice


def load(path: Path) -> CropModel:
    """The exported model in a folder: a Classifier or a LandmarkRegressor.

    Raises:
        FileNotFoundError: there is none at `path`.
        ModelError: it has changed since its export, or its name is unknown.
    """
    from engine.load import load

    run = load(path)
    return _predictor(path, run.settings)(run, run.settings)


def _predictor(path: Path, settings: dict) -> type[CropModel]:
    model = MODELS.get(settings["name"])
    if model is None or model.predictor is None:
        known = ", ".join(name for name, model in MODELS.items() if model.predictor)
        raise ModelError(
            f"{Path(path) / 'config.json'}: expected the name of a model ({known}), got {settings['name']!r}"
        )
    return model.predictor
