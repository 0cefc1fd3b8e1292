import numpy as np
import pytest

from metrics.label_audit import (
    Beliefs,
    joined,
    likely_wrong,
    near_twins,
    out_of_sample,
    outliers,
    unlike_twins,
)
from samples.planted import clusters, flipped


@pytest.fixture(scope="module")
def planted():
    """Features, labels with a tenth changed, which are changed, and beliefs about them."""
    features, labels = clusters(apart=4)
    changed = flipped(labels, 0.1)
    return features, labels, changed, out_of_sample(features, changed, np.arange(len(labels)))


def test_planted_errors_are_found_with_the_label_that_they_had(planted):
    _, labels, changed, beliefs = planted
    found = likely_wrong(beliefs)
    wrong = set(np.flatnonzero(labels != changed))
    assert len(wrong) == 24 and len(wrong & set(found["row"])) >= 20 and len(found) < 30
    first = found.sort_values("score", ascending=False).head(20)
    assert list(first["proposed"]) == list(labels[first["row"]])
    assert found["score"].between(0, beliefs.agreement).all()


def test_the_same_call_gives_the_same_beliefs(planted):
    features, _, changed, beliefs = planted
    again = out_of_sample(features, changed, np.arange(len(changed)))
    assert (again.probabilities == beliefs.probabilities).all()


def test_no_garment_is_judged_by_a_classifier_that_has_seen_its_group():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(30, 40)).repeat(10, 0)  # ten photos of each garment, with labels that say nothing
    labels = rng.choice(["a", "b"], 30).repeat(10)
    apart = out_of_sample(features, labels, np.arange(30).repeat(10))
    leaking = out_of_sample(features, labels, np.arange(300))
    assert apart.agreement < 0.65 < 0.85 < leaking.agreement


def test_a_label_of_one_group_is_not_judged():
    features, labels = clusters(kinds=3, each=30)
    labels[0] = "alone"
    beliefs = out_of_sample(features, labels, np.arange(len(labels)))
    assert not beliefs.known[0] and beliefs.known[1:].all() and 0 not in set(likely_wrong(beliefs)["row"])


def test_a_label_of_several_kinds_is_neither_learnt_nor_judged(planted):
    features, labels, *_ = planted
    coarse = labels == "kind 0"
    beliefs = out_of_sample(features, np.where(coarse, "kind 0|kind 1", labels), np.arange(len(labels)))
    assert (beliefs.known == ~coarse).all() and beliefs.names[0] == "kind 0|kind 1"
    assert not beliefs.probabilities[~coarse, 0].any() and beliefs.agreement > 0.95


@pytest.mark.parametrize("labels", [["a"] * 30, ["a", "b"], []])
def test_too_little_to_tell_gives_no_finding(labels):
    names = np.array(labels, object)
    features = np.random.default_rng(0).normal(size=(len(names), 4)).astype(np.float32)
    beliefs = out_of_sample(features, names, np.arange(len(names)))
    assert likely_wrong(beliefs).empty and unlike_twins(beliefs, near_twins(features)).empty
    assert outliers(features[:5]).empty


def test_doubt_weighs_the_proposed_label_against_the_given_one():
    beliefs = Beliefs(["a", "b", "c"], np.array([0, 1]), np.array([[0.2, 0.6, 0.2], [0.1, 0.9, 0.0]]))
    assert beliefs.other.tolist() == [1, 0]
    assert beliefs.doubt(beliefs.other) == pytest.approx([0.75, 0.1]) and beliefs.agreement == 0.5


def test_near_twins_are_found_once_and_join_their_groups():
    features = np.random.default_rng(0).normal(size=(1500, 32)).astype(np.float32)
    features[1400] = features[3] * 1.01
    assert near_twins(features).tolist() == [[3, 1400]]
    groups = joined(np.arange(1500).astype(str), np.array([[3, 1400], [1400, 7]]))
    assert groups[3] == groups[7] == groups[1400] and len(set(groups)) == 1498


def test_of_unlike_twins_the_doubtful_one_gets_the_label_of_the_other():
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.5, 0.5]])
    beliefs = Beliefs(["a", "b"], np.array([0, 1, 0]), probabilities)
    found = unlike_twins(beliefs, np.array([[0, 1], [0, 2]]))  # 0 and 2 have the same label
    assert found.to_dict("records") == [{"row": 1, "proposed": "a", "score": pytest.approx(0.65), "other": 0}]


def test_the_twins_of_a_garment_outvote_its_label():
    unknown = Beliefs(["a", "b"], np.array([0, 1, 1, 1]), np.full((4, 2), np.nan))
    found = unlike_twins(unknown, np.array([[a, b] for a in range(4) for b in range(a + 1, 4)]))
    assert found["row"].tolist() == [0] and found["proposed"].tolist() == ["b"]
    assert found["score"].tolist() == [pytest.approx((3 / 4 + 0.5) / 2)]


def test_a_whole_kind_that_looks_the_same_is_not_joined():
    pairs = np.array([[0, n] for n in range(1, 40)])
    assert len(set(joined(np.arange(100), pairs))) == 100


def test_what_is_far_from_all_others_is_an_outlier():
    features, _ = clusters(kinds=2, each=100, apart=6)
    features[17] = -9
    found = outliers(features)
    assert len(found) == 2 and found.loc[found["score"].idxmax(), "row"] == 17 and set(found["proposed"]) == {""}
