"""Checks of the arrays of `garments.types`."""

import numpy as np


def expect_shape(name: str, array: np.ndarray, shape: tuple) -> None:
    """Raise a ValueError for an array of another shape; None in `shape` is any length."""
    actual = np.shape(array)
    if len(actual) != len(shape) or any(e is not None and e != a for e, a in zip(shape, actual, strict=True)):
        raise ValueError(f"{name}: expected shape {shape}, got {actual}")


def expect_rle(masks: np.ndarray) -> None:
    """Raise a ValueError unless each is a dict of size and counts, all of one size."""
    for rle in masks:
        if not isinstance(rle, dict) or not {"size", "counts"} <= set(rle):
            raise ValueError(
                f"masks: expected run lengths as garments.masks.encode makes them, got {type(rle).__name__}"
            )
    sizes = {tuple(rle["size"]) for rle in masks}
    if len(sizes) > 1:
        raise ValueError(f"masks: expected the size of the photo, got {sorted(sizes)}")
