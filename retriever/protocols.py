"""Who is searched among whom: the published protocols of retrieval, on true and on detected boxes."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd

from garments.boxes import iou
from garments.types import BOX_COLUMNS, Garments, Photo, Table
from photos.reading import read_photos
from retriever.finding import Described

MIN_IOU = 0.5  # of an entry of the gallery with a garment, to show its item
SUBMITTED = 20  # entries for each query in a submission
GROUP = 64  # photos
SIDES: dict[str, tuple[str, str, str]] = {  # column of photos, its value for queries, and for the gallery
    "items": ("", "", ""),
    "inshop": ("split", "query", "gallery"),
    "consumer2shop": ("source", "user", "shop"),
    "deepfashion2": ("source", "user", "shop"),
}


class Embeds(Protocol):
    """A model that adds `embeddings` to garments, such as a `retriever.predict.Embedder`."""

    @property
    def numbers(self) -> int:
        """Of an embedding."""

    def __call__(self, photos: list[Photo], pixels: list[np.ndarray], garments: list[Garments]) -> list[Garments]:
        """The garments of each photo with embeddings."""


class Entries(NamedTuple):
    """Garments that are searched for, or among.

    Attributes:
        garments: N rows with photo, item ('' for none), the box, and score.
        embeddings: (N, D) of unit length; rows of nan for a garment that was not found.
    """

    garments: pd.DataFrame
    embeddings: np.ndarray

    def keep(self, mask: np.ndarray) -> "Entries":
        """The garments marked True."""
        return Entries(self.garments[mask].reset_index(drop=True), self.embeddings[mask])


def true_entries(table: Table, model: Embeds) -> Entries:
    """The garments of a Table with their embeddings; one without a box is assumed to fill its photo.

    Photos that cannot be read are named on stderr.

    Raises:
        ValueError: no photo with a garment can be read.
    """
    of_photo = dict(list(table.garments.groupby("photo", sort=False)))
    frames, embeddings = [], [np.zeros((0, model.numbers), np.float32)]
    problems: list[dict] = []
    for read in read_photos(table.photos[table.photos["photo"].isin(of_photo)], problems):
        own = [of_photo[row.photo] for row, *_ in read]
        known = [as_garments(rows, photo) for rows, (_, photo, _) in zip(own, read, strict=True)]
        found = model([photo for _, photo, _ in read], [pixels for *_, pixels in read], known)
        for rows, garments in zip(own, found, strict=True):
            frames.append(rows.assign(**dict(zip(BOX_COLUMNS, garments.boxes_xyxy.T, strict=True))))
            embeddings.append(garments.embeddings if garments.embeddings is not None else embeddings[0])
    _tell({problem["file"]: "{reason}; {remedy}".format(**problem) for problem in problems}, len(frames))
    return Entries(_with_items(pd.concat(frames, ignore_index=True)), np.concatenate(embeddings))


def _tell(problems: dict[str, str], good: int) -> None:
    """Name the photos that cannot be used on stderr.

    Raises:
        ValueError: there is no good one.
    """
    for photo, words in problems.items():
        print(f"{photo}: {words}", file=sys.stderr)
    if not good:
        raise ValueError(f"no photo has a garment to search for; {len(problems)} cannot be read: give other --data")


def detected_entries(table: Table, find: Callable[[list[Path], list[str]], Described]) -> Entries:
    """What is found in the photos of a Table; `item` is that of the garment with the highest IoU, MIN_IOU or more.

    Args:
        table: photos and true garments.
        find: as a `retriever.finding.Finder`.

    Returns:
        Entries with the further columns `truth` and `overlap`: the row of the garment with the highest IoU, and the
        IoU; -1 and 0 for none. Photos that cannot be read are named on stderr.

    Raises:
        ValueError: nothing was found in any photo.
    """
    truth = _with_items(table.garments.reset_index(drop=True))
    of_photo = dict(list(truth.groupby("photo", sort=False)))
    frames, embeddings = [], []
    problems: dict[str, str] = {}
    for start in range(0, len(table.photos), GROUP):
        some = table.photos.iloc[start : start + GROUP]
        found = find([Path(path) for path in some["path"]], list(some["photo"]))
        embeddings.append(found.embeddings)
        problems |= found.problems
        rows = [_matched(own, of_photo.get(photo)) for photo, own in found.garments.groupby("photo", sort=False)]
        frames += rows
    _tell(problems, len(frames))
    return Entries(pd.concat(frames, ignore_index=True), np.concatenate(embeddings))


def _matched(found: pd.DataFrame, truth: pd.DataFrame | None) -> pd.DataFrame:
    """The garments found in a photo, with item, truth and overlap."""
    found = found.assign(truth=-1, overlap=0.0, item="")
    if truth is None:
        return found
    overlaps = iou(found[BOX_COLUMNS].to_numpy(float), np.nan_to_num(truth[BOX_COLUMNS].to_numpy(float)))
    best, overlap = overlaps.argmax(1), overlaps.max(1)
    items = np.where(overlap >= MIN_IOU, truth["item"].to_numpy(object)[best], "")
    return found.assign(truth=np.where(overlap > 0, truth.index[best], -1), overlap=overlap, item=items)


def queries_found(table: Table, entries: Entries) -> Entries:
    """For each true garment with an item the detection that stands for it: of those nearest to it, that of best score.

    As DeepFashion2 evaluates: a garment that no detection is nearest to is missed.

    Args:
        table: the true garments.
        entries: as `detected_entries` gives them.
    """
    truth = _with_items(table.garments.reset_index(drop=True))
    truth = truth[truth["item"] != ""]
    own = entries.garments[entries.garments["truth"] >= 0].sort_values("score", ascending=False, kind="stable")
    place = own.drop_duplicates("truth").reset_index().set_index("truth")["index"].reindex(truth.index).to_numpy()
    missed = np.isnan(place)
    rows = np.where(missed, 0, place).astype(int)
    embeddings = np.full((len(truth), entries.embeddings.shape[1]), np.nan, np.float32)
    embeddings[~missed] = entries.embeddings[rows[~missed]]
    boxes, scores = truth[BOX_COLUMNS].to_numpy(float), np.zeros(len(truth))
    boxes[~missed] = entries.garments[BOX_COLUMNS].to_numpy(float)[rows[~missed]]
    scores[~missed] = entries.garments["score"].to_numpy(float)[rows[~missed]]
    shown = truth.assign(**dict(zip(BOX_COLUMNS, boxes.T, strict=True)), score=scores)
    return Entries(shown.reset_index(drop=True), embeddings)


def sides(table: Table, protocol: str, photos: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Which entries are queries, and which the gallery: two (N,) bool.

    Args:
        table: whose photos tell.
        protocol: a name of SIDES.
        photos: (N,) of the entries.
    """
    column, query, gallery = SIDES[protocol]
    if not column:
        return np.ones(len(photos), bool), np.ones(len(photos), bool)
    values = photos.map(table.photos.set_index("photo")[column])
    return (values == query).to_numpy(), (values == gallery).to_numpy()


