"""A vector store finds what the structure on disk finds, and follows its catalogue whatever happened to either.

Qdrant's local mode; and, where QDRANT_URL gives the address of a server, that too.
"""

import os
import shutil

import numpy as np
import pytest

from retriever.catalogue import Catalogue
from retriever.search import open_index
from retriever.sqlite_file import CatalogueError
from retriever.store import SETTING, Store, open_store, update_store
from retriever.vectors import build, search
from samples.catalogues import FOLDER, fill, unit

TOP = 5


@pytest.fixture(params=["local", "server"])
def location(request, tmp_path):
    if request.param == "local":
        return str(tmp_path / "store")
    if "QDRANT_URL" not in os.environ:
        pytest.skip("no Qdrant server: QDRANT_URL is not set")
    return os.environ["QDRANT_URL"]


@pytest.fixture
def catalogue(tmp_path, location):
    with Catalogue(tmp_path / "index", "model", 8) as made:
        fill(made, [f"{n}.jpg" for n in range(60)], each=2)
        update_store(made, location)
        yield made


def equal(catalogue, **wanted):
    """Whether the store finds what an exact search finds."""
    queries = unit(7, seed=9)
    by_store = open_store(catalogue).search(queries, TOP, wanted)
    by_structure = search(build(*catalogue.vectors()), queries, TOP, catalogue.matching(**wanted))
    np.testing.assert_allclose(by_store.distances, by_structure.distances, atol=1e-5)
    return (by_store.ids == by_structure.ids).all()


@pytest.mark.parametrize("wanted", [{}, {"part": "lower"}, {"part": "upper", "category": "tee"}, {"category": None}])
def test_a_store_finds_what_a_flat_search_finds(catalogue, wanted):
    assert equal(catalogue, **wanted)


def test_what_is_not_there_is_marked(catalogue):
    found = open_store(catalogue).search(unit(2), 3, {"category": "toga"})
    assert (found.ids == -1).all() and np.isinf(found.distances).all()


def test_a_store_follows_its_catalogue(catalogue, capsys):
    catalogue.delete(FOLDER, ["3.jpg", "4.jpg"])
    fill(catalogue, ["5.jpg", "new.jpg"], each=3, seed=5)
    open_store(catalogue)
    assert "is behind the index; bring it up to date by" in capsys.readouterr().err
    assert update_store(catalogue) and equal(catalogue)
    np.testing.assert_array_equal(open_store(catalogue).ids(), catalogue.ids())
    assert capsys.readouterr().err == ""


def test_what_a_killed_call_left_is_mended(catalogue, capsys):
    ids, embeddings = catalogue.vectors()
    store = open_store(catalogue)
    store.delete(ids[:30])
    store.add(ids[:2] + 10**6, embeddings[:2], catalogue.shown(ids[:2]))
    del store
    open_store(catalogue)
    assert "is behind" in capsys.readouterr().err
    update_store(catalogue)
    assert equal(catalogue)


def test_a_store_of_no_garments_is_up_to_date(tmp_path, location):
    with Catalogue(tmp_path / "none", "model", 8) as empty:
        update_store(empty, location)
        assert len(open_store(empty)) == 0


def test_a_copy_of_an_index_gets_its_own_collection(catalogue, tmp_path):
    catalogue.close()
    shutil.copytree(catalogue.folder, tmp_path / "copy")
    with Catalogue(tmp_path / "copy", "model", 8) as copy:
        copy.delete(None, ["1.jpg"])
        update_store(copy)
        assert equal(copy)
    with Catalogue(catalogue.folder) as original:
        assert equal(original)


def test_a_lost_collection_is_told_and_filled_again(catalogue):
    settings = catalogue.settings[SETTING]
    catalogue.set(SETTING, settings.replace("garments-", "lost-"))
    with pytest.raises(CatalogueError, match="has no collection lost-"):
        open_index(catalogue)
    update_store(catalogue)
    assert equal(catalogue)


def test_an_index_can_do_without_its_store_again(catalogue):
    assert not update_store(catalogue, "") and open_store(catalogue) is None
    assert not isinstance(open_index(catalogue), Store) and not update_store(catalogue)


def test_a_server_that_does_not_answer_is_told_and_never_kept(catalogue):
    with pytest.raises(CatalogueError, match=r"vector store failed.*refused"):
        update_store(catalogue, "http://127.0.0.1:9")
    assert equal(catalogue)
