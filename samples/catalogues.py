"""Made-up garments with embeddings, in a catalogue: for tests and benchmarks of the index."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from retriever.catalogue import SHOWN, Catalogue

FOLDER, NUMBERS = Path("/photos"), 8


def garments_of(names: Sequence[str], each: int = 1) -> pd.DataFrame:
    """`each` garments of each photo, upper and lower in turn."""
    columns = dict(category="tee", colour="red", x_min=0.0, y_min=0.0, x_max=9.0, y_max=9.0)
    parts = ("upper", "lower")
    rows = [
        dict(photo=name, garment=n, item=f"item {name}", part=parts[n % 2], **columns)
        for name in names
        for n in range(each)
    ]
    return pd.DataFrame(rows, columns=SHOWN[1:])


def photos_of(names: Sequence[str], changed: int = 1) -> pd.DataFrame:
    """Photos of 10 bytes."""
    return pd.DataFrame([dict(photo=name, size=10, changed=changed, problem="") for name in names])


def unit(count: int, seed: int = 0) -> np.ndarray:
    """(count, NUMBERS) float32 of unit length."""
    vectors = np.random.default_rng(seed).normal(size=(count, NUMBERS)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def fill(catalogue: Catalogue, names: Sequence[str], each: int = 1, seed: int = 0) -> None:
    """Add photos with `each` garments."""
    catalogue.add(FOLDER, photos_of(names), garments_of(names, each), unit(len(names) * each, seed))
