"""What a user corrected on the page, as a data set to train on: COCO's format, or a CSV for `--boxes`."""

from collections.abc import Iterator
from typing import Any

from starlette.datastructures import FormData

from garments.types import BOX_COLUMNS, GARMENT_COLUMNS, Table
from garments.vocabulary import PARTS

PHOTO_FIELDS = ("photo_id", "photo", "width", "height")  # of each photo on the page, in its order
GARMENT_FIELDS = ("of", "category", "part", *BOX_COLUMNS)  # of each garment; `of` is a photo_id
MAX_FIELDS = 100_000


def as_table(form: FormData) -> Table:
    """The photos and garments of the page.

    Args:
        form: a value of each of PHOTO_FIELDS for each photo, and of each of GARMENT_FIELDS for each garment.

    Raises:
        ValueError: it is not as the page writes it, or a box is not inside of its photo.
    """
    photos = {row["photo_id"]: _photo(row) for row in _rows(form, PHOTO_FIELDS)}
    if not photos:
        raise ValueError("there is no photo yet")
    names = [photo["photo"] for photo in photos.values()]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two photos are called {twice[0]!r}; take one of them away")
    return Table.of(list(photos.values()), [_garment(row, photos) for row in _rows(form, GARMENT_FIELDS)], [])


def csv_text(table: Table, dataset: str) -> str:
    """The corrections as a CSV for `--boxes` of the trainings, which adds them to photos of this data set.

    Raises:
        ValueError: no data set can be called so.
    """
    if not dataset.isidentifier():
        raise ValueError(f"expected the NAME that --data NAME:PATH has for these photos, got {dataset!r}")
    return Table.concatenate({dataset: table}).garments[GARMENT_COLUMNS].to_csv(index=False)


def _rows(form: FormData, fields: tuple[str, ...]) -> Iterator[dict[str, str]]:
    columns = [[str(value) for value in form.getlist(name)] for name in fields]
    if len({len(column) for column in columns}) > 1:
        raise ValueError(f"expected as many values of each of {', '.join(fields)}")
    return (dict(zip(fields, row, strict=True)) for row in zip(*columns, strict=True))


def _photo(row: dict[str, str]) -> dict[str, Any]:
    return {"photo": row["photo"], "path": row["photo"], "width": int(row["width"]), "height": int(row["height"])}


def _garment(row: dict[str, str], photos: dict[str, dict]) -> dict[str, Any]:
    if row["of"] not in photos or row["part"] not in PARTS:
        raise ValueError(f"expected a garment of a photo, with a part of {', '.join(PARTS)}")
    photo, box = photos[row["of"]], [float(row[name]) for name in BOX_COLUMNS]
    x1, y1, x2, y2 = box
    if not (0 <= x1 < x2 <= photo["width"] and 0 <= y1 < y2 <= photo["height"]):
        raise ValueError(f"{photo['photo']}: the box {x1:g}, {y1:g}, {x2:g}, {y2:g} is not inside of the photo")
    named = dict(photo=photo["photo"], label=row["category"] or row["part"], part=row["part"], category=row["category"])
    return named | dict(zip(BOX_COLUMNS, box, strict=True))
