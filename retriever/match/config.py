"""Settings of a Match R-CNN."""

from dataclasses import dataclass

from engine.settings import COUNT, LIMIT, POSITIVE, SHARE, WHOLE, check_ranges

NAME = "match"  # in its config.json
DETECTOR = "detector"  # in a run, the exported detector that it uses
RANGES = {
    COUNT: ("side", "channels", "convolutions", "last", "numbers", "items", "groups", "epochs", "steps", "judged"),
    WHOLE: ("seed",),
    SHARE: ("positives", "hard", "held_out"),
    POSITIVE: ("learning_rate", "clip_norm"),
    LIMIT: ("weight_decay",),
}


@dataclass(frozen=True)
class MatchConfig:
    """How the match network is built and trained; its sizes are the published ones.

    Attributes:
        side: cells across and down that a garment has of the detector's features.
        convolutions, channels: how many of 3 x 3 come first; filters of each.
        last: filters of the convolution after them, which halves the side.
        numbers: of the vector that stands for a garment.
        positives: share of pairs of one item in the loss.
        items: at most so many are trained on, chosen at random; it bounds the stored features.
        groups: items in a batch, two photos each; all pairs of the batch are compared.
        hard: share of the items of a batch that are of one category.
        epochs, steps: of `fit`; of an epoch.
        learning_rate: of AdamW; warmed up for one epoch, then a cosine to zero.
        weight_decay, clip_norm: of AdamW, and of all gradients together.
        held_out: share of the training photos kept for choosing the best epoch.
        judged: at most so many held-out items choose the best epoch.
        seed: of weights and draws.
    """

    side: int = 14
    channels: int = 256
    convolutions: int = 4
    last: int = 1024
    numbers: int = 256
    positives: float = 0.1
    items: int = 10_000
    groups: int = 32
    hard: float = 0.5
    epochs: int = 10
    steps: int = 100
    learning_rate: float = 4e-4
    weight_decay: float = 0.02
    clip_norm: float = 2.0
    held_out: float = 0.1
    judged: int = 200
    seed: int = 0

    def __post_init__(self):
        check_ranges(self, RANGES)
        if self.groups < 2:
            raise ValueError("groups: expected two or more, as items are compared")

    @property
    def views(self) -> int:
        """Photos of an item in a batch; `retriever.data.Draws` asks, as for `siblings`."""
        return 2

    @property
    def siblings(self) -> float:
        """All draws show different photos."""
        return 1.0


TINY = MatchConfig(
    side=4,
    channels=8,
    convolutions=1,
    last=16,
    numbers=16,
    groups=4,
    epochs=2,
    steps=10,
    held_out=0.3,
    learning_rate=0.01,
)
