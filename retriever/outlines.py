"""Outlines of garments as label maps: python -m retriever.outlines --data products:PATH --out FOLDER

Training replaces what is around a garment, and for that it must know where the garment ends. Photos that lack a label
map get one: by the detector, else, in photos of one garment, by GrabCut. What an earlier call wrote is reused.
"""

import argparse
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from garments.boxes import iou
from garments.command import command
from garments.masks import box_of_mask, decode, paste
from garments.types import BOX_COLUMNS, Garments, Photo, Table
from photos.foreground import foreground_mask
from photos.reading import read_photos

MIN_SCORE = 0.5  # of a detection whose mask is used
MIN_IOU = 0.5  # of it with the garment's box, where that is known
Detect = Callable[[list[Photo], list[np.ndarray]], list[Garments]]


def write_outlines(table: Table, folder: Path, detect: Detect | None) -> int:
    """Write a label map for each photo of a Table that has garments and no label map; returns how many are new.

    Args:
        table: photos and garments.
        folder: for the PNGs; the n-th garment of a photo has the value n + 1.
        detect: as `detector.predict.Detector`, with masks; None for GrabCut alone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    of_photo = dict(list(table.garments.groupby("photo", sort=False)))
    new = ~table.photos["photo"].map(lambda name: file_of(folder, name).exists()).astype(bool)
    photos = table.photos[new & (table.photos["label_map"] == "") & table.photos["photo"].isin(of_photo)]
    problems: list[dict] = []
    for read in read_photos(photos, problems):
        shown, pixels = [photo for _, photo, _ in read], [pixels for *_, pixels in read]
        found = detect(shown, pixels) if detect else [None] * len(read)
        for (row, photo, image), garments in zip(read, found, strict=True):
            _save(label_map(of_photo[row.photo], photo, image, garments), file_of(folder, row.photo))
    return len(photos) - len(problems)


def with_outlines(table: Table, folder: Path) -> Table:
    """The Table with the label maps that `write_outlines` put into a folder; garments without a box get that of theirs.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: expected a folder of outlines; write them by python -m retriever.outlines")
    photos, garments = table.photos.copy(), table.garments.reset_index(drop=True)
    files = {name: file_of(folder, name) for name in photos.loc[photos["label_map"] == "", "photo"]}
    files = {name: file for name, file in files.items() if file.exists()}
    drawn = photos["photo"].isin(files)
    photos.loc[drawn, "label_map"] = [str(files[name]) for name in photos.loc[drawn, "photo"]]
    garments = garments.astype({"mask_value": float})
    for name, own in garments[garments["photo"].isin(files)].groupby("photo", sort=False):
        labels = np.asarray(Image.open(files[name]))
        for value, index in enumerate(own.index, start=1):
            if not (labels == value).any():
                continue
            garments.loc[index, "mask_value"] = value
            if np.isnan(own.loc[index, BOX_COLUMNS].to_numpy(float)).any():
                garments.loc[index, BOX_COLUMNS] = box_of_mask(labels == value).astype(float)
    return Table(photos, garments, table.problems)


def file_of(folder: Path, photo: str) -> Path:
    """The file of the label map of a photo."""
    return folder / f"{hashlib.sha256(photo.encode()).hexdigest()[:20]}.png"


def label_map(garments: pd.DataFrame, photo: Photo, pixels: np.ndarray, found: Garments | None) -> np.ndarray:
    """(height, width) uint8: n + 1 inside the n-th garment, 0 where none is known to be.

    Args:
        garments: of the photo, rows of a Table.
        photo: its size is that of the map.
        pixels: (h, w, 3) uint8, at any scale.
        found: what a detector with masks found, or None.
    """
    labels = np.zeros((photo.height, photo.width), np.uint8)
    for value, row in enumerate(garments.itertuples(), start=1):
        mask = None if found is None else _detected(row, photo, found)
        if mask is None and len(garments) == 1:
            mask = _foreground(pixels, photo)
        if mask is not None:
            labels[mask] = value
    return labels


def _detected(row: Any, photo: Photo, found: Garments) -> np.ndarray | None:
    """The mask of the best detection of this garment: of its part, where its box is."""
    good = found.scores >= MIN_SCORE
    if row.part:
        good &= found.parts == row.part
    box = np.array([getattr(row, name) for name in BOX_COLUMNS], float)
    overlap = np.ones(len(found)) if np.isnan(box).any() else iou(box[None], found.boxes_xyxy)[0]
    good &= overlap >= MIN_IOU
    if not good.any() or found.box_masks is None:
        return None
    best = np.argmax(np.where(good, overlap * found.scores, -1))
    return decode(paste(found.box_masks[[best]], found.boxes_xyxy[[best]], photo.height, photo.width)[0])


def _foreground(pixels: np.ndarray, photo: Photo) -> np.ndarray | None:
    mask = foreground_mask(pixels)
    return None if mask is None else np.asarray(Image.fromarray(mask).resize((photo.width, photo.height)))


def _save(labels: np.ndarray, file: Path) -> None:
    """Write a label map, as a whole or not at all."""
    part = file.with_suffix(".part")
    Image.fromarray(labels).save(part, "PNG")
    part.replace(file)


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    import garments
    from readers import read_all
    from readers.extra_boxes import with_extra_boxes

    parser = argparse.ArgumentParser(prog="python -m retriever.outlines", description=__doc__.partition(":")[0])
    parser.add_argument("--data", action="append", required=True, metavar="NAME:PATH", help="a data set; repeatable")
    parser.add_argument("--splits", default="train", help="splits, comma-separated (default: train)")
    parser.add_argument("--boxes", type=Path, action="append", default=[], metavar="CSV", help="boxes, if not all have")
    parser.add_argument("--models", type=Path, help="folder of the exported models (default: as of the pipeline)")
    parser.add_argument(
        "--alone", action="store_true", help="each photo shows one garment and no person: the detector is not needed"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the label maps; the same command resumes")
    args = parser.parse_args(arguments)
    table = with_extra_boxes(read_all(args.data).in_splits(*args.splits.split(",")), args.boxes)
    detect = None if args.alone else garments.load(args.models).detector
    print(f"{write_outlines(table, args.out, detect)} photos got outlines in {args.out}")


if __name__ == "__main__":
    main()
