"""The pure core: photos in, records out. Called alike by a loop, a web server and distributed workers."""

from collections.abc import Iterable

from pipeline.models import Pipeline
from pipeline.reading import Read
from pipeline.records import record_of


def analyse_batch(pipeline: Pipeline, photos: Iterable[Read]) -> list[dict]:
    """The record of each photo, in order; nothing is written, drawn or cached.

    Args:
        pipeline: the models, loaded once.
        photos: photos with their pixels, as `pipeline.reading` returns them, or files that cannot be used. Their crops
            share batches; for an iterator, a bounded number is in memory.

    Returns:
        Dicts of plain values, ready for JSON: `photo`, `width`, `height` and `rows` (those of garments.csv), or
        `photo`, `reason` and `remedy` for a file that cannot be used.
    """
    return [record_of(read, garments, pipeline.classifier) for read, garments in pipeline.stream([photos])]
