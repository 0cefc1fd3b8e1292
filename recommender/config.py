"""Settings of a compatibility model."""

from dataclasses import dataclass

from engine.settings import COUNT, LIMIT, POSITIVE, SHARE, WHOLE, check_ranges

RANGES = {
    COUNT: ("numbers", "epochs", "batch", "models"),
    WHOLE: ("seed",),
    POSITIVE: ("temperature", "learning_rate"),
    LIMIT: ("pull",),
    SHARE: ("held_out", "dropout"),
}


@dataclass(frozen=True)
class CompatibilityConfig:
    """How a compatibility model is built and trained.

    Attributes:
        numbers: of the space in which garments that go together lie close.
        temperature: of the softmax over the garments that could complete an outfit.
        pull: how strongly the projection of each part is held to what all parts share; few outfits need much.
        dropout: of the numbers of an embedding.
        epochs, batch: of `fit`; an epoch takes every pair of every outfit, both ways.
        learning_rate: of Adam.
        models: so many are trained from other seeds, and their scores are averaged.
        held_out: share of the outfits that chooses the best epoch.
        seed: of weights and draws.
    """

    numbers: int = 32
    temperature: float = 0.15
    pull: float = 0.01
    dropout: float = 0.2
    epochs: int = 40
    batch: int = 256
    learning_rate: float = 2e-3
    models: int = 3
    held_out: float = 0.15
    seed: int = 0

    def __post_init__(self):
        check_ranges(self, RANGES)


TINY = CompatibilityConfig(numbers=4, epochs=2, batch=8, models=1, held_out=0.5)
