"""The models of both stages, loaded once: a stream of photos in, the same photos with their garments out."""

import hashlib
import os
import subprocess
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from shutil import which

import numpy as np

from engine.trust import SUMS
from garments.types import Garments, Photo
from pipeline.journal import CannotRun

MIN_SCORE = 0.4  # of a garment; chosen on held-out training photos
STEP = 8  # photos, or crops; batches are filled up to multiples of it
GROUP = 64  # photos, and the largest batch of them; see `Pipeline.stream`
CROPS = 4  # seen at once, for each photo of a batch
BLANK = Photo(Path(), "", 8, 8), np.zeros((8, 8, 3), np.uint8)  # fills batches up


class Pipeline:
    """The models of both stages."""

    def __init__(self, detector, crop_models: list, min_score: float, batch: int = 8):
        """Args: detector: a Detector; crop_models: CropModels; min_score: of a garment; batch: see `in_steps`."""
        self.detector, self.crop_models, self.min_score, self.batch = detector, crop_models, min_score, in_steps(batch)

    @classmethod
    def load(
        cls, models: Path, min_score: float = MIN_SCORE, landmarks: bool = True, batch: int | None = None
    ) -> "Pipeline":
        """Load the exported models of a folder; it may lack landmarks/.

        Args:
            models: the folder.
            min_score: of a garment.
            landmarks: whether to use landmarks/.
            batch: photos at once; by default as many as suits this machine.

        Raises:
            CannotRun: another one is missing, or one is not as it was exported.
        """
        from classifier.predict import CropModel
        from detector.predict import Detector
        from engine.frozen import import_tensorflow
        from engine.trust import ModelError

        detector, *crop_models = model_folders(models, landmarks)
        with ThreadPoolExecutor() as threads:
            loading = [threads.submit(_warm_detector, Detector.load, detector)]
            loading += [threads.submit(_warm_crop_model, CropModel.load, path) for path in crop_models]
            batch = in_steps(batch or usual_batch(bool(import_tensorflow().config.list_physical_devices("GPU"))))
            try:
                detector, *crop_models = [future.result() for future in loading]
            except ModelError as error:
                raise CannotRun(str(error)) from error
        return cls(detector, crop_models, min_score, batch)

    @property
    def categories(self) -> dict[str, tuple[str, ...]]:
        """{classifier: its categories, in the order of its probabilities}."""
        return {model.name: model.categories for model in self.crop_models if hasattr(model, "categories")}

    def __call__(self, photos: list[Photo], pixels: list[np.ndarray]) -> list[Garments]:
        """The garments of each photo, best first, with what every model of the second stage says."""
        return [garments for _, _, garments in self.stream([zip(photos, pixels, strict=True)])]

    def stream(
        self, groups: Iterable[Iterable[tuple[Photo, np.ndarray]]]
    ) -> Iterator[tuple[Photo, np.ndarray, Garments]]:
        """Photos, in their order, with their garments as `__call__` gives them.

        Crops of the photos of a group go through the second stage together. No batch holds anything of two groups, so
        that the last bit of what is found in a photo depends on its group alone.
        """
        waiting, views, seen, size = deque(), deque(), deque(), CROPS * self.batch
        for batch in self._detected(groups):
            for photo, pixels, found in batch:
                waiting.append((photo, pixels, found))
                views.extend([model.view(photo, pixels, box) for model in self.crop_models] for box in found.boxes_xyxy)
            while len(views) >= size or (views and not batch):
                seen.extend(self._look([views.popleft() for _ in range(min(size, len(views)))]))
            yield from self._complete(waiting, seen)

    def _detected(
        self, groups: Iterable[Iterable[tuple[Photo, np.ndarray]]]
    ) -> Iterator[list[tuple[Photo, np.ndarray, Garments]]]:
        """Batches of photos with their boxes, and an empty one as each group ends; the detector looks at the next batch
        while the crops of this one are looked at.
        """
        ahead = deque()
        with ThreadPoolExecutor(1) as thread:
            for batch in _batches(groups, self.batch):
                ahead.append((batch, thread.submit(self._detect, batch)))
                while sum(bool(batch) for batch, _ in ahead) > 1:
                    yield _joined(*ahead.popleft())
            for batch, found in ahead:
                yield _joined(batch, found)

    def _detect(self, batch: list[tuple[Photo, np.ndarray]]) -> list[Garments]:
        if not batch:
            return []
        filled = batch if len(batch) == 1 else batch + [BLANK] * (self.batch - len(batch))
        return [found.once() for found in self.detector(*map(list, zip(*filled, strict=True)), self.min_score)]

    def _look(self, views: list[list]) -> list[list[dict]]:
        """For each garment, whose views are given, what each model says: {output: array}."""
        filled = views + views[:1] * (-len(views) % min(STEP, 1 << (len(views) - 1).bit_length()))
        said = [
            model.run(list(column)) for model, column in zip(self.crop_models, zip(*filled, strict=True), strict=True)
        ]
        return [[{name: rows[n] for name, rows in outputs.items()} for outputs in said] for n in range(len(views))]

    def _complete(self, waiting: deque, seen: deque) -> Iterator[tuple[Photo, np.ndarray, Garments]]:
        """Those of the waiting photos, from the first, whose garments have all been seen."""
        while waiting and len(waiting[0][2]) <= len(seen):
            photo, pixels, garments = waiting.popleft()
            said = [seen.popleft() for _ in range(len(garments))]
            for number, model in enumerate(self.crop_models):
                outputs = [each[number] for each in said]
                stacked = (
                    {name: np.stack([o[name] for o in outputs]) for name in outputs[0]} if outputs else model.nothing()
                )
                garments = model.told(photo, garments, stacked)
            yield photo, pixels, garments


