"""What the JSON API answers, as models for its OpenAPI page: a record a photo, with the columns of garments.csv."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from pipeline.records import WHOLE, garment_columns, text_columns

ALWAYS = ("garment", "part", "part_score", "x_min", "y_min", "x_max", "y_max", "category", "category_score")


class Mask(BaseModel):
    """COCO's run lengths of a mask."""

    size: list[int] = Field(description="height and width of the photo")
    counts: str


class Problem(BaseModel):
    """Why a request was not answered."""

    detail: str


class Item(BaseModel):
    """A garment of the index."""

    picture: str = Field(description="address of its picture on this server")
    photo: str = Field(description="its photo, below the folder that was indexed")
    item: str | None = Field(None, description="the product it is, if the index knows")
    part: str
    category: str
    colour: str | None = None
    distance: float = Field(description="1 less the cosine or, of a matching item, 1 less the score")
    why: str


def record_model(classifiers: Sequence[str], kinds: Sequence[str] = ()) -> type[BaseModel]:
    """The model of a record.

    Args:
        classifiers: those that run; each has its own columns.
        kinds: of items that an index has for a garment.
    """
    columns = {name: _field(name, classifiers) for name in garment_columns(classifiers) if name != "photo"}
    items: dict[str, Any] = {kind: (list[Item], Field(description="items of the index, best first")) for kind in kinds}
    row = create_model(
        "Garment",
        __doc__="A row of garments.csv, with its mask. What is not known is left out.",
        segmentation=(Mask | None, None),
        contours=(list[list[int]], Field([], description="polygons x1, y1, x2, y2, ... to draw the mask")),
        **columns | items,
    )
    return create_model(
        "Record",
        __doc__="A photo: its size and garments or, if it cannot be used, a reason and a remedy.",
        __config__=ConfigDict(extra="forbid"),
        photo=(str, Field(description="the name of the file, without folders")),
        width=(int | None, Field(None, description="pixels, upright")),
        height=(int | None, Field(None, description="pixels, upright")),
        rows=(list[row] | None, Field(None, description="the garments, by falling score")),  # type: ignore[valid-type]
        reason=(str | None, None),
        remedy=(str | None, None),
    )


def _field(name: str, classifiers: Sequence[str]) -> Any:
    kind: Any = str if name in text_columns(classifiers) else int if name in WHOLE else float
    return (kind, ...) if name in ALWAYS else (kind | None, None)
