"""Classifier settings: one dataclass; each model in `classifier.models.MODELS` has its own values."""

import json
from dataclasses import dataclass
from pathlib import Path

from engine.backbones import BACKBONES
from engine.sampling import SAMPLINGS
from engine.settings import COUNT, LIMIT, POSITIVE, SHARE, WHOLE, check_ranges
from garments.vocabulary import CATEGORIES

RANGES = {
    COUNT: ("size", "epochs", "batch"),
    WHOLE: ("seed",),
    SHARE: (
        "crop", "downscale", "dropout", "held_out", "label_smoothing", "teacher_weight", "norm_momentum", "truncation",
    ),
    POSITIVE: ("context", "learning_rate", "clip_norm"),
    LIMIT: ("box_weight", "pixel_weight", "jitter", "weight_decay", "logit_adjustment"),
}  # fmt: skip


@dataclass(frozen=True)
class ClassifierConfig:
    """How a classifier is built and trained.

    Attributes:
        categories: the classes of `img` and `img+bbox`; garments of another category are left out.
        size: side of the square image the network sees, in pixels.
        context: side of that square in lengths of the garment's longer side.
        hide_surroundings: make everything outside the garment's box grey.
        box_input: use the geometry of the box as a second input, and pool features inside the box.
        box_weight: loss weight of a second output, the garment's box inside a jittered crop; 0 leaves it out.
        pixel_weight: loss weight of a further output, the label of every pixel where the data has a label map; 0 leaves
            it out.
        backbone: a name of `engine.backbones.BACKBONES`.
        heat_maps: for `landmarks`: points come from heat maps, not from a dense layer.
        jitter: how far the edges of the box move in training, in lengths of the garment's longer side.
        crop: minimum share of the view's side that a random view shows.
        downscale: share of the random views that lose detail, as if their photo were small.
        truncation: share of the random views whose photo ends inside the garment, see `engine.truncation`.
        epochs, batch: of `fit`; an epoch draws as many crops as there are.
        learning_rate: of AdamW, warmed up for one epoch, then a cosine to zero.
        weight_decay: of AdamW.
        clip_norm: of all gradients together.
        label_smoothing: of the category loss.
        dropout: before the last layer.
        norm_momentum: of the batch normalisations; shorter runs need less.
        sampling: how often a category is drawn, see `engine.sampling.shares`.
        logit_adjustment: tau of the logit-adjusted loss, 0 for none; see `engine.losses.PartialCrossentropy`.
        held_out: share of the training photos kept for choosing the best epoch.
        teacher_weight: share of the category loss that a teacher's predictions have (distillation), the rest being
            that of the labels.
        bfloat16: compute convolutions in bfloat16; no gain for depthwise ones.
        seed: of weights, draws and views.
    """

    categories: tuple[str, ...] = CATEGORIES
    size: int = 160
    context: float = 1.0
    hide_surroundings: bool = True
    box_input: bool = False
    box_weight: float = 0.0
    pixel_weight: float = 0.0
    backbone: str = "resnet50"
    heat_maps: bool = True
    jitter: float = 0.08
    crop: float = 1.0
    downscale: float = 0.0
    truncation: float = 0.0
    epochs: int = 12
    batch: int = 32
    learning_rate: float = 3e-4
    weight_decay: float = 0.02
    clip_norm: float = 5.0
    label_smoothing: float = 0.1
    dropout: float = 0.3
    norm_momentum: float = 0.95
    sampling: str = "sqrt"
    logit_adjustment: float = 0.0
    held_out: float = 0.1
    teacher_weight: float = 0.0
    bfloat16: bool = True
    seed: int = 0

    def __post_init__(self):
        object.__setattr__(self, "categories", tuple(self.categories))  # a list, where it was read from JSON
        if len(set(self.categories)) < max(2, len(self.categories)):
            raise ValueError(f"categories: expected two or more different names, got {', '.join(self.categories)}")
        for name, known in (("backbone", BACKBONES), ("sampling", SAMPLINGS)):
            if getattr(self, name) not in known:
                raise ValueError(f"{name}: there is no {getattr(self, name)!r}; there are {', '.join(known)}")
        check_ranges(self, RANGES)


TINY = dict(size=32, epochs=2, batch=4, held_out=0.5, bfloat16=False)


def load_config(run: Path) -> tuple[str, ClassifierConfig]:
    """The model's name and settings of a training run."""
    settings = json.loads((run / "config.json").read_text())
    return settings.pop("model"), ClassifierConfig(**settings)
