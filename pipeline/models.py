"""The models of both stages, loaded once: a stream of photos in, the same photos with their garments out."""

import os
import subprocess
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any, TypeVar, overload

import numpy as np

from garments.types import Garments, Photo
from pipeline.decision import decide_parts, places
from pipeline.found import Found, find_all
from pipeline.journal import CannotRun
from pipeline.looks import with_looks
from pipeline.model_folders import ModelFolders
from pipeline.prefetch import prefetch
from pipeline.reading import CORES, GROUP, Read, Source, in_batches

if TYPE_CHECKING:
    from classifier.predict import Classifier, LandmarkRegressor
    from detector.predict import Detector
    from segmenter.exported import Segmenter

MIN_SCORE = 0.4  # of a garment; tuned on held-out training photos
WEAK = 0.05  # score from which a box counts as another hypothesis of a place
STEP = 8  # photos or crops; batches are padded to multiples of it
CROPS = 4  # crops in a batch, for each photo in a batch
BLANK = Photo(Path(), "", 8, 8), np.zeros((8, 8, 3), np.uint8)  # pads batches
AnySource = TypeVar("AnySource", bound=Source)
Outputs = dict[str, np.ndarray]


class Pipeline:
    """The models of both stages.

    Attributes:
        detector: stage 1.
        crop_models: stage 2, in the order in which they run.
        min_score: of a garment.
        batch: photos per batch.
        classifier: the one that fills the column `category`.
        segmenter: predicts the class of every pixel; None if that is not wanted.
    """

    segmenter: "Segmenter | None" = None

    def __init__(
        self,
        detector: "Detector",
        crop_models: "list[Classifier | LandmarkRegressor]",
        min_score: float,
        batch: int = 8,
        classifier: str = "img+bbox",
    ):
        """Args: see the attributes; batch: see `in_steps`."""
        self.detector, self.crop_models, self.min_score = detector, crop_models, min_score
        self.batch, self.classifier = in_steps(batch), classifier

    @classmethod
    def load(
        cls,
        models: Path,
        min_score: float = MIN_SCORE,
        landmarks: bool = True,
        batch: int | None = None,
        classifier: str | None = None,
        masks: bool = True,
        segment: bool = False,
    ) -> "Pipeline":
        """Load the exported models of a folder; it may lack landmarks/.

        Args:
            models: the folder.
            min_score: of a garment.
            landmarks: whether to use landmarks/.
            batch: photos per batch; by default as many as suit this machine.
            classifier: the one that fills the column `category`.
            masks: whether to predict masks, if the detector can.
            segment: whether to load segmenter/, which a run uses for its pictures.

        Raises:
            CannotRun: another model is missing, or the files of a model have changed since its export.
        """
        from classifier.models import load as load_crop_model
        from detector.predict import Detector
        from engine.checksums import ModelError
        from engine.startup import import_tensorflow
        from segmenter.exported import Segmenter

        folders = ModelFolders.find(models, landmarks, segment)
        jobs: list[Callable[[], Any]] = [partial(_warm_detector, partial(Detector.load, masks=masks), folders.detector)]
        jobs += [partial(warm_crop_model, load_crop_model, path) for path in folders.crop_models.values()]
        try:
            detector, *crop_models = prefetch(lambda job: job(), jobs, len(jobs), len(jobs))
            segmenter = Segmenter.load(folders.segmenter) if folders.segmenter else None
        except ModelError as error:
            raise CannotRun(str(error)) from error
        batch = batch or usual_batch(bool(import_tensorflow().config.list_physical_devices("GPU")))
        pipeline = cls(detector, crop_models, min_score, batch, folders.answering(classifier))
        pipeline.segmenter = segmenter
        return pipeline

    @overload
    def __call__(self, photos: list[AnySource] | tuple[AnySource, ...]) -> list[Found]: ...

    @overload
    def __call__(self, photos: Source) -> Found: ...

    def __call__(self, photos: Source | list[AnySource] | tuple[AnySource, ...]) -> Found | list[Found]:
        """The garments of one photo, or of each photo in a list.

        Args:
            photos: a path, the bytes of a file, a PIL image, or (H, W, 3) uint8 RGB pixels; or a list (or tuple) of
                these.

        Returns:
            A Found; for a list, a list of them in the same order, where a photo that cannot be read has no garments and
            an `error`.

        Raises:
            PhotoError: a single photo that cannot be read; names the file, the reason and the remedy.
            TypeError, ValueError: another input.
        """
        if isinstance(photos, (list, tuple)):
            return find_all(self.stream, photos, self.classifier)
        [found] = find_all(self.stream, [photos], self.classifier)
        if found.error:
            raise found.error
        return found

    def predict(self, photos: list[Photo], pixels: list[np.ndarray]) -> list[Garments]:
        """The garments of each photo, best first, with the predictions of every model of stage 2."""
        group = [Read(photo.id, photo, image) for photo, image in zip(photos, pixels, strict=True)]
        return [garments for _, garments in self.stream([group])]

    def stream(self, groups: Iterable[Iterable[Read]]) -> Generator[tuple[Read, Garments], None, None]:
        """Photos, in order, with their garments as in `predict`; none for files that cannot be used.

        The detector runs on the next batch while the crops of this one are in stage 2. Crops of the photos of a group
        share batches. Batches never span groups, so resumed runs are bit-identical.
        """
        waiting: deque[tuple[Read, Garments]] = deque()
        views: deque[list] = deque()  # of the waiting garments, one per model
        outputs: deque[list[Outputs]] = deque()  # of the waiting garments, one per model
        size = CROPS * self.batch
        batches = (batch for group in groups for batch in in_batches(group, self.batch))
        with closing(prefetch(self._detect, batches)) as detected:
            for batch, last in detected:
                for read, found in batch:
                    waiting.append((read, found))
                    views.extend(self._views(read, box) for box in found.boxes_xyxy)
                while len(views) >= size or (views and last):
                    outputs.extend(self._run_crop_models([views.popleft() for _ in range(min(size, len(views)))]))
                yield from self._complete(waiting, outputs)

    def _detect(self, batch: tuple[list[Read], bool]) -> tuple[list[tuple[Read, Garments]], bool]:
        reads, last = batch
        good = [read.opened() for read in reads if read.error is None]
        padded = good + [BLANK] * (filled(len(good), self.batch) - len(good))
        photos, pixels = [photo for photo, _ in padded], [image for _, image in padded]
        found = iter(self.detector(photos, pixels, min(WEAK, self.min_score)) if good else [])
        none = Garments.empty()
        return [(read, none if read.error else places(next(found), self.min_score)) for read in reads], last

    def _views(self, read: Read, box: np.ndarray) -> list:
        return [model.view(*read.opened(), box) for model in self.crop_models]

    def _run_crop_models(self, views: list[list]) -> list[list[Outputs]]:
        """For each garment, given its views, the outputs of each model."""
        padded = views + views[:1] * (-len(views) % min(STEP, 1 << (len(views) - 1).bit_length()))
        results = [
            model.run(list(column)) for model, column in zip(self.crop_models, zip(*padded, strict=True), strict=True)
        ]
        return [[{name: rows[n] for name, rows in result.items()} for result in results] for n in range(len(views))]

    def _complete(
        self, waiting: deque[tuple[Read, Garments]], outputs: deque[list[Outputs]]
    ) -> Iterator[tuple[Read, Garments]]:
        """The waiting photos, from the first, for whose garments all outputs are there."""
        while waiting and len(waiting[0][1]) <= len(outputs):
            read, garments = waiting.popleft()
            rows = [outputs.popleft() for _ in range(len(garments))]
            for number, model in enumerate(self.crop_models):
                own = [row[number] for row in rows]
                stacked = {name: np.stack([o[name] for o in own]) for name in own[0]} if own else model.no_outputs()
                garments = model.with_outputs(read.photo or BLANK[0], garments, stacked)
                if model.name == self.classifier:
                    garments = decide_parts(garments, self.classifier)
            yield read, garments if read.error else with_looks(garments, *read.opened())


