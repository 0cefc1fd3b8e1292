"""Small generated data sets in the exact layout of the published ones."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
SHARED = Path(__file__).resolve().parents[2] / "shared"
LABELS = ["null", "dress", "hair", "jeans", "shirt", "skin", "coat"]
COLOURS = [(200, 200, 210), (180, 40, 60), (60, 40, 20), (30, 60, 140), (230, 230, 120), (240, 200, 170), (60, 110, 70)]
OUTFITS = [("shirt", "jeans"), ("dress",), ("coat", "jeans")]


def draw_person(number: int, width: int = 60, height: int = 90) -> np.ndarray:
    """A label map of a person: hair, skin, and the garments of one outfit, a little different for each number."""
    label_map = np.zeros((height, width), np.uint8)
    x = 15 + number % 5
    label_map[5:12, x + 8 : x + 22] = LABELS.index("hair")
    label_map[12:20, x + 10 : x + 20] = LABELS.index("skin")
    outfit = OUTFITS[number % len(OUTFITS)]
    label_map[20 : 45 if len(outfit) == 2 else 75, x : x + 30] = LABELS.index(outfit[0])
    if len(outfit) == 2:
        label_map[45:80, x + 4 : x + 26] = LABELS.index(outfit[1])
    return label_map


def paint(label_map: np.ndarray, seed: int) -> np.ndarray:
    """The photo of a label map: a colour for each label, and noise."""
    noise = np.random.default_rng(seed).integers(-15, 15, (*label_map.shape, 3))
    return (np.array(COLOURS)[label_map] + noise).clip(0, 255).astype(np.uint8)


def label_list() -> np.ndarray:
    """label_list.mat's cell array."""
    cells = np.empty((1, len(LABELS)), object)
    cells[0] = LABELS
    return cells


@pytest.fixture(scope="session")
def ccp(tmp_path_factory) -> Path:
    """CCP with 18 labelled photos (12 train, 6 val) and 6 with tags only."""
    root = tmp_path_factory.mktemp("ccp")
    for folder in ("photos", "annotations/pixel-level", "annotations/image-level"):
        (root / folder).mkdir(parents=True)
    savemat(root / "label_list.mat", {"label_list": label_list()})
    rows = []
    for number in range(24):
        name = f"{number + 1:04d}"
        label_map = draw_person(number)
        Image.fromarray(paint(label_map, number)).save(root / "photos" / f"{name}.jpg", quality=92)
        if number < 18:
            savemat(root / "annotations/pixel-level" / f"{name}.mat", {"groundtruth": label_map})
        else:
            savemat(root / "annotations/image-level" / f"{name}.mat", {"tags": np.unique(label_map)[None]})
        rows.append((name, "train" if number < 12 else "val" if number < 18 else "tags"))
    with open(root / "splits.csv", "w", newline="") as file:
        csv.writer(file).writerows([("photo", "split"), *rows])
    return root


@pytest.fixture(scope="session")
def clothing(tmp_path_factory) -> Path:
    """The clothing data set with 8 photos, one of them missing and one with an unknown label."""
    root = tmp_path_factory.mktemp("clothing")
    (root / "images").mkdir()
    labels = ["T-Shirt", "Dress", "Outwear", "Hat", "Not sure", "Polo", "Toga", "Pants"]
    with open(root / "images.csv", "w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["image", "sender_id", "label", "kids", "split"])
        for number, label in enumerate(labels):
            lines.writerow([f"photo-{number}", number // 2, label, "False", "train" if number < 6 else "val"])
            if label != "Pants":
                pixels = paint(draw_person(number), number)
                Image.fromarray(pixels).save(root / "images" / f"photo-{number}.jpg")
    return root


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the real photos; skips where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("needs the open photos in ../shared/data")
    return SHARED
