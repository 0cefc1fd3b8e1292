from collections import Counter
from itertools import islice

import numpy as np
import pytest

from engine.sampling import BETA, SAMPLINGS, Sampler, adjustment, quotas, shares

STRATA = np.array(["tee"] * 90 + ["vest"] * 9 + ["romper"])


@pytest.mark.parametrize(
    "sampling, expected",
    [("none", [0.9, 0.1]), ("sqrt", [0.75, 0.25]), ("balanced", [0.5, 0.5]), ("effective", None)],
)
def test_shares_follow_the_sampling(sampling, expected):
    found = shares(np.array([90, 10]), sampling)
    if expected is None:
        raw = np.array([90 / (1 - BETA**90), 10 / (1 - BETA**10)])
        expected = raw / raw.sum()
    assert np.allclose(found, expected) and found.sum() == pytest.approx(1)


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_an_epoch_draws_its_exact_shares_and_is_reproducible(sampling):
    sampler = Sampler(STRATA, sampling, 60, seed=3)
    for epoch in range(3):
        order = sampler.order(epoch)
        drawn = Counter(STRATA[order].tolist())
        assert len(order) == 60 and drawn == sampler.counts(epoch)
        expected = dict(zip(*np.unique(STRATA, return_counts=True), strict=True))
        for (name, _), share in zip(sorted(expected.items()), shares(np.array([1, 90, 9]), sampling), strict=True):
            assert abs(drawn[name] - 60 * share) < 1
        assert np.array_equal(order, Sampler(STRATA, sampling, 60, seed=3).order(epoch))
    assert not np.array_equal(sampler.order(0), Sampler(STRATA, sampling, 60, seed=4).order(0))


def test_every_garment_of_a_category_is_drawn_before_any_is_drawn_again():
    sampler = Sampler(STRATA, "balanced", 90)
    drawn = Counter(islice(sampler.endless(), 90 * 3))
    assert {drawn[n] for n in range(90)} == {1} and {drawn[n] for n in range(90, 99)} == {10} and drawn[99] == 90


def test_a_resumed_run_continues_its_draws():
    sampler = Sampler(STRATA, "sqrt", 50)
    whole = list(islice(sampler.endless(), 150))
    assert whole[100:] == list(islice(sampler.endless(first_epoch=2), 50))


def test_quotas_add_up():
    for total in (1, 7, 100):
        assert quotas(np.array([0.5, 0.3, 0.2]), total).sum() == total
    assert list(quotas(np.array([0.5, 0.3, 0.2]), 10)) == [5, 3, 2]


def test_empty_or_unknown_samplings_are_errors():
    with pytest.raises(KeyError, match="none, sqrt, balanced, effective"):
        shares(np.array([1]), "some")
    with pytest.raises(ValueError, match="without a garment"):
        shares(np.array([3, 0]), "sqrt")
    with pytest.raises(ValueError, match="nothing to draw from"):
        Sampler(np.array([]), "none", 4)
    assert list(Sampler(np.array(["tee"]), "balanced", 3).order(0)) == [0, 0, 0]


def test_logit_adjustment_weighs_rare_categories_up():
    from engine.losses import PartialCrossentropy

    allowed = np.array([[1, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
    assert adjustment(allowed, 0.0) is None
    prior = adjustment(allowed, 1.0)
    assert prior == pytest.approx([0.625, 0.375, 0.2])
    truth, guess = np.eye(3, dtype=np.float32), np.full((3, 3), 1 / 3, np.float32)
    expected = -np.log(np.array(prior) / sum(prior))  # softmax cross-entropy of logits + log prior
    assert np.allclose(PartialCrossentropy(0.0, prior)(truth, guess), expected.mean(), atol=1e-5)
    assert np.allclose(PartialCrossentropy(0.0, prior).call(truth, guess), expected, atol=1e-5)