def _warm_detector(load: "Callable[[Path], Detector]", path: Path) -> "Detector":
    """Load a detector and run it once, as TensorFlow optimises its graph in the first call."""
    detector = load(path)
    photo, pixels = BLANK
    detector([photo], [pixels])
    return detector


def warm_crop_model(load: Callable, path: Path) -> "Classifier | LandmarkRegressor":
    """Load a crop model and run it once."""
    model = load(path)
    model.run([model.view(*BLANK, np.array([0, 0, 8, 8]))])
    return model


def filled(photos: int, batch: int) -> int:
    """How many photos a batch is padded to: a power of two, at most a whole batch; no photo stays none."""
    return min(batch, 1 << (photos - 1).bit_length()) if photos else 0


def in_steps(batch: int) -> int:
    """The requested batch size, rounded up to a multiple of STEP, at most GROUP."""
    return min(GROUP, batch + -batch % STEP)


def usual_batch(gpu: bool) -> int:
    """A batch size for this machine, from the memory of its GPU, else from its cores and memory."""
    by_memory = max(1, _gigabytes())  # pixels of several batches, at most 8 MB per photo, are in memory
    return min(by_memory, GROUP, max(STEP, 4 * _gpu_gigabytes() if gpu else 2 * CORES))


def _gigabytes() -> int:
    """Memory of this machine; if unknown, enough for the largest batch."""
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return GROUP
    return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)


def _gpu_gigabytes() -> int:
    """Memory of the smallest GPU; 0 if unknown."""
    if not which("nvidia-smi"):
        return 0
    query = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    words = subprocess.run(query, capture_output=True, text=True).stdout.split()
    return min((int(word) // 1000 for word in words if word.isdecimal()), default=0)
