"""Pseudo-boxes for photos that have labels only: python -m detector.weak --model FOLDER --data ccp:PATH --out CSV

The detector runs on each photo; where it finds the garments that the photo's labels name, those boxes are kept, even if
other parts at the same place score higher. Lee: Pseudo-Label, 2013; the labels keep its own mistakes out.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from detector.predict import Detector
from garments.boxes import inside
from garments.command import command
from garments.masks import encode
from garments.storage import OUTLINES
from garments.types import BOX_COLUMNS, GARMENT_COLUMNS, Garments, Photo, Table
from garments.vocabulary import Meaning, taxonomy
from photos.foreground import foreground_box, foreground_mask
from photos.reading import read_photos

MATCHED = 0.5  # trust in a label that was matched to one of several boxes
FOREGROUND = 0.9  # score of a box that is the foreground of its photo
CONFIDENT = 0.7  # a detection with this score that no label explains rejects the photo
Detect = Callable[[list[Photo], list[np.ndarray]], list[Garments]]
EXPLAINED = 0.7  # boxes with this share of one inside the other are one garment, detected as two parts


def weak_boxes(detector: Detect, table: Table, min_score: float) -> Table:
    """The photos of `table` without boxes for which the detector agrees with the labels, with the boxes it found.

    Args:
        detector: called with photos and their pixels, as a `Detector`.
        table: photos are named 'dataset/photo'; their labels are in `tags`.
        min_score: of a box to be kept.
    """
    boxed = set(table.garments.loc[table.garments["x_min"].notna(), "photo"])
    photos = table.photos[~table.photos["photo"].isin(boxed) & (table.photos["tags"] != "")]
    photos = photos[[bool(expected(row)) for row in photos.itertuples()]]
    rows: list[dict] = []
    problems: list[dict] = []
    for read in read_photos(photos, problems):
        found = detector([photo for _, photo, _ in read], [pixels for *_, pixels in read])
        for (row, *_), garments in zip(read, found, strict=True):
            rows += [dict(photo=row.photo, **r) for r in agreed(expected(row), garments, min_score)]
    named = photos[photos["photo"].isin({row["photo"] for row in rows})]
    return Table.of(named.to_dict("records"), rows, problems)


def foreground_boxes(table: Table, masks: bool = False) -> Table:
    """The photos of `table` with one garment without a box, with the box of their foreground.

    Args:
        table: photos of one garment before a plain background.
        masks: add `segmentation`, the RLE of the foreground.
    """
    alone = table.garments.drop_duplicates("photo", keep=False).set_index("photo")
    alone = alone[alone["x_min"].isna()]
    rows: list[dict] = []
    problems: list[dict] = []
    for read in read_photos(table.photos[table.photos["photo"].isin(alone.index)], problems):
        for row, photo, pixels in read:
            box = foreground_box(pixels)
            if box is not None:
                box = (box * photo.width / pixels.shape[1]).round(1)
                known = {**alone.loc[row.photo], "photo": row.photo, "score": FOREGROUND}
                mask = foreground_mask(pixels) if masks else None
                outline = {} if mask is None else {OUTLINES: outline_in(photo, mask)}
                rows.append({**known, **dict(zip(BOX_COLUMNS, box, strict=True)), **outline})
    named = table.photos[table.photos["photo"].isin({row["photo"] for row in rows})]
    return Table.of(named.to_dict("records"), rows, problems)


def outline_in(photo: Photo, mask: np.ndarray) -> dict:
    """The RLE, in pixels of the photo, of a mask of its pixels, which may be fewer."""
    return encode(np.asarray(Image.fromarray(mask).resize((photo.width, photo.height))))


def expected(row: Any) -> list[tuple[str, Meaning]]:
    """The garments that the labels of a photo name, as (label, meaning)."""
    known = taxonomy(row.photo.partition("/")[0])
    return [(tag, known[tag]) for tag in row.tags.split("|") if tag in known]


def agreed(labels: list[tuple[str, Meaning]], found: Garments, min_score: float) -> list[dict]:
    """Rows of the boxes of the parts that the labels name, if each part has a box and no other detection is confident.

    The labels decide the part of a garment: a dress detected as a top and a skirt is one garment. A label with an open
    part ('jacket or coat') takes the best box. A part with several labels gets at most as many boxes, without category,
    as it is unknown which is which; layered garments may share a box.
    """
    parts = Counter(meaning.part for _, meaning in labels)
    above = np.flatnonzero(found.scores >= min_score)
    rows: list[dict] = []
    kept: list[int] = []
    for part, count in parts.items():
        chosen = [int(n) for n in above if not part or found.parts[n] == part][:count]
        if not chosen:
            return []
        of_part = [(label, meaning) for label, meaning in labels if meaning.part == part]
        label, meaning = of_part[0] if count == 1 else ("", Meaning(part, ""))
        for n in chosen:
            row = dict(label=label, part=found.parts[n], category=meaning.category, score=float(found.scores[n]))
            row["trust"] = 1.0 if len(labels) == 1 else MATCHED
            rows.append({**row, **dict(zip(BOX_COLUMNS, found.boxes_xyxy[n].round(1), strict=True))})
        kept += chosen
    confident, matched = found.boxes_xyxy[found.scores >= CONFIDENT], found.boxes_xyxy[kept]
    explained = np.maximum(inside(confident, matched), inside(matched, confident).T).max(1) >= EXPLAINED
    return rows if "" in parts or explained.all() else []


def limit_photos(table: Table, limit: int) -> Table:
    """At most `limit` photos of each data set, chosen at random."""
    mixed = table.photos["photo"].sample(frac=1, random_state=0)
    rank = mixed.groupby(mixed.str.partition("/")[0]).cumcount()
    return table.keep(rank.sort_index() < limit)


def write_boxes(found: Table, file: Path) -> None:
    """Write the garments as a CSV that `readers.extra_boxes` reads; outlines as JSON."""
    garments = found.garments[[*GARMENT_COLUMNS, *found.garments.columns.intersection([OUTLINES])]]
    garments.assign(**{c: garments[c].map(json.dumps) for c in garments if c == OUTLINES}).to_csv(file, index=False)


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from readers import read_all

    parser = argparse.ArgumentParser(prog="python -m detector.weak", description=__doc__.partition(":")[0])
    parser.add_argument(
        "--model", type=Path, help="an exported detector; without it, the foreground of photos of one garment is used"
    )
    parser.add_argument("--data", action="append", required=True, metavar="NAME:PATH", help="a data set; repeatable")
    parser.add_argument("--splits", default="train,tags", help="splits to use, comma-separated (default: train,tags)")
    parser.add_argument("--min-score", type=float, default=0.5, help="of a box to be kept (default: 0.5)")
    parser.add_argument("--most", type=int, help="max photos per data set, chosen at random")
    parser.add_argument("--masks", action="store_true", help="without a model: write the mask of the foreground too")
    parser.add_argument("--out", type=Path, required=True, help="the CSV to write")
    args = parser.parse_args(arguments)
    if args.masks and args.model:
        parser.error("--masks are of the foreground: give no --model")
    table = read_all(args.data).in_splits(*args.splits.split(","))
    table = limit_photos(table, args.most) if args.most else table
    found = (
        weak_boxes(Detector.load(args.model), table, args.min_score)
        if args.model
        else foreground_boxes(table, args.masks)
    )
    write_boxes(found, args.out)
    scores = np.round(found.garments["score"].quantile([0.1, 0.5, 0.9]).to_numpy(), 2)
    print(f"{args.out}: {len(found.garments)} boxes in {len(found.photos)} photos; scores at 10, 50, 90 %: {scores}")


if __name__ == "__main__":
    main()
