"""Generated data sets in the exact layout of `ccp` and `clothing`, for use without the real photos.

People made of coloured rectangles and noise: enough to run everything, but not to evaluate a model.
"""

import csv
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import savemat

LABELS = ["null", "dress", "hair", "jeans", "shirt", "skin", "coat"]
COLOURS = [(200, 200, 210), (180, 40, 60), (60, 40, 20), (30, 60, 140), (230, 230, 120), (240, 200, 170), (60, 110, 70)]
OUTFITS = [("shirt", "jeans"), ("dress",), ("coat", "jeans")]
SINGLE = ["T-Shirt", "Dress", "Outwear", "Hat", "Not sure", "Polo", "Toga", "Pants"]  # one unknown, and one is missing
FURTHER = ["T-Shirt", "Dress", "Pants", "Outwear", "Shirt", "Dress", "T-Shirt", "Pants"]


def data_folder(given: Path, made: Path) -> Path:
    """`given` if it holds the data sets ccp/ and clothing/, else `made`, with generated ones.

    Args:
        given: the folder of the real data sets.
        made: the folder to write the generated ones to, if needed and not there yet.
    """
    if all((given / name).is_dir() for name in ("ccp", "clothing")):
        return given
    if not made.is_dir():
        write_ccp(made / "ccp", photos=72, scale=4)
        write_clothing(made / "clothing", photos=48, scale=4)
    return made


def write_ccp(root: Path, photos: int = 24, scale: int = 1) -> None:
    """Clothing Co-Parsing: half of the photos are `train`, a quarter each `val` and, with tags only, `tags`.

    Args:
        root: the folder to write.
        photos: how many.
        scale: of photos of 60 x 90 pixels.
    """
    for folder in ("photos", "annotations/pixel-level", "annotations/image-level"):
        (root / folder).mkdir(parents=True)
    savemat(root / "label_list.mat", {"label_list": label_list()})
    rows = []
    for number in range(photos):
        name = f"{number + 1:04d}"
        label_map = draw_person(number, scale)
        Image.fromarray(paint(label_map, number)).save(root / "photos" / f"{name}.jpg", quality=92)
        if number < photos * 3 // 4:
            savemat(root / "annotations/pixel-level" / f"{name}.mat", {"groundtruth": label_map})
        else:
            savemat(root / "annotations/image-level" / f"{name}.mat", {"tags": np.unique(label_map)[None]})
        rows.append((name, "train" if number < photos // 2 else "val" if number < photos * 3 // 4 else "tags"))
    with open(root / "splits.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("photo", "split"), *rows])


def write_clothing(root: Path, photos: int = 8, scale: int = 1) -> None:
    """The clothing data set: among the first eight photos one is missing and one has an unknown label.

    Args:
        root: the folder to write.
        photos: how many; each sender sends two, one sender in four is `val`.
        scale: of photos of 60 x 90 pixels.
    """
    (root / "images").mkdir(parents=True)
    with open(root / "images.csv", "w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(["image", "sender_id", "label", "kids", "split"])
        for number in range(photos):
            label, sender = (SINGLE if number < 8 else FURTHER)[number % 8], number // 2
            lines.writerow([f"photo-{number}", sender, label, "False", "val" if sender % 4 == 3 else "train"])
            if number != SINGLE.index("Pants"):
                pixels = paint(draw_person(number, scale), number)
                Image.fromarray(pixels).save(root / "images" / f"photo-{number}.jpg")


def draw_person(number: int, scale: int = 1) -> np.ndarray:
    """A label map of a person: hair, skin, and the garments of one outfit, slightly different for each number."""
    label_map = np.zeros((90, 60), np.uint8)
    x = 15 + number % 5
    label_map[5:12, x + 8 : x + 22] = LABELS.index("hair")
    label_map[12:20, x + 10 : x + 20] = LABELS.index("skin")
    outfit = OUTFITS[number % len(OUTFITS)]
    label_map[20 : 45 if len(outfit) == 2 else 75, x : x + 30] = LABELS.index(outfit[0])
    if len(outfit) == 2:
        label_map[45:80, x + 4 : x + 26] = LABELS.index(outfit[1])
    return label_map.repeat(scale, 0).repeat(scale, 1)


def paint(label_map: np.ndarray, seed: int) -> np.ndarray:
    """The photo of a label map: a colour for each label, and noise."""
    noise = np.random.default_rng(seed).integers(-15, 15, (*label_map.shape, 3))
    return (np.array(COLOURS)[label_map] + noise).clip(0, 255).astype(np.uint8)


def label_list() -> np.ndarray:
    """label_list.mat's cell array."""
    cells = np.empty((1, len(LABELS)), object)
    cells[0] = LABELS
    return cells
