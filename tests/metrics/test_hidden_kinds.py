import numpy as np
import pytest

from metrics.hidden_kinds import Looks, hidden_kinds
from samples.planted import clusters

KINDS = {"T-Shirt": ["tee"], "Longsleeve": ["sweater", "tee"], "Pants": ["jeans", "pants"]}


@pytest.fixture(scope="module")
def garments():
    """Features, what each garment is, its label, and what a classifier sees: jeans for sure, sweaters less so."""
    features, kind = clusters(kinds=5, each=80, apart=3)
    number = [int(name[-1]) for name in kind]
    true = np.array(["tee", "tee", "sweater", "jeans", "pants"], object)[number]
    labels = np.array(["T-Shirt", "Longsleeve", "Longsleeve", "Pants", "Pants"], object)[number]
    shirts, tees = (features[kind == name].mean(0) for name in ("kind 0", "kind 1"))
    features[kind == "kind 1"] += 0.7 * (shirts - tees)  # long-sleeved tees look like T-shirts
    rng = np.random.default_rng(1)
    seen = {
        "jeans": np.clip(0.8 * (true == "jeans") + rng.uniform(0.01, 0.1, len(true)), 0, 1),
        "sweater": np.clip(0.3 * (true == "sweater") + rng.uniform(0.01, 0.2, len(true)), 0, 1),
    }
    return features, true, labels, seen


def test_the_kinds_of_coarse_labels_are_told(garments):
    features, true, labels, seen = garments
    found = hidden_kinds(Looks(features, labels, np.arange(len(labels)), KINDS, seen))
    right = found["proposed"].to_numpy() == true[found["row"].to_numpy(int)]
    assert set(labels[found["row"].to_numpy(int)]) == {"Longsleeve", "Pants"}
    assert {"sweater", "jeans"} <= set(found["proposed"]) and right.mean() > 0.9
    assert found["score"].between(0.5, 1).all() and found["score"].is_monotonic_decreasing and found["row"].is_unique


def test_a_label_of_one_kind_hides_none(garments):
    features, _, labels, seen = garments
    single = {name: means[:1] for name, means in KINDS.items()}
    assert hidden_kinds(Looks(features, labels, np.arange(len(labels)), single, seen)).empty


def test_without_a_sign_of_two_kinds_none_is_proposed(garments):
    features, _, labels, _ = garments
    noise = {"jeans": np.random.default_rng(2).uniform(0.3, 0.5, len(labels))}
    for seen in (noise, {}):
        looks = Looks(features, labels, np.arange(len(labels)), {"Pants": ["jeans", "pants"]}, seen)
        assert hidden_kinds(looks).empty
