"""Crops of garments for the pages of reports."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from garments.types import BOX_COLUMNS, Table
from photos.crops import cut, square_around
from photos.reading import read_photos

SIDE, CONTEXT = 132, 1.15


def write_crops(table: Table, index: list, out: Path, words: Callable[[int], str]) -> dict[int, dict]:
    """Write crops of garments into OUT/crops/.

    Args:
        table: photos and garments.
        index: rows of table.garments.
        out: folder of the page.
        words: the caption for a row.

    Returns:
        {row: dict of file and words}; a photo that can no longer be read is left out.
    """
    (out / "crops").mkdir(exist_ok=True)
    wanted = table.garments.loc[index]
    of_photo = dict(list(wanted.groupby("photo")))
    photos, crops = table.photos[table.photos["photo"].isin(of_photo)], {}
    for [(row, photo, pixels)] in filter(None, read_photos(photos, [], 1)):
        for number, garment in of_photo[row.photo].iterrows():
            box = garment[BOX_COLUMNS].to_numpy(float)
            box = np.array([0, 0, photo.width, photo.height], float) if np.isnan(box).any() else box
            scale = pixels.shape[1] / photo.width
            file = f"crops/{number:06d}.jpg"
            Image.fromarray(cut(pixels, square_around(box, CONTEXT) * scale, SIDE)).save(out / file, quality=85)
            crops[number] = dict(file=file, words=words(number))
    return crops


def spread(groups: pd.Series, order: pd.Series, most: int, each: int) -> list:
    """At most `most` rows, up to `each` per group: the best of each group (by `order`) before any second best."""
    ranked = order.sort_values(ascending=False, kind="stable").index
    place = groups.loc[ranked].groupby(groups.loc[ranked]).cumcount()
    chosen = place[place < each].sort_values(kind="stable")
    return list(chosen.index[:most])
