"""Duplicate photos of a data set, above all across splits, found by perceptual hash.

Zauner: Implementation and Benchmarking of Perceptual Image Hash Functions, 2010; pHash, as in the library ImageHash.
"""

from collections import defaultdict
from itertools import combinations

import imagehash
import numpy as np
import pandas as pd
from PIL import Image
from tqdm import tqdm

from garments.types import Table

CHUNKS = 4  # of a hash, 16 bits each


def duplicates(table: Table, distance: int = 3) -> pd.DataFrame:
    """Pairs of photos that look the same, those of different splits first.

    Args:
        table: its photos are compared; those that cannot be read are skipped.
        distance: maximum number of bits, of 64, in which the hashes of a pair differ; at most 3.

    Returns:
        A row a pair: photo, split, other, other_split, distance.

    Raises:
        ValueError: the distance is too large to be searched.
    """
    if not 0 <= distance < CHUNKS:
        raise ValueError(f"distance: expected 0 to {CHUNKS - 1} bits, got {distance}")
    hashes = {}
    for row in tqdm(table.photos.itertuples(), total=len(table.photos), desc="hashes", disable=None, leave=False):
        try:
            with Image.open(row.path) as image:
                image.draft("L", (128, 128))
                hashes[row.Index] = imagehash.phash(image).hash.ravel()
        except OSError:
            continue
    photos = table.photos[["photo", "split"]]
    rows = [(*photos.loc[a], *photos.loc[b], d) for a, b, d in near(hashes, distance)]
    pairs = pd.DataFrame(rows, columns=["photo", "split", "other", "other_split", "distance"])
    across = (pairs["split"] != pairs["other_split"]).rename("across")
    return (
        pairs.assign(across=across).sort_values(["across", "distance"], ascending=[False, True]).drop(columns="across")
    )


def near(hashes: dict[int, np.ndarray], distance: int) -> list[tuple[int, int, int]]:
    """(a, b, bits that differ) of all pairs that differ in at most `distance` bits.

    Two hashes that differ in fewer bits than there are chunks have a chunk in common, so only those are compared.
    """
    buckets = defaultdict(list)
    for key, bits in hashes.items():
        for n, chunk in enumerate(np.split(bits, CHUNKS)):
            buckets[n, np.packbits(chunk).tobytes()].append(key)
    found = {}
    for keys in buckets.values():
        for a, b in combinations(keys, 2):
            differ = int((hashes[a] != hashes[b]).sum())
            if differ <= distance:
                found[a, b] = differ
    return [(a, b, differ) for (a, b), differ in found.items()]