def _batches(groups: Iterable[Iterable], size: int) -> Iterator[list]:
    """Lists of up to so many items of one group, and an empty one as each group ends."""
    for group in groups:
        items = iter(group)
        while batch := list(islice(items, size)):
            yield batch
        yield []


def _joined(batch: list[tuple[Photo, np.ndarray]], found: Future) -> list[tuple[Photo, np.ndarray, Garments]]:
    return [(*read, garments) for read, garments in zip(batch, found.result(), strict=False)]  # batches are filled up


def _warm_detector(load: Callable, path: Path):
    """Load a detector and use it once: TensorFlow optimises its graph then."""
    detector = load(path)
    detector(*map(list, zip(BLANK, strict=True)))
    return detector


def _warm_crop_model(load: Callable, path: Path):
    """Load a model of crops and use it once."""
    model = load(path)
    model.run([model.view(*BLANK, np.array([0, 0, 8, 8]))])
    return model


def model_folders(models: Path, landmarks: bool) -> list[Path]:
    """The folders of the detector and of the models of crops.

    Raises:
        CannotRun: one is missing.
    """
    names = ["detector", "img", "img_bbox"] + ["landmarks"] * (landmarks and (models / "landmarks").exists())
    for name in names:
        if not (models / name / "saved_model.pb").exists():
            told = f"no model in {models / name}: expected a SavedModel written by an export command"
            raise CannotRun(f"{told}; give a folder with detector/, img/ and img_bbox/ by --models")
    return [models / name for name in names]


def fingerprints(models: Path, landmarks: bool) -> dict[str, str]:
    """{model: the start of a digest of its checksums}, to know it again; loading compares them with its files.

    Raises:
        CannotRun: a model is missing.
    """
    return {f"model {folder.name}": _digest(folder) for folder in model_folders(models, landmarks)}


def _digest(folder: Path) -> str:
    sums = folder / SUMS
    return hashlib.sha256(sums.read_bytes() if sums.exists() else b"").hexdigest()[:12]


def in_steps(batch: int) -> int:
    """The batch that is used for one that was asked for: a multiple of STEP, up to GROUP."""
    return min(GROUP, batch + -batch % STEP)


def usual_batch(gpu: bool) -> int:
    """Photos at once that suit this machine: by the memory of its GPU, else by its cores and memory."""
    by_memory = max(1, _gigabytes())  # pixels of several batches, 8 MB a photo at most, are in memory
    return min(by_memory, GROUP, max(STEP, 4 * _gpu_gigabytes() if gpu else 2 * (os.cpu_count() or 1)))


def _gigabytes() -> int:
    """Memory of this machine; where the system does not say, enough for the largest batch."""
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return GROUP
    return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)


def _gpu_gigabytes() -> int:
    """Memory of the smallest GPU; 0 where the driver's tool does not say."""
    if not which("nvidia-smi"):
        return 0
    ask = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    said = subprocess.run(ask, capture_output=True, text=True).stdout.split()
    return min((int(word) // 1000 for word in said if word.isdecimal()), default=0)
