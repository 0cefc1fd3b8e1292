"""The structure that searches: exact when small, nearly so when large, made again when out of date or damaged."""

import numpy as np
import pytest

from retriever.catalogue import Catalogue
from retriever.vectors import FILE, build, import_faiss, open_vectors, search
from samples.catalogues import fill, unit


def clustered(count, numbers=16):
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(count // 20, numbers)).repeat(20, 0) + 0.3 * rng.normal(size=(count // 20 * 20, numbers))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def lists_of(index):
    """The lists of a structure of more than a few garments."""
    faiss = import_faiss()
    return faiss.downcast_index(faiss.downcast_index(index.index).base_index)


def nearest(vectors, queries, top):
    return np.argsort(-(queries @ vectors.T), 1, kind="stable")[:, :top]


def test_a_flat_search_is_exact():
    vectors, ids = clustered(400), np.arange(400) * 7 + 3
    found = search(build(ids, vectors), vectors[:9], 5)
    np.testing.assert_array_equal(found.ids, ids[nearest(vectors, vectors[:9], 5)])
    np.testing.assert_allclose(found.distances[:, 0], 0, atol=1e-5)


def test_lists_find_nearly_all_of_what_an_exact_search_finds():
    vectors = clustered(6000)
    index = build(np.arange(len(vectors)), vectors, flat=100)
    lists = lists_of(index)
    assert 1 < lists.nprobe < lists.nlist
    queries = vectors[::50]
    found, exact = search(index, queries, 20).ids, nearest(vectors, queries, 20)
    assert np.mean([np.isin(e, f).mean() for e, f in zip(exact, found, strict=True)]) >= 0.95


def test_embeddings_without_clusters_are_found_by_more_candidates():
    vectors = unit(4000)[:, np.arange(64) % 8] * np.random.default_rng(1).standard_normal((4000, 64), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = build(np.arange(4000), vectors, flat=100)
    queries = vectors[::40]
    found, exact = search(index, queries, 20).ids, nearest(vectors, queries, 20)
    assert np.mean([np.isin(e, f).mean() for e, f in zip(exact, found, strict=True)]) >= 0.95


@pytest.mark.parametrize("flat", [100, 10_000])
def test_a_search_among_some_is_exact(flat):
    vectors = clustered(2000)
    among = np.arange(5, 2000, 300)
    found = search(build(np.arange(2000), vectors, flat), vectors[:4], 3, among).ids
    np.testing.assert_array_equal(found, among[nearest(vectors[among], vectors[:4], 3)])


def test_what_is_not_there_is_marked():
    found = search(build(np.array([4]), unit(1)), unit(2), 3)
    assert found.ids.tolist() == [[4, -1, -1]] * 2 and np.isinf(found.distances[:, 1:]).all()


@pytest.mark.parametrize("flat", [100, 10_000])
def test_duplicates_are_all_found_and_cost_no_exactness(flat):
    vectors = unit(20).repeat(150, 0)
    index = build(np.arange(3000), vectors, flat)
    found = search(index, vectors[::150], 150)
    np.testing.assert_array_equal(np.sort(found.ids, 1), np.arange(3000).reshape(20, 150))
    np.testing.assert_allclose(found.distances, 0, atol=1e-5)
    assert flat > 3000 or lists_of(index).nprobe < lists_of(index).nlist


def test_nothing_is_found_among_none():
    assert (search(build(np.zeros(0, np.int64), np.zeros((0, 8), np.float32)), unit(1), 3).ids == -1).all()


def test_the_structure_on_disk_is_used_until_it_is_out_of_date_or_damaged(tmp_path):
    with Catalogue(tmp_path, "model", 8) as catalogue:
        fill(catalogue, ["a", "b"])
        open_vectors(catalogue)
        written = (tmp_path / FILE).stat().st_mtime_ns
        assert open_vectors(catalogue).ntotal == 2 and (tmp_path / FILE).stat().st_mtime_ns == written
        fill(catalogue, ["c"], seed=1)
        assert open_vectors(catalogue).ntotal == 3
        content = bytearray((tmp_path / FILE).read_bytes())
        content[-9] ^= 255
        (tmp_path / FILE).write_bytes(content)
        found = search(open_vectors(catalogue), unit(2), 1)
        np.testing.assert_allclose(found.distances, 0, atol=2e-3)
