"""The split that a data set declares: by names of folders and lists, never by words inside the names of photos."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

import pandas as pd

WORDS = {
    **dict.fromkeys(("train", "training", "trainset", "trainval"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "valset", "eval", "dev"), "val"),
    **dict.fromkeys(("test", "testing", "testset"), "test"),
}
NEUTRAL = {  # words that may stand beside that of a split in the name of a folder
    "", "data", "dataset", "set", "split", "obj", "coco", "voc", "yolo", "default", "instances",
    "image", "images", "imgs", "img", "jpegimages", "photo", "photos",
    "label", "labels", "annotation", "annotations", "annos", "masks",
}  # fmt: skip
DEFAULT = "train"
STRICTEST = ("test", "val", "train")  # a photo in several splits belongs to the first of these


def split_name(text: str) -> str:
    """The split that a text is the name of: 'TEST', 'val2017', 'validation'; '' where it is none."""
    return WORDS.get(re.sub(r"\d+$", "", text.strip().lower()), "")


def words_of(name: str) -> list[str]:
    """The words of a name in lower case, without numbers at their ends."""
    return [word.rstrip("0123456789") for word in re.split(r"[\W_]+", name.lower())]


def _splits_of(words: list[str]) -> set[str]:
    """The splits that words name; COCO's test-dev is a test."""
    known = [word for word in words if word in WORDS]
    return {WORDS[word] for word in known if word != "dev" or set(known) == {"dev"}}


def split_of_folder(name: str) -> str:
    """The split of a folder that is named by it, as 'val', 'train_images', 'obj_train_data'; else ''."""
    words = words_of(name)
    found = _splits_of(words)
    return found.pop() if len(found) == 1 and all(word in WORDS or word in NEUTRAL for word in words) else ""


def split_of_folders(path: str | PurePosixPath) -> str:
    """The split that the last possible folder above a file names; '' where none does."""
    folders = PurePosixPath(path).parts[:-1]
    return next(filter(None, map(split_of_folder, reversed(folders))), "")


def split_of_list(path: str | PurePosixPath) -> str:
    """The split of a file that lists photos, as 'instances_val2017.json': of its name, else of its folders; or ''."""
    stem = PurePosixPath(path).name.partition(".")[0] or PurePosixPath(path).name
    found = _splits_of(words_of(PurePosixPath(path).name) + words_of(stem))
    return found.pop() if len(found) == 1 else split_of_folders(path)


def strictest(splits: Iterable[str]) -> str:
    """The split of a photo that is declared to be in these: 'test' before 'val' before any other; '' for none."""
    known = sorted(filter(None, splits), key=lambda s: STRICTEST.index(s) if s in STRICTEST[:2] else len(STRICTEST))
    return known[0] if known else ""


def in_split(photos: pd.DataFrame, garments: pd.DataFrame, split: str | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The photos of a split with their garments; all for None.

    Raises:
        ValueError: no photo is in that split.
    """
    if split is None:
        return photos, garments
    wanted = split_name(split) or split
    if wanted not in set(photos["split"]):
        there = ", ".join(sorted(set(photos["split"]))) or "none"
        raise ValueError(f"split={split}: no photo is in that split; there are {there}")
    other = photos.loc[photos["split"] != wanted, "photo"]
    return photos[photos["split"] == wanted], garments[~garments["photo"].isin(other)]
