"""Photos beside PNGs with a number for every pixel, and a CSV that names the numbers: as VITON, LIP, ATR and own data.

LIP: Gong et al.: Look into Person, CVPR 2017. Its layout is that of Pascal VOC's segmentation, too.
"""

from pathlib import Path

import numpy as np

from garments.masks import box_of_mask
from garments.text_files import read_csv
from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import Meaning, own_taxonomy
from photos.decoding import upright_size
from photos.files import PhotoError, find_files
from photos.label_maps import read_label_map
from readers.splits import DEFAULT, in_split, split_name, split_of_folders

PHOTOS = ("photos", "images", "JPEGImages", "image", "cloth")
MAPS = ("maps", "masks", "labels", "annotations", "SegmentationClass", "image-parse", "parsing")
NAMES = "labels.csv"
UNNAMED = "unknown"  # a number that the CSV does not name
FIX = "fix the photo or its map, or remove both"


def read_labelmaps(root: Path, split: str | None = None) -> Table:
    """Read label maps.

    Args:
        root: holds photos/ (or images/, JPEGImages/), maps/ (or masks/, labels/, annotations/, SegmentationClass/) with
            a PNG of the same name for each photo, perhaps folders train, val and test in both; and labels.csv with the
            columns number and label. What is no class, part or category by its name is explained by taxonomy.csv
            (label, part, category).
        split: 'train', 'val' or 'test'; None for all.

    Returns:
        Table; garments have the box around their pixels. A number without a name is no known class.

    Raises:
        ValueError: a folder or labels.csv is missing or wrong, or no photo is of that split.
    """
    root = Path(root)
    photo_folder, map_folder = (_folder(root, names) for names in (PHOTOS, MAPS))
    names = _names(root / NAMES)
    known = own_taxonomy(names, root / "taxonomy.csv")
    photos, garments, problems = [], [], []
    for path in find_files(photo_folder):
        name = path.relative_to(photo_folder).as_posix()
        drawn = map_folder / Path(name).with_suffix(".png")
        try:
            size = upright_size(path)[0]
            label_map = read_label_map(drawn)
            if label_map.shape != size[::-1]:
                raise ValueError(f"its map is {label_map.shape[::-1]}, the photo {size} pixels")
        except Exception as error:  # Pillow raises nearly any on damaged files
            reason = error.reason if isinstance(error, PhotoError) else " ".join(str(error).split())[:200]
            problems.append(dict(file=name, reason=reason, remedy=FIX))
            continue
        row = dict(photo=name, path=str(path), width=size[0], height=size[1], split=_split(name))
        photos.append(row | dict(label_map=str(drawn), map_labels="|".join(names)))
        garments += [dict(photo=name, **garment) for garment in _garments(label_map, names, known)]
    table = Table.of(photos, garments, problems)
    return Table(*in_split(table.photos, table.garments, split), table.problems)


def _folder(root: Path, names: tuple[str, ...]) -> Path:
    found = next((root / name for name in names if (root / name).is_dir()), None)
    if found is None:
        raise ValueError(f"{root}: expected a folder {' or '.join(names)}")
    return found


def _names(file: Path) -> list[str]:
    """The label of each number from 0 on."""
    rows, problems = read_csv(file, ["number", "label"])
    for problem in problems:
        raise ValueError(f"{file.parent / problem['file']}: {problem['reason']}; {problem['remedy']}")
    named = {}
    for number, label, line in rows[["number", "label", "line"]].itertuples(index=False):
        if not number.isdigit() or int(number) > 254 or "|" in label:
            raise ValueError(f"{file.parent / line}: expected a number up to 254 and a label without '|'")
        named[int(number)] = label or "background"
    return [named.get(number, UNNAMED) for number in range(max(named, default=-1) + 1)]


def _split(name: str) -> str:
    return split_name(split_of_folders(name)) or DEFAULT


def _garments(label_map: np.ndarray, names: list[str], known: dict[str, Meaning]) -> list[dict]:
    """Label, part, category and box of each garment of a map."""
    found = []
    for number in np.unique(label_map):
        label = names[number] if number < len(names) else UNNAMED
        if label in known and any(known[label]):
            box = dict(zip(BOX_COLUMNS, box_of_mask(label_map == number), strict=True))
            found.append(dict(label=label, mask_value=number, **known[label]._asdict(), **box))
    return found
