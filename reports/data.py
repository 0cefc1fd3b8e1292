"""The report on a data set: its contents, its boxes, and photos with their labels drawn."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from garments.masks import masks_of
from garments.types import BOX_COLUMNS, Garments, Table
from garments.vocabulary import PARTS
from photos.drawing import draw
from photos.reading import read_photos
from reports.page import Page

PHOTOS, SIDE = 48, 360


def report(table: Table, title: str, out: Path, photos: int = PHOTOS, seed: int = 0) -> Path:
    """Write the page of a data set.

    Args:
        table: the data set.
        title: of the page.
        out: folder to write.
        photos: how many random photos to show.
        seed: of the random choice.

    Returns:
        The page.
    """
    page = Page(out, title)
    boxed = table.garments["x_min"].notna().sum()
    words = f"{len(table.photos)} photos, {len(table.garments)} garments, {boxed} with a box"
    page.verdict(f"{words}, {len(table.problems)} problems", table.photos.empty)
    garments = table.garments.merge(table.photos[["photo", "split", "width", "height"]], on="photo")
    for column in ("category", "part", "label"):
        if len(garments):
            counts = pd.crosstab(garments[column].replace("", "(none)"), garments["split"])
            counts = counts.loc[counts.sum(axis=1).sort_values(ascending=False).index]
            page.table(column, f"By {column}", counts)
    if boxed:
        page.picture("boxes", "Boxes", boxes_figure(garments[garments["x_min"].notna()]))
    points = landmarks_figure(garments)
    if points:
        page.picture("landmarks", "Landmarks", points, "Positions in the box: visible (dark) and hidden (light).")
    page.crops("Photos", samples(table, out, photos, seed), "A random sample, with labels.")
    if len(table.problems):
        page.table("problems", "Problems", table.problems.set_index("file").head(200), f"{len(table.problems)} in all.")
    return page.write()


def boxes_figure(garments: pd.DataFrame) -> Figure:
    """Size, aspect ratio and position of the boxes, by part."""
    x1, y1, x2, y2 = garments[BOX_COLUMNS].to_numpy(float).T
    width, height = garments["width"].to_numpy(float), garments["height"].to_numpy(float)
    figure = Figure((13, 3.6))
    size, shape, places = figure.subplots(1, 3)
    for part in PARTS:
        of = (garments["part"] == part).to_numpy()
        size.hist(np.sqrt((x2 - x1) * (y2 - y1) / (width * height))[of], 30, (0, 1), histtype="step", label=part)
        shape.hist(np.log2((y2 - y1) / (x2 - x1))[of], 30, (-3, 3), histtype="step", label=part)
    size.set(xlabel="root of the share of the photo", title="size")
    shape.set(xlabel="log2 of height to width", title="shape")
    places.hist2d((x1 + x2) / 2 / width, (y1 + y2) / 2 / height, 30, ((0, 1), (0, 1)), cmap="Blues")
    places.invert_yaxis()
    places.set(title="centres in the photo")
    size.legend(fontsize=8)
    return figure


def landmarks_figure(garments: pd.DataFrame) -> Figure | None:
    """Positions of landmarks in their boxes, by part; None if there are none."""
    if "landmarks" not in garments or not garments["x_min"].notna().any():
        return None
    known = garments[garments["landmarks"].notna() & garments["x_min"].notna()]
    parts = [part for part in PARTS if (known["part"] == part).any()]
    if not parts:
        return None
    figure = Figure((4 * len(parts), 4))
    for axis, part in zip(figure.subplots(1, len(parts), squeeze=False)[0], parts, strict=True):
        of = known[known["part"] == part].head(2000)
        corner = of[["x_min", "y_min"]].to_numpy()
        extent = of[["x_max", "y_max"]].to_numpy() - corner
        places = [np.reshape(row, (-1, 3)).astype(float) for row in of["landmarks"]]
        moved = np.concatenate(
            [np.c_[(p[:, :2] - c) / e, p[:, 2]] for p, c, e in zip(places, corner, extent, strict=True)]
        )
        for visibility, alpha in ((1, 0.05), (2, 0.3)):
            axis.plot(*moved[moved[:, 2] == visibility, :2].T, ".", markersize=2, alpha=alpha, color="C0")
        axis.set(title=part, xlim=(-0.2, 1.2), ylim=(1.2, -0.2))
    return figure


def samples(table: Table, out: Path, count: int, seed: int) -> list[dict]:
    """Photos with their garments drawn, as files beside the page."""
    (out / "photos").mkdir(exist_ok=True)
    shown = []
    for number, (image, words) in enumerate(drawn(table, count, seed)):
        name = f"photos/{number:06d}.jpg"
        image.save(out / name, quality=82)
        shown.append(dict(file=name, words=words))
    return shown


def drawn(table: Table, count: int, seed: int = 0) -> Iterator[tuple[Image.Image, str]]:
    """(picture of at most SIDE pixels with the boxes drawn, caption) of random photos of a Table."""
    of_photo = dict(list(table.garments.groupby("photo")))
    chosen = table.photos.sample(min(count, len(table.photos)), random_state=seed)
    for [(row, photo, pixels)] in filter(None, read_photos(chosen, [], 1)):
        garments = of_photo.get(row.photo, table.garments.iloc[:0])
        boxed = garments[garments["x_min"].notna() & garments["part"].isin(PARTS)]
        known = Garments(
            boxed[BOX_COLUMNS].to_numpy(np.float32),
            np.ones(len(boxed), np.float32),
            boxed["part"].to_numpy(object),
            masks=masks_of(boxed, photo.height, photo.width),
        )
        image = draw(photo, pixels, known, list(boxed["label"]))
        image.thumbnail((SIDE, SIDE), Image.Resampling.BILINEAR)
        words = ", ".join(f"{g.label} = {g.category or g.part or '?'}" for g in garments.itertuples())
        yield image, f"{row.photo} ({row.split}): {words or 'no garment'}"
