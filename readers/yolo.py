"""YOLO's format, as Ultralytics, CVAT, Label Studio, FiftyOne and Roboflow export it.

https://docs.ultralytics.com/datasets/detect/: a file names the classes; for each photo there is a text file of the same
name, a line a garment: class x y width height, in lengths of the photo.
"""

from pathlib import Path

import pandas as pd

from garments.text_files import read_text
from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import own_taxonomy
from readers.photo_finder import Found, PhotoFinder
from readers.rows import NAME_OWN, finish
from readers.sizes import measured
from readers.sources import PHOTO_ROW, merged_photos, photo_row
from readers.splits import in_split, split_name, split_of_folders
from readers.yolo_files import YoloFiles, yolo_files
from readers.yolo_lines import FIX, garment_of_line, is_line

FOLDERS = ("images", "labels")  # of photos and of their text files, beside each other
OTHER_FORMAT = "it is called as a photo, but its first line is none of YOLO's format"
EXPORT = "export it in YOLO's format, or remove it"
NO_TEXTS = "none of its photos has a text file; they are read as photos without a garment"
PUT = "put the text files beside them or into the folder `labels`, or remove the photos"
NOT_DECLARED = "it is in none of the splits that {} declares"


def read_yolo(root: Path, split: str | None = None) -> Table:
    """Read boxes in YOLO's format; a line may also be an outline or a pose.

    Args:
        root: the folder with data.yaml (or obj.names, classes.txt), or this file; text files lie beside the photos, or
            in a folder `labels` beside that of `images`, at any depth.
        split: 'train', 'val' or 'test'; None for all.

    Returns:
        Table; a polygon is kept as `segmentation`, points as `keypoints` (as `landmarks` where they are those of this
        project). The split of a photo is what data.yaml or obj.data declares, else that of the names of its folders,
        else 'train'. Class names are parts or categories of this project, or labels that taxonomy.csv (label, part,
        category) in `root` maps to them.

    Raises:
        ValueError: no file names the classes, no photo is of that split, or taxonomy.csv is wrong.
    """
    files = yolo_files(root)
    finder, problems = files.finder, files.problems
    named = _photos_by_name(finder)
    texts = _texts(finder, named)
    problems += _unread(finder, named, texts) + _without_texts(finder, texts)
    rows = [_row(files, text, found) for text, found in texts.items()]
    labelled = {row["photo"] for row in rows}
    rows += [_row(files, None, found) for found in _without_text(files, set(texts)) if found.photo not in labelled]
    rows = [row for row in rows if _is_declared(files, row)]
    photos, of_line = merged_photos(pd.DataFrame(rows, columns=None if rows else PHOTO_ROW), problems)
    photos, _ = in_split(photos, pd.DataFrame({"photo": []}), split)
    photos = measured(photos)
    sizes = {row.photo: (row.width, row.height) for row in photos.itertuples() if row.width > 0}
    garments: list[dict] = []
    for text in texts:
        photo = of_line.get(finder.relative(text), "")
        if photo in sizes:
            garments += _garments(files, text, photo, sizes[photo])
    frame = pd.DataFrame(garments, columns=None if garments else ["photo", "label", *BOX_COLUMNS, "line"])
    known = own_taxonomy(files.names.values(), finder.root / "taxonomy.csv")
    return finish(photos, frame, problems, known, NAME_OWN)


def _row(files: YoloFiles, text: Path | None, found: Found) -> dict:
    """The row of a photo with this text file, or with none."""
    line = files.finder.relative(text) if text else found.photo
    split = files.split_of(found.photo) if found.path else split_of_folders(line)
    return photo_row(found, found.photo, split, line, "labels")


def _is_declared(files: YoloFiles, row: dict) -> bool:
    """False, with a problem, for a photo that a data set with declared splits leaves out."""
    left_out = bool(row["path"]) and bool(files.splits) and not row["split"]
    if left_out:
        remedy = "add its folder to train, val or test, or remove it"
        files.problems.append(dict(file=row["line"], reason=NOT_DECLARED.format(files.declaration), remedy=remedy))
    return not left_out


def _photos_by_name(finder: PhotoFinder) -> dict[str, list[Path]]:
    """{name in lower case, with and without its suffix: photos}; a text file is called so, or so."""
    named: dict[str, list[Path]] = {}
    for photo in finder.photos:
        for name in {photo.stem.casefold(), photo.name.casefold()}:
            named.setdefault(name, []).append(photo)
    return named


def _alike(text: Path, named: dict[str, list[Path]]) -> list[Path]:
    """The photos of the name of a text file, those in the same case if there are such."""
    photos = named.get(text.stem.casefold(), [])
    return [photo for photo in photos if text.stem in (photo.stem, photo.name)] or photos


