"""StreetStyle-27K: 27,087 people cut out of photos from all over the world, with 12 attributes of their clothes.

Matzen, Bala, Snavely: StreetStyle, arXiv 2017. Public home: http://streetstyle.cs.cornell.edu.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from garments.splits import chosen
from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import taxonomy
from readers.rows import finish
from readers.sizes import SAID

CORNERS = ["x1", "y1", "x2", "y2"]
SIZE = ["width", "height"]  # of the photo
CATEGORY = "clothing_category"
ATTRIBUTES = [
    "clothing_pattern", "major_color", "wearing_necktie", "collar_presence", "wearing_scarf", "sleeve_length",
    "neckline_shape", "wearing_jacket", "wearing_hat", "wearing_glasses", "multiple_layers",
]  # fmt: skip
VAL = 0.2  # of the photos; the data set has no splits


def read_streetstyle(root: Path, split: str | None = None) -> Table:
    """Read people with the category of what they wear on the torso.

    Args:
        root: the folder with streetstyle27k.manifest and streetstyle27k/.
        split: 'train' or 'val', chosen by a hash of the photo's name; None for both.

    Returns:
        Table. A box holds a person, not a garment, so its part is '': it can evaluate classifiers, but neither train
        nor evaluate detectors. `attributes` are written 'sleeve_length Long sleeve'; people on whose category the
        annotators did not agree have no garment.

    Raises:
        ValueError: the manifest is missing or lacks columns.
    """
    root = Path(root)
    file = root / "streetstyle27k.manifest"
    try:
        lines = pd.read_csv(file)
        lines = lines.reindex(columns=[*lines, *(set(SIZE) - set(lines))])[
            ["url", *CORNERS, *SIZE, CATEGORY, *ATTRIBUTES]
        ]
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"{file}: expected the CSV that the data set publishes ({error!r})") from error
    names = lines["url"].fillna("").astype(str).str.rpartition("/")[2]
    lines = lines.assign(photo=[f"{n[:1]}/{n[1:2]}/{n[2:3]}/{n}" for n in names])
    lines["line"] = [f"{file.name}:{n}" for n in range(2, len(lines) + 2)]
    lines["split"] = np.where(chosen(lines["photo"], VAL), "val", "train")
    lines = lines if split is None else lines[lines["split"] == split]
    photos = lines.drop_duplicates("photo")[["photo", "split", "line", *SIZE]]
    photos = photos.rename(columns=dict(zip(SIZE, SAID, strict=True)))
    photos["source"] = "user"
    photos["path"] = str(root / "streetstyle27k") + "/" + photos["photo"]
    people = lines[lines[CATEGORY].notna()].rename(columns=dict(zip(CORNERS, BOX_COLUMNS, strict=True)))
    attributes = [
        "|".join(f"{name} {value}" for name, value in zip(ATTRIBUTES, row, strict=True) if isinstance(value, str))
        for row in people[ATTRIBUTES].itertuples(index=False)
    ]
    garments = people[["photo", *BOX_COLUMNS, "line"]].assign(label=people[CATEGORY], attributes=attributes)
    return finish(photos, garments, [], taxonomy("streetstyle"))
