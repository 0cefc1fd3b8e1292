"""A search of catalogues that are unlike what one expects: of one garment, of duplicates, for photos without any."""

import numpy as np
import pytest

from retriever.catalogue import Catalogue
from retriever.finding import COLUMNS, Described
from retriever.search import described, search_garments
from samples.catalogues import FOLDER, garments_of, photos_of, unit


def find(paths, names):
    """A garment in each photo but those named empty, and the reason for those named broken."""
    good = [name for name in names if not name.startswith(("empty", "broken"))]
    problems = {name: "not an image; replace it" for name in names if name.startswith("broken")}
    return Described(garments_of(good).reindex(columns=COLUMNS), unit(1).repeat(len(good), 0), problems)


def searched(folder, names, top=20):
    with Catalogue(folder, "model", 8) as catalogue:
        catalogue.add(FOLDER, photos_of(names), garments_of(names), unit(1).repeat(len(names), 0))
        return search_garments(catalogue, find([], ["query"]), top)


def test_one_garment_is_found_once(tmp_path):
    found = searched(tmp_path, ["a"])
    assert list(found["photo"]) == ["a"] and found["distance"].iloc[0] == pytest.approx(0, abs=1e-3)


def test_duplicates_are_found_one_by_one(tmp_path):
    found = searched(tmp_path, ["a", "b", "c"], top=2)
    assert len(found) == 2 and list(found["rank"]) == [1, 2] and found["photo"].is_unique
    assert (found["distance"] >= 0).all() and found["distance"].nunique() == 1


def test_a_query_without_a_garment_says_so(tmp_path, capsys):
    for name in ("empty", "broken", "good"):
        (tmp_path / f"{name}.jpg").write_bytes(b"x")
    found = described(find, tmp_path)
    said = set(capsys.readouterr().err.splitlines())
    assert said == {"empty.jpg: no garment was found in it", "broken.jpg: not an image; replace it"}
    assert list(found.garments["photo"]) == ["good.jpg"] and found.embeddings.shape == (1, 8)


def test_photos_without_any_garment_find_nothing(tmp_path):
    with Catalogue(tmp_path, "model", 8) as catalogue:
        catalogue.add(FOLDER, photos_of(["a"]), garments_of(["a"]), unit(1))
        nothing = Described(garments_of([]).reindex(columns=COLUMNS), np.zeros((0, 8), np.float32), {})
        assert search_garments(catalogue, nothing, 3).empty
