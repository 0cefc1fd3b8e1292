"""Figures of retrieval, against values by hand and, where it is installed, pytorch-metric-learning."""

import numpy as np
import pytest

from metrics.retrieval import chance_figures, figures_of, per_query, retrieval_figures


def test_values_by_hand():
    ranked = np.array([0, 1, 0, 1, 1, 0], bool)
    found = figures_of(ranked)
    assert (found["r@1"], found["r@10"]) == (0, 1)
    assert found["ap"] == pytest.approx((1 / 2 + 2 / 4 + 3 / 5) / 3)
    assert found["map@r"] == pytest.approx(1 / 2 / 3)
    assert (found["relevant"], found["entries"]) == (3, 6)


def test_a_query_that_was_not_found_is_wrong():
    gallery = np.eye(3, dtype=np.float32)
    queries = np.array([gallery[0], [np.nan] * 3], np.float32)
    each = per_query(queries, gallery, ["a", "a"], ["a", "b", "c"])
    assert each["r@1"].tolist() == [1, 0] and each["ap"].tolist() == [1, 0]


def test_the_photo_of_the_query_is_left_out_and_items_without_a_name_match_nothing():
    gallery = np.eye(3, dtype=np.float32)
    each = per_query(gallery, gallery, ["a", "a", ""], ["a", "a", ""], ["1", "2", "3"], ["1", "2", "3"])
    assert each["query"].tolist() == [0, 1] and each["r@10"].tolist() == [1, 1]
    assert each["relevant"].tolist() == [1, 1] and each["entries"].tolist() == [2, 2]


def test_an_embedder_that_gives_all_the_same_finds_nothing():
    same = np.ones((30, 1), np.float32)
    each = per_query(same[:1], same, ["a"], ["a"] * 2 + ["b"] * 28)
    assert each["r@20"].tolist() == [0] and each["map@r"].tolist() == [0]


def arrays(seed=0, items=12, count=90):
    rng = np.random.default_rng(seed)
    truth = rng.integers(items, size=count)
    vectors = rng.normal(size=(items, 8))[truth] + rng.normal(size=(count, 8))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), truth


def test_figures_have_intervals_over_queries():
    vectors, truth = arrays()
    names = [str(n) for n in range(len(truth))]
    each = per_query(vectors, vectors, truth.astype(str), truth.astype(str), names, names)
    figures = retrieval_figures(each)
    assert list(figures) == ["R@1", "R@10", "R@20", "mAP", "MAP@R"]
    assert all(low <= value <= high for value, low, high in figures.values())
    assert figures["R@1"][0] == each["r@1"].mean()


def test_chance_is_that_of_random_rankings():
    each = per_query(np.eye(30, dtype=np.float32)[:1], np.eye(30, dtype=np.float32), ["a"], ["a", "a"] + ["b"] * 28)
    chance = chance_figures(each)
    assert chance["R@1"] == pytest.approx(2 / 30)
    assert chance["R@10"] == pytest.approx(1 - 20 * 19 / (30 * 29))
    assert chance["R@20"] == pytest.approx(1 - 10 * 9 / (30 * 29))


def test_figures_equal_those_of_pytorch_metric_learning():
    torch = pytest.importorskip("torch", reason="pip install 'garments[compare]'")
    accuracy = pytest.importorskip(
        "pytorch_metric_learning.utils.accuracy_calculator", reason="pip install 'garments[compare]'"
    )
    vectors, truth = arrays()
    names = [str(n) for n in range(len(truth))]
    each = per_query(vectors, vectors, truth.astype(str), truth.astype(str), names, names)
    include = ("precision_at_1", "mean_average_precision", "mean_average_precision_at_r")
    calculator = accuracy.AccuracyCalculator(include=include, k=len(truth) - 1, device=torch.device("cpu"))
    expected = calculator.get_accuracy(torch.tensor(vectors), torch.tensor(truth))
    figures = retrieval_figures(each)
    for ours, theirs in zip(("R@1", "mAP", "MAP@R"), include, strict=True):
        assert figures[ours][0] == pytest.approx(expected[theirs], abs=1e-5)
