"""Settings of an embedder."""

import json
from dataclasses import dataclass
from pathlib import Path

from engine.backbones import BACKBONES
from engine.settings import COUNT, LIMIT, POSITIVE, SHARE, WHOLE, check_ranges

LOSSES = ("contrastive", "proxy-anchor", "triplet")
MEASURE = "val_recall_at_1"  # of held-out garments, in the log of an epoch: it chooses the best
FROZEN = ("", "2", "3", "4", "5")
RANGES = {
    COUNT: ("size", "numbers", "groups", "views", "epochs", "steps", "judged"),
    WHOLE: ("seed",),
    SHARE: ("hard", "siblings", "item_weight", "crop", "downscale", "replaced", "occluded", "held_out"),
    POSITIVE: ("context", "learning_rate", "clip_norm", "temperature"),
    LIMIT: ("warp", "colour", "margin", "weight_decay", "jitter"),
}


@dataclass(frozen=True)
class EmbedderConfig:
    """How an embedder is built and trained.

    Attributes:
        backbone: a name of `engine.backbones.BACKBONES`.
        size: side of the square image the network sees, in pixels.
        context: side of that square in lengths of the garment's longer side.
        numbers: of an embedding.
        frozen: the level, '2' to '5', up to which the backbone keeps its initial weights; '' trains all of it. Its
            batch normalisations always keep their statistics.
        loss: one of LOSSES.
        temperature: of the contrastive loss.
        margin: of proxy-anchor and triplet.
        item_weight: what a pair of two photos of one item counts in the contrastive loss, a pair of views of one photo
            counting 1. Below 1 where an item comes in several colours that should stay apart.
        groups: items in a batch (P).
        views: of each of them (K).
        hard: share of the items of a batch that are of one category.
        siblings: share of the draws of an item with several photos that show different ones.
        jitter: how far the edges of the box move, in lengths of the garment's longer side.
        crop: minimum share of the side that a random view shows.
        warp: how far points of a view move, in lengths of the view; as cloth that is worn.
        colour: strength of the changes of light and colour; 0 for none.
        downscale: share of the views that lose detail.
        replaced: share of the views whose surroundings are replaced, where the garment's outline is known.
        occluded: share of the views with something before the garment.
        epochs, steps: of `fit`; of an epoch.
        learning_rate: of AdamW; warmed up for one epoch, then a cosine to zero.
        weight_decay, clip_norm: of AdamW, and of all gradients together.
        held_out: share of the training photos kept for choosing the best epoch.
        judged: at most so many garments choose the best epoch.
        seed: of weights, draws and views.
    """

    backbone: str = "efficientnet-lite2"
    size: int = 160
    context: float = 1.15
    numbers: int = 128
    frozen: str = "3"
    loss: str = "contrastive"
    temperature: float = 0.07
    margin: float = 0.1
    item_weight: float = 0.2
    groups: int = 40
    views: int = 2
    hard: float = 0.5
    siblings: float = 0.25
    jitter: float = 0.06
    crop: float = 0.75
    warp: float = 0.035
    colour: float = 1.0
    downscale: float = 0.4
    replaced: float = 0.7
    occluded: float = 0.4
    epochs: int = 10
    steps: int = 150
    learning_rate: float = 4e-4
    weight_decay: float = 0.02
    clip_norm: float = 2.0
    held_out: float = 0.1
    judged: int = 500
    seed: int = 0

    def __post_init__(self):
        for name, known in (("backbone", BACKBONES), ("loss", LOSSES), ("frozen", FROZEN)):
            if getattr(self, name) not in known:
                raise ValueError(f"{name}: there is no {getattr(self, name)!r}; there are {', '.join(known)}")
        check_ranges(self, RANGES)
        if self.views < 2 or self.groups < 2:
            raise ValueError("views and groups: expected two or more, as a pair is compared with other items")

    @property
    def batch(self) -> int:
        """Views in a batch."""
        return self.groups * self.views

    @property
    def hide_surroundings(self) -> bool:
        """Never, as the network pools inside the box; `engine.crops.Cutting` asks."""
        return False


TINY = EmbedderConfig(
    backbone="efficientnet-lite0", size=32, numbers=16, groups=4, epochs=2, steps=2, held_out=0.3, judged=8
)


def load_config(run: Path) -> EmbedderConfig:
    """The settings of a training run.

    Raises:
        FileNotFoundError: it is none.
    """
    settings = json.loads((run / "config.json").read_text(encoding="utf-8"))
    return EmbedderConfig(**{name: value for name, value in settings.items() if name != "model"})
