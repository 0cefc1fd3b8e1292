"""Classifier settings: one dataclass and its presets."""

from dataclasses import dataclass, fields, replace

from garments.vocabulary import CATEGORIES


@dataclass(frozen=True)
class ClassifierConfig:
    """How a classifier is built and trained.

    Attributes:
        categories: what `img` and `img+bbox` tell apart; garments of another category are not learnt from.
        size: side of the square image the network sees, in pixels.
        context: side of that square in lengths of the garment's longer side.
        hide_surroundings: make everything outside the garment's box grey.
        box_input: give the network the geometry of the box as a second input, and let it pool features inside the box.
        box_weight: weight of the loss of the second output, the garment's box inside a jittered crop; 0 leaves it out.
        pixel_weight: weight of the loss of a further output, the label of every pixel where the data has a label map;
            0 leaves it out.
        heat_maps: of `landmarks`: points come from heat maps, not from a dense layer.
        jitter: how far the edges of the box move in training, in lengths of the garment's longer side.
        epochs, batch: of `fit`; an epoch draws as many crops as there are.
        learning_rate: of AdamW, warmed up for one epoch, then a cosine to zero.
        weight_decay: of AdamW.
        label_smoothing: of the category loss.
        dropout: before the last layer.
        norm_momentum: of the batch normalisations; shorter runs need less.
        sampling: how often a category is drawn, see `sampling.shares`.
        logit_adjustment: tau of the logit-adjusted loss, 0 for none; see `losses.PartialCrossentropy`.
        held_out: share of the training photos kept for choosing the best epoch.
        bfloat16: compute convolutions in bfloat16.
        seed: of weights, draws and views.
    """

    categories: tuple[str, ...] = CATEGORIES
    size: int = 160
    context: float = 1.0
    hide_surroundings: bool = True
    box_input: bool = False
    box_weight: float = 0.0
    pixel_weight: float = 0.0
    heat_maps: bool = True
    jitter: float = 0.08
    epochs: int = 12
    batch: int = 32
    learning_rate: float = 3e-4
    weight_decay: float = 0.02
    label_smoothing: float = 0.1
    dropout: float = 0.3
    norm_momentum: float = 0.95
    sampling: str = "sqrt"
    logit_adjustment: float = 0.0
    held_out: float = 0.1
    bfloat16: bool = True
    seed: int = 0

    def __post_init__(self):
        object.__setattr__(self, "categories", tuple(self.categories))  # a list, where it was read from JSON
        if len(set(self.categories)) < max(2, len(self.categories)):
            raise ValueError(f"categories: expected two or more different names, got {', '.join(self.categories)}")


PRESETS = {
    "img": ClassifierConfig(),
    "img+bbox": ClassifierConfig(context=1.4, hide_surroundings=False, box_input=True, box_weight=1.0),
    "pretrain": ClassifierConfig(
        size=128,
        context=1.2,
        hide_surroundings=False,
        pixel_weight=1.0,
        jitter=0.25,
        epochs=24,
        learning_rate=1e-3,
        dropout=0.0,
    ),
    "landmarks": ClassifierConfig(
        size=128, context=1.4, hide_surroundings=False, box_input=True, sampling="none", jitter=0.1, epochs=20
    ),
}
TINY = dict(size=32, epochs=2, batch=4, held_out=0.5, bfloat16=False)


def preset(name: str, **changes) -> ClassifierConfig:
    """The settings of a model by name, with some changed.

    Raises:
        KeyError: no model or no setting of that name.
    """
    if name not in PRESETS:
        raise KeyError(f"no model {name!r}; there are {', '.join(PRESETS)}")
    known = {f.name for f in fields(ClassifierConfig)}
    if set(changes) - known:
        raise KeyError(f"no setting {sorted(set(changes) - known)}; there are {', '.join(sorted(known))}")
    return replace(PRESETS[name], **changes)
