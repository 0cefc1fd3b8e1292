"""Settings of a segmentation network: one dataclass; TINY is a preset."""

import json
from dataclasses import dataclass
from pathlib import Path

from engine.backbones import BACKBONES
from engine.sampling import SAMPLINGS
from engine.settings import COUNT, LIMIT, POSITIVE, SHARE, WHOLE, check_ranges
from segmenter.classes import SPACES
from segmenter.names import NETWORKS, parse_loss

RANGES = {
    COUNT: ("height", "width", "epochs", "steps", "batch"),
    WHOLE: ("seed",),
    SHARE: ("dropout", "held_out", "norm_momentum", "average", "backbone_rate"),
    POSITIVE: ("learning_rate", "clip_norm", "zoom_out", "zoom_in"),
    LIMIT: ("weight_decay", "stretch"),
}
WEIGHTINGS = ("none", "median", "effective")
STRIDE = 32  # of the coarsest features: the sides of a view are multiples of it


@dataclass(frozen=True)
class SegmenterConfig:
    """How a segmentation network is built and trained.

    Attributes:
        model: one of `segmenter.names.NETWORKS`.
        backbone: a name of `engine.backbones.BACKBONES`; networks whose design fixes it ignore this.
        space: what the classes are, one of `segmenter.classes.SPACES`.
        classes: the K classes by name; none: those that the training data has.
        loss: names of `segmenter.losses.LOSSES`, joined by '+', each perhaps with a weight: '0.5*dice+ce'.
        class_weights: of 'weighted-ce': 'none', 'median' frequency, or 'effective' number of photos.
        height, width: of a view in pixels, multiples of 32.
        zoom_out: largest scale of a random view, in lengths of the whole photo.
        zoom_in: smallest scale of a random view.
        stretch: how far the aspect of a random view varies, as the logarithm of a factor.
        sampling: how often the photos of a class are drawn, see `engine.sampling.shares`; a photo belongs to the rarest
            class it has.
        epochs, steps, batch: of `fit`; steps of an epoch.
        learning_rate: of AdamW, warmed up for one epoch, then a cosine to zero.
        backbone_rate: rate of the backbone as a share of the learning rate.
        weight_decay: of AdamW.
        clip_norm: of all gradients together.
        average: momentum of the mean of the weights that is evaluated and kept; 0 keeps the weights themselves.
        dropout: before the last layer.
        norm_momentum: of the batch normalisations; shorter runs need less.
        held_out: share of the training photos kept for choosing the best epoch.
        seed: of weights, draws and views.
    """

    model: str = "unet"
    backbone: str = "efficientnet-lite2"
    space: str = "categories"
    classes: tuple[str, ...] = ()
    loss: str = "dice+ce"
    class_weights: str = "median"
    height: int = 384
    width: int = 256
    zoom_out: float = 1.25
    zoom_in: float = 0.5
    stretch: float = 0.1
    sampling: str = "sqrt"
    epochs: int = 18
    steps: int = 100
    batch: int = 8
    learning_rate: float = 1e-3
    backbone_rate: float = 0.3
    weight_decay: float = 0.01
    clip_norm: float = 5.0
    average: float = 0.99
    dropout: float = 0.1
    norm_momentum: float = 0.95
    held_out: float = 0.1
    seed: int = 0

    def __post_init__(self):
        object.__setattr__(self, "classes", tuple(filter(None, self.classes)))  # a list, where it was read from JSON
        known = {"model": NETWORKS, "backbone": BACKBONES, "space": SPACES, "sampling": SAMPLINGS}
        for name, names in {**known, "class_weights": WEIGHTINGS}.items():
            if getattr(self, name) not in names:
                raise ValueError(f"{name}: there is no {getattr(self, name)!r}; there are {', '.join(names)}")
        check_ranges(self, RANGES)
        parse_loss(self.loss)
        if self.height % STRIDE or self.width % STRIDE:
            raise ValueError(f"height, width: expected multiples of {STRIDE}, got {self.height} and {self.width}")
        if self.classes and len(set(self.classes)) < max(2, len(self.classes)):
            raise ValueError(f"classes: expected two or more different names, got {', '.join(self.classes)}")
        if self.zoom_in > self.zoom_out:
            raise ValueError(f"zoom_in: expected at most zoom_out {self.zoom_out}, got {self.zoom_in}")


TINY = dict(height=64, width=64, epochs=2, steps=4, batch=4, held_out=0.5, average=0.0, backbone="efficientnet-lite0")


def load_config(run: Path) -> SegmenterConfig:
    """The settings of a training run."""
    return SegmenterConfig(**json.loads((run / "config.json").read_text(encoding="utf-8")))
