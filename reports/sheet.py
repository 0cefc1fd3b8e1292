"""A contact sheet: pictures side by side in one figure."""

import textwrap
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image


def sheet(pictures: list[tuple[Image.Image | Path, str]], columns: int = 4, width: float = 12.0) -> Figure:
    """A figure of pictures with captions.

    Args:
        pictures: (image or its file, caption).
        columns: pictures per row.
        width: of the figure in inches.
    """
    rows = max(1, -(-len(pictures) // columns))
    figure = Figure((width, rows * (width / columns + 0.5)), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes:
        axis.axis("off")
    for axis, (picture, words) in zip(axes, pictures, strict=False):
        axis.imshow(picture if isinstance(picture, Image.Image) else Image.open(picture))
        axis.set_title("\n".join(textwrap.wrap(words, int(9 * width / columns))), fontsize=8)
    return figure
