"""The result of the API for one photo: its garments, as a table and as a picture."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from garments.types import Garments, Photo
from photos.drawing import draw
from photos.reading import PhotoError
from pipeline.prefetch import prefetch
from pipeline.reading import GROUP, READING_AHEAD, THREADS, Read, Source, read_source
from pipeline.records import garment_columns, garment_rows, labels, record_of
from pipeline.writers import AS_TEXT, write_coco

if TYPE_CHECKING:
    import pandas as pd

Stream = Callable[[Iterable[Iterable[Read]]], Iterator[tuple[Read, Garments]]]


@dataclass(frozen=True, repr=False)
class Found(Garments):
    """The garments of one photo. `found[found.scores > 0.5]` selects some of them, as a Found.

    Attributes:
        photo: the photo; None if it cannot be read.
        source: the input of the pipeline; `plot` reads it again, so no pixels are kept.
        classifier: the one that fills the column `category`.
        error: why the photo cannot be read; None if it can.
    """

    photo: Photo | None = None
    source: Source | None = None
    classifier: str = ""
    error: PhotoError | None = None

    def __repr__(self) -> str:
        if self.photo is None:
            return f"Found({self.error})"
        named = zip(self.parts, labels(self._rows()), strict=True)
        return f"Found({self.photo.id}: {', '.join(map(' '.join, named)) or 'no garment'})"

    def to_frame(self) -> "pd.DataFrame":
        """A row a garment, with the columns and values of garments.csv."""
        import pandas as pd

        photo = self.photo.id if self.photo else ""
        rows = [{"photo": photo, **row} for row in self._rows()]
        return pd.DataFrame(rows, columns=garment_columns(self.categories))

    def plot(self) -> Image.Image:
        """The photo with its garments drawn, at most 1600 pixels, at least 480; a notebook displays it.

        Raises:
            PhotoError: the photo cannot be read, or no longer.
        """
        photo, pixels = read_source(self.source).opened()
        return draw(photo, pixels, self, labels(self._rows()))

    def save(self, path: str | Path) -> None:
        """Write the drawn photo; the rows of garments.csv if the path ends in .csv, COCO's format if in .json.

        Raises:
            ValueError: no image format has that extension.
            PhotoError: the photo cannot be read.
        """
        path = Path(path)
        if path.suffix.lower() in (".csv", ".json"):
            self._write(path)
        elif path.suffix.lower() not in Image.registered_extensions():
            raise ValueError(f"{path}: expected .csv, .json or an image extension such as .jpg or .png")
        else:
            self.plot().save(path)

    def _write(self, path: Path) -> None:
        if self.error:
            raise self.error
        assert self.photo  # as there is no error
        classifiers, photo = list(self.categories), self.photo.id
        with open(path, "w", **AS_TEXT) as file:
            if path.suffix.lower() == ".json":
                record = record_of(Read(photo, self.photo, None), self, self.classifier)
                write_coco(file, lambda: [record], classifiers)
            else:
                table = csv.DictWriter(file, garment_columns(classifiers))
                table.writeheader()
                table.writerows({"photo": photo, **row} for row in self._rows())

    def _rows(self) -> list[dict]:
        return garment_rows(self, self.classifier)


def find_all(stream: Stream, sources: Sequence[Source], classifier: str) -> list[Found]:
    """The garments of each photo; none, and an `error`, for a photo that cannot be read.

    Args:
        stream: `Pipeline.stream`.
        sources: the photos.
        classifier: the one that fills the column `category`.
    """
    numbers = range(len(sources))
    with closing(prefetch(lambda n: read_source(sources[n], n), numbers, THREADS, READING_AHEAD)) as reads:
        groups = (islice(reads, GROUP) for _ in range(0, len(sources), GROUP))
        found = [(read.photo, read.error, garments) for read, garments in stream(groups)]
    return [
        Found(**_fields(garments), photo=photo, source=source, classifier=classifier, error=error)
        for source, (photo, error, garments) in zip(sources, found, strict=True)
    ]


def _fields(garments: Garments) -> dict[str, Any]:
    return {field.name: getattr(garments, field.name) for field in fields(garments)}