def submission(queries: Entries, gallery: Entries) -> list[dict]:
    """DeepFashion2's results: for each query that was found its first SUBMITTED entries of the gallery.

    The name of a photo is its number.
    """
    rows = []
    numbers = [_number(photo) for photo in gallery.garments["photo"]]
    boxes = gallery.garments[BOX_COLUMNS].to_numpy(float).round(1).tolist()
    for row, vector in zip(queries.garments.to_dict("records"), queries.embeddings, strict=True):
        if np.isfinite(vector).all():
            best = np.argsort(-(gallery.embeddings @ vector), kind="stable")[:SUBMITTED]
            box = [round(row[name], 1) for name in BOX_COLUMNS]
            known = dict(query_image_id=_number(row["photo"]), query_bbox=box, query_score=float(row["score"]))
            shown = dict(gallery_image_id=[numbers[n] for n in best], gallery_bbox=[boxes[n] for n in best])
            rows.append({**known, **shown})
    return rows


def _number(photo: str) -> int:
    """The number of a photo, such as 1 of 'val/000001.jpg'."""
    return int(Path(photo).stem)


def as_garments(rows: pd.DataFrame, photo: Photo) -> Garments:
    """The garments of a photo, rows of a Table; one without a box is assumed to fill the photo."""
    whole = np.array([0, 0, photo.width, photo.height], np.float32)
    boxes = rows[BOX_COLUMNS].to_numpy(np.float32)
    boxes = np.where(np.isnan(boxes), whole, boxes)
    return Garments(boxes, np.ones(len(boxes), np.float32), np.full(len(boxes), "full", object))


def _with_items(garments: pd.DataFrame) -> pd.DataFrame:
    return garments.assign(item=garments["item"].fillna("") if "item" in garments else "")
