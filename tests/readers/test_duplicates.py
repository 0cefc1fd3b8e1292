import numpy as np
import pytest
from PIL import Image

from garments.types import Table
from readers.duplicates import duplicates, near


def test_near_hashes_are_those_that_comparing_all_would_find():
    rng = np.random.default_rng(0)
    hashes = {n: rng.random(64) < 0.5 for n in range(60)}
    for n in range(60, 120):
        hashes[n] = hashes[n - 60].copy()
        hashes[n][rng.choice(64, n % 6, replace=False)] ^= True
    expected = {
        (a, b): int((hashes[a] != hashes[b]).sum())
        for a in hashes for b in hashes if a < b and (hashes[a] != hashes[b]).sum() <= 3
    }  # fmt: skip
    assert {(a, b): d for a, b, d in near(hashes, 3)} == expected and len(expected) >= 40


def test_a_photo_saved_again_is_found_across_splits_first(tmp_path):
    rng = np.random.default_rng(0)
    rows = []
    for n, (name, split) in enumerate([("a", "train"), ("b", "train"), ("c", "val")]):
        blobs = Image.fromarray(rng.integers(0, 255, (9, 6, 3), dtype=np.uint8)).resize(
            (60, 90), Image.Resampling.BICUBIC
        )
        blobs.save(tmp_path / f"{name}.png")
        rows.append(dict(photo=name, path=str(tmp_path / f"{name}.png"), width=60, height=90, split=split))
        again = "val" if n else "train"
        blobs.resize((120, 180)).save(tmp_path / f"{name}2.jpg", quality=80)
        rows.append(dict(photo=name + "2", path=str(tmp_path / f"{name}2.jpg"), width=120, height=180, split=again))
    rows.append(dict(photo="gone", path=str(tmp_path / "gone.jpg"), width=9, height=9))
    pairs = duplicates(Table.of(rows, [], []))
    assert list(zip(pairs["photo"], pairs["other"], strict=True)) == [("b", "b2"), ("a", "a2"), ("c", "c2")]
    assert pairs[["split", "other_split"]].iloc[0].tolist() == ["train", "val"]
    with pytest.raises(ValueError, match="0 to 3 bits"):
        duplicates(Table.of(rows, [], []), 9)
