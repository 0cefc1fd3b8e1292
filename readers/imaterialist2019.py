"""iMaterialist (Fashion) 2019: 45,623 photos with masks of 27 types of garments and 19 garment parts, and attributes.

The challenge of the FGVC6 workshop at CVPR 2019. Public home: GitHub visipedia/imat_comp; for research only, from
Kaggle. Its categories are those of Fashionpedia.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from garments.masks import extent, from_counts
from garments.splits import chosen
from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import taxonomy
from readers.rows import finish
from readers.sizes import SAID

COLUMNS = ["ImageId", "EncodedPixels", "Height", "Width", "ClassId"]
VAL = 0.1  # of the photos; the labels of the challenge's test set are not public
FIX = "fix this line, or fetch the file again"


def read_imaterialist2019(root: Path, split: str | None = None, outlines: bool = False, things: bool = False) -> Table:
    """Read boxes (the extent of the masks), categories and attributes.

    Args:
        root: the folder with train.csv, label_descriptions.json and train/.
        split: 'train' or 'val', chosen by a hash of the photo's name; None for both.
        outlines: keep the masks too, as `segmentation`: COCO's compressed run lengths.
        things: keep shoes, bags, accessories and pieces of garments too, with part and category '', for segmentation.

    Returns:
        Table; garments have `attributes` by name.

    Raises:
        ValueError: a file is missing or malformed.
    """
    root = Path(root)
    try:
        described = json.loads((root / "label_descriptions.json").read_text(encoding="utf-8"))
        labels, attributes = ({int(e["id"]): e["name"] for e in described[k]} for k in ("categories", "attributes"))
        lines = pd.read_csv(root / "train.csv", dtype={"ImageId": str, "EncodedPixels": str, "ClassId": str})[COLUMNS]
        lines = lines.fillna({"ImageId": ""})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{root}: expected train.csv and label_descriptions.json as published ({error!r})") from error
    lines["line"] = [f"train.csv:{n}" for n in range(2, len(lines) + 2)]
    lines["split"] = np.where(chosen(lines["ImageId"], VAL), "val", "train")
    lines = lines if split is None else lines[lines["split"] == split]
    lines[["Width", "Height"]] = lines[["Width", "Height"]].apply(pd.to_numeric, errors="coerce")
    photos = lines.drop_duplicates("ImageId")[["ImageId", "split", "line"]].rename(columns={"ImageId": "photo"})
    photos[SAID] = lines.groupby("ImageId")[["Width", "Height"]].first().loc[photos["photo"]].to_numpy()
    photos["path"] = str(root / "train") + "/" + photos["photo"]
    sizes = {row.photo: (row.said_height, row.said_width) for row in photos.itertuples()}
    rows, problems = [], []
    for line in lines.itertuples():
        try:
            category, *marks = (int(number) for number in str(line.ClassId).split("_"))
            mask = run_lengths(line.EncodedPixels, int(line.Height), int(line.Width))
            _check_size(mask["size"], sizes[line.ImageId])
        except (ValueError, TypeError, AttributeError) as error:
            problems.append(dict(file=line.line, reason=f"not as published: {error}", remedy=FIX))
            continue
        row = dict(photo=line.ImageId, label=labels.get(category, f"category {category}"), line=line.line)
        row.update(zip(BOX_COLUMNS, extent(mask), strict=True))
        row["attributes"] = "|".join(attributes[number] for number in marks if number in attributes)
        row |= {"segmentation": mask} if outlines else {}
        rows.append(row)
    garments = pd.DataFrame(rows, columns=None if rows else ["photo", "label", *BOX_COLUMNS, "line"])
    return finish(photos, garments, problems, taxonomy("fashionpedia"), things=things)


def _check_size(mask: list[int], first: tuple[float, float]) -> None:
    """Raise a ValueError for a mask of another size than the first one of its photo."""
    if list(first) != list(mask):
        shown = f"{first[1]:g} x {first[0]:g}"
        raise ValueError(f"the mask is {mask[1]} x {mask[0]} pixels, the first one of this photo {shown}")


def run_lengths(text: str, height: int, width: int) -> dict:
    """COCO's compressed mask of Kaggle's run lengths: 'start length start length ...', down the columns, from 1.

    Raises:
        ValueError: the runs overlap, or leave the photo.
    """
    starts, lengths = np.array(text.split(), int).reshape(-1, 2).T
    ends = np.append(0, starts - 1 + lengths)
    gaps = starts - 1 - ends[:-1]
    if not len(starts) or (gaps < 0).any() or (lengths < 1).any() or ends[-1] > height * width:
        raise ValueError("the runs overlap or leave the photo")
    counts = np.append(np.stack([gaps, lengths], 1).ravel(), height * width - ends[-1])
    return from_counts(counts.tolist(), height, width)
