"""Draw samples of a generator: python -m generator.sample --model models/generator --count 64 --out FOLDER"""

import argparse
import os
from pathlib import Path

import numpy as np
from PIL import Image

from engine.checksums import ModelError
from engine.load import Model, load
from garments.command import command
from garments.vocabulary import category_set
from generator.grid import grid

BATCH = 64
COLUMNS = 8


class Generator:
    """An exported generator: the same seed gives the same pictures.

    Attributes:
        settings: of its config.json.
        classes: the names of its parts or categories; none without a condition.
        counts: (K,) pictures of each that it learned from.
    """

    def __init__(self, model: Model):
        self.settings, self._model = model.settings, model
        self.classes = list(self.settings["classes"])
        self.counts = np.array(list(self.settings["classes"].values()), int)

    @classmethod
    def load(cls, path: Path) -> "Generator":
        """Load what `generator.export` wrote.

        Raises:
            FileNotFoundError: there is no model at `path`.
            ModelError: its files have changed since the export, or it is no generator.
        """
        model = load(Path(path))
        if model.settings.get("name") != "generator":
            raise ModelError(f"{path}: expected a generator, got {model.settings.get('name', 'another model')!r}")
        return cls(model)

    def __call__(self, count: int, seed: int = 0, category: str = "") -> tuple[np.ndarray, list[str]]:
        """Draw samples.

        Args:
            count: how many; the first ones of a larger count are the same.
            seed: of noise and categories.
            category: what to draw; by default all, each as often as it was learned from.

        Returns:
            (count, size, size, 3) uint8 RGB, and the category of each, '' without a condition.

        Raises:
            KeyError: the generator knows no such category.
        """
        noise = np.random.default_rng((seed, 0)).normal(size=(count, self.settings["latent"])).astype(np.float32)
        wanted = self.numbers(count, seed, category)
        return self.pictures(noise, wanted), [self.classes[n] if self.classes else "" for n in wanted]

    def numbers(self, count: int, seed: int, category: str = "") -> np.ndarray:
        """(count,) int32 the numbers of categories to draw; see `__call__`."""
        if not self.classes and not category:
            return np.zeros(count, np.int32)
        known = [n for n, name in enumerate(self.classes) if category in ("", name)]
        known = known or [n for n, name in enumerate(self.classes) if category in category_set(name)]
        if not known:
            has = f"there are {', '.join(self.classes)}" if self.classes else "this generator has no condition"
            raise KeyError(f"no category {category!r}; {has}")
        shares = self.counts[known] / self.counts[known].sum()
        return np.random.default_rng((seed, 1)).choice(known, count, p=shares).astype(np.int32)

    def pictures(self, noise: np.ndarray, categories: np.ndarray) -> np.ndarray:
        """(N, size, size, 3) uint8 RGB of (N, latent) noise and (N,) numbers of categories."""
        found = []
        for start in range(0, len(noise), BATCH):
            inputs = {"noise": noise[start : start + BATCH]}
            inputs |= {"category": categories[start : start + BATCH]} if self.classes else {}
            found.append(self._model(**inputs)["picture"])
        return np.concatenate(found)

    def interpolations(self, rows: int, steps: int, seed: int = 0, category: str = "") -> np.ndarray:
        """(rows * steps, size, size, 3) uint8: each row leads from one sample to another of its category."""
        ends = np.random.default_rng((seed, 0)).normal(size=(2, rows, self.settings["latent"]))
        between = np.stack([slerp(ends[0], ends[1], share) for share in np.linspace(0, 1, steps)], 1)
        noise = between.reshape(rows * steps, -1).astype(np.float32)
        return self.pictures(noise, self.numbers(rows, seed, category).repeat(steps))


def slerp(start: np.ndarray, end: np.ndarray, share: float) -> np.ndarray:
    """(N, D) noise between two, on the arc: on a straight line it would be nearer to 0 than any noise is.

    White: Sampling Generative Networks, 2016, section 2.1.
    """
    cosine = (start * end).sum(-1) / (np.linalg.norm(start, axis=-1) * np.linalg.norm(end, axis=-1))
    angle = np.arccos(cosine)[:, None]
    return (np.sin((1 - share) * angle) * start + np.sin(share * angle) * end) / np.sin(angle)


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = argparse.ArgumentParser(prog="python -m generator.sample", description=__doc__.partition(":")[0])
    parser.add_argument("--model", type=Path, required=True, help="an exported generator")
    parser.add_argument("--count", type=int, default=64, help="of samples (default: 64)")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same samples (default: 0)")
    parser.add_argument("--category", default="", help="draw this part or category alone")
    parser.add_argument("--interpolate", type=int, metavar="ROWS", help="instead, rows of pictures between two samples")
    parser.add_argument("--out", type=Path, required=True, help="folder for grid.png and the samples, one a file")
    args = parser.parse_args(arguments)
    if args.count < 1 or (args.interpolate is not None and args.interpolate < 1):
        raise ValueError("--count and --interpolate: expected 1 or more")
    generator = Generator.load(args.model)
    args.out.mkdir(parents=True, exist_ok=True)
    if args.interpolate:
        pictures = generator.interpolations(args.interpolate, COLUMNS, args.seed, args.category)
        grid(pictures, COLUMNS).save(args.out / "interpolations.png")
        print(args.out / "interpolations.png")
        return
    images, names = generator(args.count, args.seed, args.category)
    for n, (image, name) in enumerate(zip(images, names, strict=True)):
        Image.fromarray(image).save(args.out / f"{n:04d}{'-' * bool(name)}{name.replace('|', '-')}.png")
    grid(images, COLUMNS).save(args.out / "grid.png")
    print(args.out / "grid.png")


if __name__ == "__main__":
    main()
