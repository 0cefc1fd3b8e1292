"""Pascal VOC's format, as CVAT, Label Studio, FiftyOne and Roboflow export it: an XML file a photo.

Everingham et al.: The Pascal Visual Object Classes Challenge, IJCV 2010; http://host.robots.ox.ac.uk/pascal/VOC/.
"""

from pathlib import Path
from xml.etree import ElementTree

import pandas as pd

from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import own_taxonomy
from readers.rows import NAME_OWN, finish, split_of

PLACES = ("", "JPEGImages", "images")  # of the photos: beside the XML file, or in a folder beside its folder
CORNERS = ("xmin", "ymin", "xmax", "ymax")
FIX = "export it again, or fix this file"


def read_voc(root: Path, split: str | None = None) -> Table:
    """Read boxes in Pascal VOC's format.

    Args:
        root: the folder with the XML files, at any depth; photos lie beside them, or in JPEGImages/ or images/.
        split: 'train', 'val' or 'test'; None for all.

    Returns:
        Table. The split of a photo is that of ImageSets/Main/*.txt, else of the names of its folders, else 'train'. VOC
        counts pixels from 1, its boxes include their last pixel. Names are parts or categories of this project, or
        labels that taxonomy.csv (label, part, category) in `root` maps to them.

    Raises:
        ValueError: there is no XML file, or taxonomy.csv is wrong.
    """
    root = Path(root)
    files = sorted(root.rglob("*.xml"))
    if not files:
        raise ValueError(f"{root}: expected XML files as Pascal VOC writes them")
    listed = {
        name: file.stem
        for file in root.rglob("ImageSets/Main/*.txt")
        if file.stem in ("train", "val", "test")
        for name in file.read_text(encoding="utf-8").split()
    }
    photos, garments, problems = [], [], []
    for file in files:
        name = file.relative_to(root).as_posix()
        own = listed.get(file.stem) or split_of(name)
        if split and own != split:
            continue
        try:
            tree = ElementTree.parse(file).getroot()
            path = _path_of(file, tree.findtext("filename") or f"{file.stem}.jpg")
            rows = [_row(entry) for entry in tree.iter("object")]
        except (ElementTree.ParseError, ValueError, TypeError) as error:
            problems.append(dict(file=name, reason=f"no annotation as VOC writes it: {error}", remedy=FIX))
            continue
        photo = path.relative_to(root).as_posix()
        photos.append(dict(photo=photo, path=str(path), split=own, line=name))
        garments += [dict(photo=photo, line=f"{name} object {n}", **row) for n, row in enumerate(rows, start=1)]
    photos = pd.DataFrame(photos, columns=["photo", "path", "split", "line"])
    garments = pd.DataFrame(garments, columns=["photo", "label", *BOX_COLUMNS, "line"])
    return finish(photos, garments, problems, own_taxonomy(garments["label"].unique(), root / "taxonomy.csv"), NAME_OWN)


def _row(entry: ElementTree.Element) -> dict:
    """Label and box of an <object>."""
    x1, y1, x2, y2 = (float(entry.findtext(f"bndbox/{corner}", "")) for corner in CORNERS)
    return {"label": entry.findtext("name") or "", **dict(zip(BOX_COLUMNS, (x1 - 1, y1 - 1, x2, y2), strict=True))}


def _path_of(file: Path, name: str) -> Path:
    """The path of the photo of that name; beside the XML file if it is not found."""
    places = [(file.parent.parent / place if place else file.parent) / name for place in PLACES]
    return next((path for path in places if path.exists()), places[0])
