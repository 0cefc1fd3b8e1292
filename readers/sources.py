"""Where a data set lies, and one row for a photo that several of its lists name."""

import os
from pathlib import Path

import pandas as pd

from readers.photo_finder import Found
from readers.splits import DEFAULT, split_of_folders, strictest

LISTS = {"annotations", "annotation", "annos", "labels", "json", "imagesets"}  # folders beside which the photos lie


def place_of(source: Path, *suffixes: str) -> tuple[Path, list[Path]]:
    """(the folder of a data set, its lists) of what the user gave: a folder, or a file with one of the suffixes.

    The list is empty for a folder. The photos of a folder `annotations` lie beside it, so it is the one above.

    Raises:
        ValueError: it is a file of another kind, or does not exist.
    """
    path = Path(os.path.abspath(source))
    if os.path.isdir(path):
        folder, files = path, []
    elif os.path.isfile(path) and path.suffix.lower() in suffixes:
        folder, files = path.parent, [path]
    else:
        raise ValueError(f"{source}: expected a folder, or a file {' or '.join(suffixes)}")
    if folder.name.lower() in LISTS:
        files = files or [f for f in sorted(folder.rglob("*")) if f.suffix.lower() in suffixes]
        folder = folder.parent
    return folder, files


def photo_row(found: Found, said: str, split: str, line: str, file: str) -> dict:
    """The row of a photo that an entry names, as `merged_photos` takes it.

    Args:
        found: the photo.
        said: what the entry calls it.
        split: '' where the data set declares none.
        line: where the entry stands.
        file: the list that it is in.
    """
    return dict(**found._asdict(), said=said, split=split, line=line, file=file)


PHOTO_ROW = [*Found._fields, "said", "split", "line", "file"]


def merged_photos(photos: pd.DataFrame, problems: list[dict]) -> tuple[pd.DataFrame, dict[str, str]]:
    """A row a photo and list, with one split a photo.

    Args:
        photos: of `photo_row`, with `file`, the list, and `said`, what its entry calls the photo.
        problems: photos that are declared to be in several splits are added here.

    Returns:
        (without file, said and is_guess; line of an entry -> photo). A photo that one list names twice is in it twice,
        which `finish` reports; one that is missing is named by its line.
    """
    photos = _without_wrong_guesses(photos)
    photos = photos.assign(photo=photos["photo"].where(photos["path"] != "", photos["line"]))
    declared = {photo: sorted(set(of) - {""}) for photo, of in photos.groupby("photo")["split"]}
    for photo, splits in declared.items():
        if len(splits) > 1:
            reason = f"it is listed in {' and '.join(splits)}; it is read as {strictest(splits)}"
            problems.append(dict(file=photo, reason=reason, remedy="list it in one split"))
    known = {photo: strictest(splits) or split_of_folders(photo) or DEFAULT for photo, splits in declared.items()}
    photos = photos.assign(split=photos["photo"].map(known))
    of_line = dict(zip(photos["line"], photos["photo"], strict=True))
    again = photos.duplicated("photo") & ~photos.duplicated(["photo", "file"])
    return photos[~again].drop(columns=["file", "said", "is_guess"]), of_line


def _without_wrong_guesses(photos: pd.DataFrame) -> pd.DataFrame:
    """Photos that were found by name alone are missing where another entry has a better claim to the file."""
    photos = photos.assign(is_guess=photos["is_guess"].astype(bool))
    exact = set(photos.loc[~photos["is_guess"], "photo"])
    names = photos[photos["is_guess"]].groupby("photo")["said"].nunique()
    wrong = photos["is_guess"] & (photos["photo"].isin(exact) | (photos["photo"].map(names) > 1))
    entries = zip(photos.loc[wrong, "said"], photos.loc[wrong, "photo"], strict=True)
    other = "has its name, but another entry names it"
    reasons = [f"the photo {said!r:.100} is missing; {photo} {other}" for said, photo in entries]
    photos.loc[wrong, "missing"] = reasons
    photos.loc[wrong, "path"] = ""
    return photos
