"""Evaluate a generator: python -m generator.evaluate --model models/generator --data products:PATH --out FOLDER"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from engine.features import Embed, imagenet_features
from garments.command import command, evaluate_parser
from garments.types import Table
from generator.config import GeneratorConfig
from generator.pictures import Pictures, cut_pictures
from generator.sample import Generator
from metrics.bootstrap import Interval, intervals
from metrics.classification import describe
from metrics.figures import write_figures
from metrics.generation import among, kid_interval, nearest, nearest_other

SIDE = 128  # pixels that the network of the features sees
CLOSE = 0.01  # quantile of the distances of training pictures; a sample nearer than it is a copy
FEWEST = 10  # pictures
ARRAYS = "samples.npz"


@dataclass(frozen=True)
class Seen:
    """Samples of a generator beside real pictures.

    Attributes:
        figures: {name: value, or value with its 95 % interval}.
        samples, categories: (N, S, S, 3) uint8 pictures, and the name of the category of each.
        neighbours: (N, S, S, 3) uint8, the training picture, or its mirror image, next to each sample.
        distances: (N,) from one to the other, in lengths of CLOSE.
    """

    figures: dict[str, float | Interval]
    samples: np.ndarray
    categories: list[str]
    neighbours: np.ndarray
    distances: np.ndarray

    def save(self, out: Path) -> None:
        """Write figures.json and the pictures, for reports.generator."""
        write_figures(out, self.figures)
        arrays = {name: getattr(self, name) for name in ("samples", "neighbours", "distances")}
        np.savez_compressed(out / ARRAYS, categories=np.array(self.categories, str), **arrays)


def evaluate(generator: Generator, real: Pictures, training: Pictures, kept: Path, seed: int = 0) -> Seen:
    """Compare samples, as many as real pictures, with these and with the training pictures.

    Args:
        generator: an exported generator.
        real: pictures it was not trained on.
        training: those it was trained on; as many of them as there are real ones, drawn at random, are the floor.
        kept: the folder where features are kept for another call.
        seed: of samples and floor.
    """
    samples, categories = generator(len(real), seed)
    seen = np.concatenate([training.images, training.images[:, :, ::-1]])  # as training mirrors half of what it draws
    of_real, of_samples, of_seen = (features(images, kept) for images in (real.images, samples, seen))
    of_training = of_seen[: len(training)]
    floor = of_training[np.random.default_rng(seed).permutation(len(training))[: len(real)]]
    groups = real.garments["photo"].to_numpy(object)
    index, away = nearest(of_samples, of_seen)
    close = float(np.quantile(nearest_other(of_training[different(training.images)]), CLOSE))
    figures: dict[str, float | Interval] = {"copies": float((away < close).sum()), "nearest": float(away.min() / close)}
    for name, other in (("", of_samples), ("_real", floor)):
        figures[f"kid{name}"] = kid_interval(of_real, other, groups)
        figures[f"precision{name}"] = share(among(other, of_real), np.arange(len(other)))
        figures[f"recall{name}"] = share(among(of_real, other), groups)
    figures |= {"samples": float(len(samples)), "training": float(len(training))}
    return Seen(figures, samples, categories, seen[index], away / close)


def different(images: np.ndarray) -> np.ndarray:
    """The places of (N, S, S, 3) pictures, of equal ones of one: those lie at 0, where no sample can be nearer."""
    return np.array(list({image.tobytes(): place for place, image in enumerate(images)}.values()), int)


def share(marked: np.ndarray, groups: np.ndarray) -> Interval:
    """The share of True among (N,), with its 95 % interval by resampling groups."""
    return intervals(groups, lambda weights: {"": float(weights @ marked / weights.sum())})[""]


def features(images: np.ndarray, kept: Path, embed: Embed | None = None) -> np.ndarray:
    """(N, D) features of (N, S, S, 3) uint8 pictures, by EfficientNet-Lite2 with ImageNet weights; kept on disk.

    Pictures are resized with a filter as wide as the step between pixels (antialiased), as figures of this type need:
    Parmar et al.: On Aliased Resizing and Surprising Subtleties in GAN Evaluation, CVPR 2022.
    """
    file = kept / f"{hashlib.sha256(images.tobytes()).hexdigest()[:20]}.npy"
    if not file.exists():
        embed = embed or imagenet_features(SIDE)
        found = embed(np.stack([resized(image) for image in images]))
        kept.mkdir(parents=True, exist_ok=True)
        np.save(file.with_suffix(".part.npy"), found)
        file.with_suffix(".part.npy").replace(file)
    return np.load(file)


def resized(image: np.ndarray) -> np.ndarray:
    """(SIDE, SIDE, 3) uint8 of a square RGB image."""
    return np.asarray(Image.fromarray(image).resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def pictures_for(generator: Generator, table: Table, folder: Path) -> Pictures:
    """All pictures of a Table, cut as those that a generator learned from: the same for every generator."""
    config = GeneratorConfig(**{name: generator.settings[name] for name in ("size", "context", "background")})
    return cut_pictures(table, config, folder, {})


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from readers import read_all
    from readers.extra_boxes import with_extra_boxes

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = evaluate_parser("generator.evaluate", __doc__)
    parser.add_argument("--model", type=Path, required=True, help="an exported generator")
    parser.add_argument(
        "--trained-on", default="train", metavar="SPLITS", help="that it was trained on (default: train)"
    )
    parser.add_argument("--boxes", type=Path, action="append", default=[], metavar="CSV", help="as for generator.train")
    parser.add_argument("--seed", type=int, default=0, help="of the samples (default: 0)")
    parser.add_argument("--crops", type=Path, metavar="FOLDER", help="crop store of the training (default: OUT/crops)")
    args = parser.parse_args(arguments)
    if not args.out:
        raise ValueError("--out is missing: pictures and features are kept there")
    generator, crops = Generator.load(args.model), args.crops or args.out / "crops"
    table = with_extra_boxes(read_all(args.data), args.boxes)
    splits = args.splits, args.trained_on
    real, training = (pictures_for(generator, table.in_splits(*s.split(",")), crops) for s in splits)
    if min(len(real), len(training)) < FEWEST:
        raise ValueError(f"{len(real)} and {len(training)} pictures are too few: expected {FEWEST} of both splits")
    seen = evaluate(generator, real, training, crops / "features", args.seed)
    seen.save(args.out)
    print(f"{len(real)} samples beside as many real pictures and {len(training)} of the training")
    print(describe({name: figure for name, figure in seen.figures.items() if isinstance(figure, tuple)}))
    than = f"than all but {CLOSE:.0%} of these are to one another"
    print(f"{seen.figures['copies']:.0f} samples are nearer to a picture of the training {than}")


if __name__ == "__main__":
    main()
