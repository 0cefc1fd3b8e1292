"""Pascal VOC's format, as CVAT, Label Studio, FiftyOne and Roboflow export it: an XML file a photo.

Everingham et al.: The Pascal Visual Object Classes Challenge, IJCV 2010; http://host.robots.ox.ac.uk/pascal/VOC/.
"""

import math
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import pandas as pd

from garments.text_files import read_text
from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import own_taxonomy
from readers.coco_values import upright_extent
from readers.photo_finder import PhotoFinder
from readers.rows import NAME_OWN, finish
from readers.sizes import SAID
from readers.sources import PHOTO_ROW, merged_photos, photo_row, place_of
from readers.splits import in_split, split_name, split_of_folders, strictest

CORNERS = ("xmin", "ymin", "xmax", "ymax")
FIX = "export it again, or fix this file"
EXPECTED = "no annotation as VOC writes it"


def read_voc(root: Path, split: str | None = None) -> Table:
    """Read boxes in Pascal VOC's format.

    Args:
        root: the folder with the XML files, at any depth; photos lie anywhere below it.
        split: 'train', 'val' or 'test'; None for all.

    Returns:
        Table. The split of a photo is that of ImageSets/Main/*.txt, else of the names of its folders, else 'train'. VOC
        counts pixels from 1, its boxes include their last pixel. Names are parts or categories of this project, or
        labels that taxonomy.csv (label, part, category) in `root` maps to them.

    Raises:
        ValueError: there is no XML file, no photo is of that split, or taxonomy.csv is wrong.
    """
    root, files = place_of(root, ".xml")
    finder = PhotoFinder(root)
    files = files or [file for file in finder.files if file.suffix.lower() == ".xml"]
    if not files:
        raise ValueError(f"{root}: expected XML files as Pascal VOC writes them")
    photos: list[dict] = []
    garments: list[dict] = []
    problems: list[dict] = []
    listed = _listed(finder, problems)
    for file in files:
        _read(file, finder, listed, photos, garments, problems)
    frame, of_line = merged_photos(pd.DataFrame(photos, columns=None if photos else [*PHOTO_ROW, *SAID]), problems)
    boxes = pd.DataFrame(garments, columns=["photo", "label", *BOX_COLUMNS, "line"])
    boxes["photo"] = boxes["photo"].map(of_line).fillna("")
    frame, boxes = in_split(frame, boxes, split)
    return finish(frame, boxes, problems, own_taxonomy(boxes["label"].unique(), root / "taxonomy.csv"), NAME_OWN)


def _read(
    file: Path, finder: PhotoFinder, listed: dict[str, str], photos: list, garments: list, problems: list
) -> None:
    """Add the photo and the garments of one file; what is malformed is a problem."""
    name = finder.relative(file)
    try:
        tree = _tree(file)
    except (ElementTree.ParseError, ValueError, RecursionError) as error:
        problems.append(dict(file=name, reason=f"{EXPECTED}: {error!s:.150}", remedy=FIX))
        return
    if tree.tag != "annotation":
        remedy = "export it from CVAT as Pascal VOC or COCO" if tree.tag == "annotations" else FIX
        reason = f"{EXPECTED}: expected <annotation>, got <{tree.tag:.40}>"
        problems.append(dict(file=name, reason=reason, remedy=remedy))
        return
    said = (tree.findtext("filename") or "").strip() or f"{file.stem}.jpg"
    split = listed.get(name.removesuffix(file.suffix)) or listed.get(file.stem) or split_of_folders(name)
    found = finder.find(_with_suffix(said, file, finder), file.parent, split)
    size = [_number(tree.findtext(f"size/{side}")) for side in ("width", "height")]
    photos.append({**photo_row(found, said, split, name, "Annotations"), **dict(zip(SAID, size, strict=True))})
    for number, entry in enumerate(tree.iter("object"), start=1):
        line = f"{name} object {number}"
        try:
            garments.append(dict(photo=name, line=line, **_row(entry)))
        except ValueError as error:
            problems.append(dict(file=line, reason=f"{EXPECTED}: {error!s:.150}", remedy=FIX))


