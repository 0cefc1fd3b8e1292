"""How to run the pipeline."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.models import MIN_SCORE, Pipeline


@dataclass(frozen=True)
class Options:
    """How to run the pipeline; see `python pipeline.py --help`."""

    models: Path
    min_score: float = MIN_SCORE
    classifier: str | None = None
    batch: int | None = None
    limit: int | None = None
    pictures: bool = True
    landmarks: bool = True
    masks: bool = True
    cutouts: bool = False
    segment: bool = False
    parquet: bool = False
    fresh: bool = False
    engine: str | None = None
    address: str | None = None
    workers: int | None = None
    merge: bool = False


def load(options: Options) -> Pipeline:
    """The models that a run needs."""
    return Pipeline.load(
        options.models, options.min_score, options.landmarks, options.batch, options.classifier, options.masks,
        options.segment,
    )  # fmt: skip