def _texts(finder: PhotoFinder, named: dict[str, list[Path]]) -> dict[Path, Found]:
    """{text file with labels: its photo}: in the folder `images`, beside it, or the only photo of its name."""
    texts = [file for file in finder.files if file.suffix.lower() == ".txt" and _has_labels(finder, file, named)]
    return {text: _photo_of(finder, text, _alike(text, named)) for text in texts}


def _unread(finder: PhotoFinder, named: dict[str, list[Path]], texts: dict[Path, Found]) -> list[dict]:
    """A problem for each text file of another format whose photo has no labels else."""
    labelled = {found.path for found in texts.values()}
    others = [f for f in finder.files if f.suffix.lower() == ".txt" and f not in texts and not split_name(f.stem)]
    unread = [file for file in others if (photos := _alike(file, named)) and not labelled & set(map(str, photos))]
    return [dict(file=finder.relative(file), reason=OTHER_FORMAT, remedy=EXPORT) for file in unread]


def _without_texts(finder: PhotoFinder, texts: dict[Path, Found]) -> list[dict]:
    """A problem for each folder of photos in `images` of which none has labels, where others have."""
    folders = {photo.parent for photo in finder.photos if FOLDERS[0] in _folders(finder, photo)}
    labelled = {Path(found.path).parent for found in texts.values() if found.path}
    bare = sorted(folders - labelled) if labelled else []
    return [dict(file=finder.relative(folder), reason=NO_TEXTS, remedy=PUT) for folder in bare]


def _folders(finder: PhotoFinder, file: Path) -> list[str]:
    """The folders above a file below the root, in lower case."""
    return [folder.lower() for folder in file.relative_to(finder.root).parts[:-1]]


def _has_labels(finder: PhotoFinder, file: Path, named: dict[str, list[Path]]) -> bool:
    """Whether a text file holds labels: it lies in `labels`, beside a photo of its name, or its first line is a box."""
    if FOLDERS[1] in _folders(finder, file) or any(photo.parent == file.parent for photo in _alike(file, named)):
        return file.name.lower() != "classes.txt"
    try:
        lines = read_text(file).split("\n")
    except ValueError:
        return False
    return is_line(next((line for line in lines if line.strip()), ""))


def _photo_of(finder: PhotoFinder, text: Path, alike: list[Path]) -> Found:
    mirrored = text.parent if (folder := _mirrored(finder, text)) is None else folder
    tried = list(dict.fromkeys([mirrored, text.parent]))
    for folder in tried:
        photos = [photo for photo in alike if photo.parent == folder]
        if len(photos) == 1:
            return Found(finder.relative(photos[0]), str(photos[0]))
        alike = photos or alike
    line = finder.relative(text)
    if len(alike) > 1:
        several = ", ".join(map(finder.relative, alike[:8]))
        return Found(line, missing=f"its photo may be any of {len(alike)} photos: {several}")
    if alike:
        photo = finder.relative(alike[0])
        if len({split_of_folders(photo), split_of_folders(line)} - {""}) < 2:
            return Found(photo, str(alike[0]), is_guess=True)
    places = " and ".join(finder.relative(folder / text.stem) + ".*" for folder in tried)
    return Found(line, missing=f"its photo is missing; tried {places}, and {text.stem}.* in all folders")


def _mirrored(finder: PhotoFinder, text: Path) -> Path | None:
    """The folder of `images` that belongs to one of `labels`: of the last folder of that name."""
    parts = list(text.parent.relative_to(finder.root).parts)
    at = [n for n, part in enumerate(parts) if part.lower() == FOLDERS[1]]
    if not at:
        return None
    folders = [finder.root.joinpath(*parts[: at[-1]], name, *parts[at[-1] + 1 :]) for name in ("images", "Images")]
    return next((folder for folder in folders if folder.is_dir()), folders[0])


def _without_text(files: YoloFiles, texts: set[Path]) -> list[Found]:
    """The photos of folders with photos of the data set; those of them without a text file have no garment."""
    beside = {text.parent for text in texts}
    photos = [
        photo
        for photo in files.finder.photos
        if FOLDERS[0] in _folders(files.finder, photo)
        or photo.parent in beside
        or files.declared(files.finder.relative(photo))
    ]
    return [Found(files.finder.relative(photo), str(photo)) for photo in photos]


def _garments(files: YoloFiles, text: Path, photo: str, size: tuple[int, int]) -> list[dict]:
    """The garments of a text file; lines that are none are problems."""
    name, rows = files.finder.relative(text), []
    try:
        lines = read_text(text).splitlines()
    except ValueError as error:
        files.problems.append(dict(file=name, reason=f"{error!s:.150}", remedy="export it again"))
        return []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        place = f"{name}:{number}"
        try:
            rows.append({"photo": photo, "line": place, **garment_of_line(line, files.names, files.points, size)})
        except (ValueError, KeyError) as error:
            files.problems.append(dict(file=place, reason=str(error.args[0]), remedy=FIX))
    return rows
