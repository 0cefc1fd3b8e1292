"""The models of both stages, loaded once: a stream of photos in, the same photos with their garments out."""

import os
import subprocess
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from shutil import which

import numpy as np

from garments.types import Garments, Photo
from pipeline.found import Found, find_all
from pipeline.journal import CannotRun
from pipeline.model_folders import ModelFolders
from pipeline.prefetch import prefetch
from pipeline.reading import GROUP, Read, Source, in_batches

MIN_SCORE = 0.4  # of a garment; chosen on held-out training photos
STEP = 8  # photos, or crops; batches are filled up to multiples of it
CROPS = 4  # seen at once, for each photo of a batch
BLANK = Photo(Path(), "", 8, 8), np.zeros((8, 8, 3), np.uint8)  # fills batches up


class Pipeline:
    """The models of both stages.

    Attributes:
        detector: a Detector.
        crop_models: CropModels, in the order in which they look.
        min_score: of a garment.
        batch: photos at once.
        classifier: the one whose category is the pipeline's answer.
    """

    def __init__(self, detector, crop_models: list, min_score: float, batch: int = 8, classifier: str = "img+bbox"):
        """Args: as the attributes; batch: see `in_steps`."""
        self.detector, self.crop_models, self.min_score = detector, crop_models, min_score
        self.batch, self.classifier = in_steps(batch), classifier

    @classmethod
    def load(
        cls,
        models: Path,
        min_score: float = MIN_SCORE,
        landmarks: bool = True,
        batch: int | None = None,
        classifier: str = "img+bbox",
    ) -> "Pipeline":
        """Load the exported models of a folder; it may lack landmarks/.

        Args:
            models: the folder.
            min_score: of a garment.
            landmarks: whether to use landmarks/.
            batch: photos at once; by default as many as suits this machine.
            classifier: the one whose category is the pipeline's answer.

        Raises:
            CannotRun: another model is missing, or one is not as it was exported.
        """
        from classifier.models import load as load_crop_model
        from detector.predict import Detector
        from engine.checksums import ModelError
        from engine.startup import import_tensorflow

        folders = ModelFolders.find(models, landmarks)
        jobs = [partial(_warm_detector, Detector.load, folders.detector)]
        jobs += [partial(_warm_crop_model, load_crop_model, path) for path in folders.crop_models.values()]
        try:
            detector, *crop_models = prefetch(lambda job: job(), jobs, len(jobs), len(jobs))
        except ModelError as error:
            raise CannotRun(str(error)) from error
        batch = batch or usual_batch(bool(import_tensorflow().config.list_physical_devices("GPU")))
        return cls(detector, crop_models, min_score, batch, classifier)

    def __call__(self, photos: Source | list[Source]) -> Found | list[Found]:
        """The garments of one photo, or of each of a list of them.

        Args:
            photos: a path, the bytes of a file, a PIL image, or (H, W, 3) uint8 RGB pixels; or a list (or tuple) of
                such.

        Returns:
            A Found; for a list a list of them, in its order, in which a photo that cannot be read has no garments and
            says why in `error`.

        Raises:
            PhotoError: a single photo that cannot be read; names the file, the reason and the remedy.
            TypeError, ValueError: something else was given.
        """
        is_one = not isinstance(photos, (list, tuple))
        found = find_all(self.stream, [photos] if is_one else photos, self.classifier)
        if is_one and found[0].error:
            raise found[0].error
        return found[0] if is_one else found

    def predict(self, photos: list[Photo], pixels: list[np.ndarray]) -> list[Garments]:
        """The garments of each photo, best first, with what every model of the second stage predicts."""
        group = [Read(photo.id, photo, image) for photo, image in zip(photos, pixels, strict=True)]
        return [garments for _, garments in self.stream([group])]

    def stream(self, groups: Iterable[Iterable[Read]]) -> Iterator[tuple[Read, Garments]]:
        """Photos, in their order, with their garments as `predict` gives them; none for files that cannot be used.

        The detector looks at the next batch while the crops of this one go through the second stage. Crops of the
        photos of a group share batches. Batches never span groups, so resumed runs are bit-identical.
        """
        waiting, views, seen, size = deque(), deque(), deque(), CROPS * self.batch
        batches = (batch for group in groups for batch in in_batches(group, self.batch))
        with closing(prefetch(self._detect, batches)) as detected:
            for batch, last in detected:
                for read, found in batch:
                    waiting.append((read, found))
                    views.extend(self._views(read, box) for box in found.boxes_xyxy)
                while len(views) >= size or (views and last):
                    seen.extend(self._look([views.popleft() for _ in range(min(size, len(views)))]))
                yield from self._complete(waiting, seen)

    def _detect(self, batch: tuple[list[Read], bool]) -> tuple[list[tuple[Read, Garments]], bool]:
        reads, last = batch
        good = [(read.photo, read.pixels) for read in reads if read.error is None]
        filled = good if len(good) < 2 else good + [BLANK] * (self.batch - len(good))
        boxes = self.detector(*map(list, zip(*filled, strict=True)), self.min_score) if good else []
        found = iter(boxes)
        return [(read, Garments.empty() if read.error else next(found).nms()) for read in reads], last

    def _views(self, read: Read, box: np.ndarray) -> list:
        return [model.view(read.photo, read.pixels, box) for model in self.crop_models]

    def _look(self, views: list[list]) -> list[list[dict]]:
        """For each garment, whose views are given, what each model says: {output: array}."""
        filled = views + views[:1] * (-len(views) % min(STEP, 1 << (len(views) - 1).bit_length()))
        said = [
            model.run(list(column)) for model, column in zip(self.crop_models, zip(*filled, strict=True), strict=True)
        ]
        return [[{name: rows[n] for name, rows in outputs.items()} for outputs in said] for n in range(len(views))]

    def _complete(self, waiting: deque, seen: deque) -> Iterator[tuple[Read, Garments]]:
        """Those of the waiting photos, from the first, whose garments have all been seen."""
        while waiting and len(waiting[0][1]) <= len(seen):
            read, garments = waiting.popleft()
            said = [seen.popleft() for _ in range(len(garments))]
            for number, model in enumerate(self.crop_models):
                outputs = [each[number] for each in said]
                stacked = (
                    {name: np.stack([o[name] for o in outputs]) for name in outputs[0]}
                    if outputs
                    else model.no_outputs()
                )
                garments = model.with_outputs(read.photo, garments, stacked)
            yield read, garments


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
