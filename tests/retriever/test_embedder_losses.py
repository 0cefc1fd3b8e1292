"""Metric-learning losses, against values by hand."""

import numpy as np
import pytest

from retriever.losses import Contrastive, ProxyAnchor, Triplet

X = np.array([[1, 0], [0.8, 0.6], [0, 1], [-1, 0]], np.float32)
TRUTH = np.array([[0, 0], [0, 0], [1, 1], [2, 2]], np.int32)


def test_contrastive_by_hand():
    found = np.array(Contrastive(0.5).call(TRUTH, X))
    similarity = X @ X.T / 0.5
    expected = -similarity[0, 1] + np.log(np.exp(similarity[0, 1:]).sum())
    assert found[0] == pytest.approx(expected, abs=1e-5)
    assert found[2] == 0  # it has no positive


def test_another_photo_of_an_item_counts_less_and_is_no_negative():
    truth = np.array([[0, 0], [0, 0], [1, 0], [2, 2]], np.int32)
    similarity = X @ X.T / 0.5
    log_p = similarity[0] - np.log(np.exp(similarity[0, 1:]).sum())
    half = np.array(Contrastive(0.5, item_weight=0.5).call(truth, X))
    assert half[0] == pytest.approx(-(log_p[1] + 0.5 * log_p[2]) / 1.5, abs=1e-5)
    none = np.array(Contrastive(0.5, item_weight=0.0).call(truth, X))
    assert none[0] == pytest.approx(-similarity[0, 1] + np.log(np.exp(similarity[0, [1, 3]]).sum()), abs=1e-5)


def test_triplet_by_hand():
    found = np.array(Triplet(0.3).call(TRUTH, X))
    positive, negative = np.sqrt(2 - 2 * 0.8), np.sqrt(2 - 2 * 0.6)
    assert found[1] == pytest.approx(positive - negative + 0.3, abs=1e-4)


def test_proxy_anchor_by_hand():
    cosines = np.array([[0.9, -0.2, 0.1], [0.3, 0.4, 0.0]], np.float32)
    truth = np.array([[0, 0], [1, 1]], np.int32)
    found = np.array(ProxyAnchor(0.1, scale=2.0).call(truth, cosines))
    pull = [np.log1p(np.exp(-2 * (0.9 - 0.1))), np.log1p(np.exp(-2 * (0.4 - 0.1)))]
    push = [
        np.log1p(np.exp(2 * (0.3 + 0.1))),
        np.log1p(np.exp(2 * (-0.2 + 0.1))),
        np.log1p(np.exp(2 * 0.2) + np.exp(2 * 0.1)),
    ]
    np.testing.assert_allclose(found, np.mean(pull) + np.mean(push), rtol=1e-5)