def _tree(file: Path) -> ElementTree.Element:
    """The root of an XML file; its encoding may be another than the file says.

    Raises:
        ParseError, ValueError: it is no XML.
    """
    try:
        return ElementTree.parse(file).getroot()
    except (ElementTree.ParseError, ValueError, LookupError):
        text = read_text(file).lstrip()
        return ElementTree.fromstring(text.partition("?>")[2] if text.startswith("<?xml") else text)


def _with_suffix(said: str, file: Path, finder: PhotoFinder) -> str:
    """The name of a photo, which some tools write without its suffix."""
    if PurePosixPath(said).suffix:
        return said
    alike = {photo.suffix for photo in finder.photos if photo.stem == PurePosixPath(said).name}
    return said + (alike.pop() if len(alike) == 1 else "")


def _listed(finder: PhotoFinder, problems: list[dict]) -> dict[str, str]:
    """{photo without suffix: split} of ImageSets/Main/*.txt; a line may end with 1, -1 or 0, as those of a class do."""
    splits: dict[str, set[str]] = {}
    for file in finder.files:
        if file.suffix.lower() == ".txt" and file.parent.name == "Main" and split_name(file.stem):
            try:
                lines = read_text(file).splitlines()
            except ValueError as error:
                problems.append(dict(file=finder.relative(file), reason=f"{error!s:.150}", remedy=FIX))
                continue
            for line in filter(None, map(str.strip, lines)):
                splits.setdefault(line, set()).add(split_name(file.stem))
    return {name: strictest(of) for name, of in splits.items()}


def _row(entry: ElementTree.Element) -> dict:
    """Label and box of an <object>, of its outline where it has no <bndbox>.

    Raises:
        ValueError: it has neither.
    """
    label = (entry.findtext("name") or "").strip()
    if entry.find("bndbox") is None and (points := _polygon(entry)):
        x, y = zip(*points, strict=True)
        return {"label": label, **dict(zip(BOX_COLUMNS, (min(x), min(y), max(x), max(y)), strict=True))}
    if len(entry.findall("bndbox")) > 1:
        raise ValueError(f"expected one <bndbox>, got {len(entry.findall('bndbox'))}")
    x1, y1, x2, y2 = (_number(entry.findtext(f"bndbox/{corner}")) for corner in CORNERS)
    if not all(map(math.isfinite, (x1, y1, x2, y2))):
        given = [entry.findtext(f"bndbox/{corner}") for corner in CORNERS]
        raise ValueError(f"expected a <bndbox> with {', '.join(CORNERS)}, got {given}")
    box = upright_extent([x1 - 1, y1 - 1, x2, y2], _rotation(entry))
    return {"label": label, **dict(zip(BOX_COLUMNS, box, strict=True))}


def _rotation(entry: ElementTree.Element) -> float:
    """The degrees by which CVAT has turned a box; nan for none."""
    attributes = {attribute.findtext("name"): attribute.findtext("value") for attribute in entry.iter("attribute")}
    return _number(attributes.get("rotation"))


def _polygon(entry: ElementTree.Element) -> list[tuple[float, float]]:
    """The points of a <polygon>: <x1>, <y1>, <x2> and so on, or <pt> with <x> and <y>."""
    polygon = entry.find("polygon")
    if polygon is None:
        return []
    pairs = [(point.findtext("x"), point.findtext("y")) for point in polygon.iter("pt")]
    number = 1
    while not polygon.findall("pt") and polygon.find(f"x{number}") is not None:
        pairs.append((polygon.findtext(f"x{number}"), polygon.findtext(f"y{number}")))
        number += 1
    points = [(_number(x), _number(y)) for x, y in pairs]
    return points if all(map(math.isfinite, sum(points, ()))) else []


def _number(text: str | None) -> float:
    """A number; nan for anything else."""
    try:
        return float(text or "nan")
    except ValueError:
        return math.nan
