"""What the API gives for one photo: its garments, as a table and as a picture."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

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
    """The garments of one photo. `found[found.scores > 0.5]` gives some of them, with all that this can do.

    Attributes:
        photo: the photo; None where it cannot be read.
        source: what the pipeline was given; `plot` reads it again, so no pixels are kept.
        classifier: the one whose category is the pipeline's answer.
        error: why the photo cannot be read; None where it can.
    """

    photo: Photo | None = None
    source: Source | None = None
    classifier: str = ""
    error: PhotoError | None = None

    def __repr__(self) -> str:
        if self.error:
            return f"Found({self.error})"
        named = zip(self.parts, labels(self._rows()), strict=True)
        return f"Found({self.photo.id}: {', '.join(map(' '.join, named)) or 'no garment'})"

    def to_frame(self) -> "pd.DataFrame":
        """A row a garment, with the columns and values of garments.csv."""
        import pandas as pd

        rows = [{"photo": self.photo.id, **row} for row in self._rows()]
        return pd.DataFrame(rows, columns=garment_columns(self.categories))

    def plot(self) -> Image.Image:
        """The photo, 1600 pixels at most, with its garments drawn; a notebook shows it.

        Raises:
            PhotoError: the photo cannot be read, or no longer.
        """
        read = self._read()
        return draw(read.photo, read.pixels, self, labels(self._rows()))

    def save(self, path: str | Path) -> None:
        """Write the drawn photo; the rows of garments.csv where the path ends in .csv; COCO's format in .json.

        Raises:
            ValueError: no kind of image has that ending.
            PhotoError: the photo cannot be read.
        """
        path = Path(path)
        if path.suffix.lower() in (".csv", ".json"):
            self._write(path)
        elif path.suffix.lower() not in Image.registered_extensions():
            raise ValueError(f"{path}: expected .csv, .json or the ending of an image such as .jpg or .png")
        else:
            self.plot().save(path)

    def _write(self, path: Path) -> None:
        if self.error:
            raise self.error
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

    def _read(self) -> Read:
        read = read_source(self.source)
        if read.error:
            raise read.error
        return read


def find_all(stream: Stream, sources: Sequence[Source], classifier: str) -> list[Found]:
    """The garments of each photo; of one that cannot be read none, and its `error`.

    Args:
        stream: that of a Pipeline.
        sources: the photos.
        classifier: the one whose category is the pipeline's answer.
    """
    numbers = range(len(sources))
    with closing(prefetch(lambda n: read_source(sources[n], n), numbers, THREADS, READING_AHEAD)) as reads:
        groups = (islice(reads, GROUP) for _ in range(0, len(sources), GROUP))
        found = [(read.photo, read.error, garments) for read, garments in stream(groups)]
    return [
        Found(**_fields(garments), photo=photo, source=source, classifier=classifier, error=error)
        for source, (photo, error, garments) in zip(sources, found, strict=True)
    ]


def _fields(garments: Garments) -> dict:
    return {field.name: getattr(garments, field.name) for field in fields(garments)}
