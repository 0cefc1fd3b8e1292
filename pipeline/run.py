"""The flow, top to bottom: decode, detect, crop, classify and find landmarks, write."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from tqdm import tqdm

from garments.photos import PhotoError, find_files, read_photo
from garments.types import Garments, Photo
from pipeline.writers import Results, Summary

MIN_SCORE = 0.4  # of a garment; chosen on held-out training photos
READING_AHEAD = 2  # batches


class CannotRun(Exception):
    """The pipeline cannot start; the message says why and what to do."""


@dataclass(frozen=True)
class Options:
    """How to run the pipeline; see `python pipeline.py --help`."""

    models: Path
    min_score: float = MIN_SCORE
    classifier: str = "img+bbox"
    batch: int = 8
    limit: int | None = None
    pictures: bool = True
    landmarks: bool = True


class Pipeline:
    """The models of both stages, loaded once; a batch of photos in, their garments out."""

    def __init__(self, detector, crop_models: list, min_score: float):
        self.detector, self.crop_models, self.min_score = detector, crop_models, min_score

    @classmethod
    def load(cls, models: Path, min_score: float = MIN_SCORE, landmarks: bool = True) -> "Pipeline":
        """Load the exported models of a folder; it may lack landmarks/.

        Raises:
            CannotRun: another one is missing.
        """
        from classifier.predict import CropModel
        from detector.predict import Detector

        try:
            detector = Detector.load(models / "detector")
            names = ["img", "img_bbox"] + ["landmarks"] * (landmarks and (models / "landmarks").exists())
            crop_models = [CropModel.load(models / name) for name in names]
        except FileNotFoundError as error:
            raise CannotRun(f"{error}; give a folder with detector/, img/ and img_bbox/ by --models") from error
        return cls(detector, crop_models, min_score)

    def __call__(self, photos: list[Photo], pixels: list[np.ndarray]) -> list[Garments]:
        """The garments of each photo, best first, with what every model of the second stage says."""
        garments = [found.once() for found in self.detector(photos, pixels, self.min_score)]
        for model in self.crop_models:
            garments = model(photos, pixels, garments)
        return garments


def run(folder: Path, out: Path, options: Options) -> Summary:
    """Analyse every photo of a folder and write the files that README.md lists.

    Args:
        folder: the photos; sub-folders are included.
        out: the folder for results; it may lie inside `folder`.
        options: see Options.

    Returns:
        What was found.

    Raises:
        CannotRun: the folder or a model is missing, or the results cannot be written.
    """
    if not folder.is_dir():
        raise CannotRun(f"{folder} is not a folder; give the folder that holds the photos")
    files = list(islice(find_files(folder, leave_out=out), options.limit))
    if not files:
        raise CannotRun(f"{folder} holds no files; give the folder that holds the photos")
    pipeline = Pipeline.load(options.models, options.min_score, options.landmarks)
    try:
        out.mkdir(parents=True, exist_ok=True)
        results = Results(out, options.classifier, options.pictures)
    except OSError as error:
        raise CannotRun(f"cannot write to {out} ({error}); give another folder by --out") from error
    with results, tqdm(total=len(files), unit="photo") as progress:
        for batch in read_batches(files, folder, options.batch):
            good = [(photo, pixels) for photo, pixels in batch if isinstance(photo, Photo)]
            photos, pixels = [photo for photo, _ in good], [pixels for _, pixels in good]
            for photo, image, garments in zip(photos, pixels, pipeline(photos, pixels), strict=True):
                results.add(photo, image, garments)
            for path, error in batch:
                if isinstance(error, PhotoError):
                    results.fail(path.relative_to(folder).as_posix(), error)
            progress.update(len(batch))
    return results.summary


def read_batches(files: list[Path], folder: Path | None, size: int) -> Iterator[list[tuple]]:
    """Batches of (Photo, pixels), or (path, PhotoError) for a file that cannot be used, decoded ahead by threads."""
    with ThreadPoolExecutor(2) as threads:

        def start(batch):
            return [threads.submit(_read, path, folder) for path in batch]

        waiting = []
        for first in range(0, len(files), size):
            waiting.append(start(files[first : first + size]))
            if len(waiting) > READING_AHEAD:
                yield [future.result() for future in waiting.pop(0)]
        for futures in waiting:
            yield [future.result() for future in futures]


def _read(path: Path, folder: Path | None) -> tuple:
    try:
        str(path).encode()
        return read_photo(path, folder)
    except UnicodeEncodeError:
        return path, PhotoError("its name is not valid UTF-8", "rename it")
    except PhotoError as error:
        return path, error
