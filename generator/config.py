"""Settings of a generator: one dataclass and its presets."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

from engine.sampling import SAMPLINGS
from engine.settings import COUNT, LIMIT, POSITIVE, SHARE, WHOLE, Range, check_ranges

CONDITIONS = ("none", "part", "category")
BACKGROUNDS = ("kept", "white")
LOSSES = ("logistic", "hinge")
NORMS = ("batch", "pixel", "none")
AUGMENTATIONS = ("none", "colour", "translation", "cutout")
RANGES = {
    COUNT: ("latent", "width", "widest", "rounds", "batch", "r1_every", "fewest"),
    WHOLE: ("seed", "steps"),
    SHARE: ("beta_1", "beta_2", "average"),
    POSITIVE: ("context", "generator_rate", "discriminator_rate"),
    LIMIT: ("r1", "minutes"),
    Range("a power of two from 16 to 256", True, 16, 256): ("size",),
}


@dataclass(frozen=True)
class GeneratorConfig:
    """How a generator is built and trained; the defaults are the DCGAN as published.

    Attributes:
        size: side of a picture in pixels; each doubling adds a layer.
        context: side of the square that is cut out, in lengths of the garment's longer side.
        background: 'kept', or 'white' for garments cut out by their mask.
        condition: what is asked of a sample: 'none', its 'part' or its 'category'.
        fewest: garments of a part or category; those with fewer are left out.
        latent: numbers of the noise that a sample is made of.
        width: channels next to the picture, doubled by every layer away from it.
        widest: most channels of a layer.
        generator_norm, discriminator_norm: after the layers between first and last: 'batch', 'pixel' or 'none'.
        loss: 'logistic' (of the published DCGAN, not saturating) or 'hinge'.
        r1, r1_every: weight of the gradient penalty on real pictures, and steps from one to the next; 0 for none.
        augment: what real and generated pictures go through before the discriminator sees them, see `augment`.
        deviation: the discriminator also sees how much the pictures of a batch differ.
        average: decay of the moving average of the generator's weights that samples are drawn by; 0 for none.
        generator_rate, discriminator_rate, beta_1, beta_2: of Adam.
        sampling: how often a category is drawn, see `engine.sampling.shares`.
        batch, steps: pictures a step; steps a round, 0 for as many as there are pictures.
        rounds, minutes: length of the training, whichever ends first; 0 minutes for no limit.
        seed: of weights, draws and noise.
    """

    size: int = 64
    context: float = 1.05
    background: str = "kept"
    condition: str = "none"
    fewest: int = 100
    latent: int = 100
    width: int = 64
    widest: int = 1024
    generator_norm: str = "batch"
    discriminator_norm: str = "batch"
    loss: str = "logistic"
    r1: float = 0.0
    r1_every: int = 16
    augment: tuple[str, ...] = ("none",)
    deviation: bool = False
    average: float = 0.0
    generator_rate: float = 2e-4
    discriminator_rate: float = 2e-4
    beta_1: float = 0.5
    beta_2: float = 0.999
    sampling: str = "none"
    batch: int = 128
    steps: int = 100
    rounds: int = 1000
    minutes: float = 0.0
    seed: int = 0

    def __post_init__(self):
        object.__setattr__(self, "augment", tuple(self.augment))  # a list, if read from JSON
        choices = dict(
            background=BACKGROUNDS, condition=CONDITIONS, loss=LOSSES, sampling=SAMPLINGS, generator_norm=NORMS,
            discriminator_norm=NORMS,
        )  # fmt: skip
        given = [(name, getattr(self, name), known) for name, known in choices.items()]
        for name, value, known in [*given, *(("augment", each, AUGMENTATIONS) for each in self.augment)]:
            if value not in known:
                raise ValueError(f"{name}: there is no {value!r}; there are {', '.join(known)}")
        check_ranges(self, RANGES)
        if self.size & (self.size - 1):
            raise ValueError(f"size: expected a power of two from 16 to 256, got {self.size}")

    @property
    def channels(self) -> list[int]:
        """Channels of the layers between picture and 4 x 4 cells, from the picture on: four for 64 pixels."""
        return [min(self.widest, self.width << level) for level in range(self.size.bit_length() - 3)]


DCGAN = GeneratorConfig()
DIFFAUGMENT = GeneratorConfig(
    condition="category", width=32, widest=256, discriminator_norm="none", r1=0.2, deviation=True, average=0.998,
    augment=("colour", "translation"), generator_rate=7e-4, discriminator_rate=7e-4, beta_1=0.0, beta_2=0.99,
    batch=32, steps=400,
)  # fmt: skip
TINY = replace(DIFFAUGMENT, size=16, latent=8, width=8, batch=8, steps=4, rounds=2, fewest=1)
PRESETS = {"dcgan": DCGAN, "diffaugment": DIFFAUGMENT, "tiny": TINY}


def load_config(run: Path) -> tuple[GeneratorConfig, dict[str, int]]:
    """The settings of a training run, and the parts or categories that it learns, with their numbers of pictures."""
    settings = json.loads((run / "config.json").read_text(encoding="utf-8"))
    classes = settings.pop("classes")
    return GeneratorConfig(**settings), classes
