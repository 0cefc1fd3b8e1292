import numpy as np
import pytest

from benchmarks import collapse as benchmark
from metrics.collapse import FEW, SIGNALS, Evidence, effective_number, find_collapse, verdict

NAMES = ("tee", "dress", "vest", "coat")


def raised(truth, predicted, probabilities=None):
    return {finding.signal for finding in find_collapse(Evidence(truth, predicted, NAMES, probabilities))}


def test_always_the_same_answer_raises_all_six_and_says_so_in_words():
    truth = np.arange(400) % 4
    probabilities = np.tile([0.7, 0.1, 0.1, 0.1], (400, 1))
    findings = find_collapse(Evidence(truth, np.zeros(400, int), NAMES, probabilities))
    assert len(findings) == len(SIGNALS) == 6 and all(f.remedy for f in findings)
    assert findings[0].says == "100% of the predictions are 'tee', which is true for 25%"


def test_silence_on_few_garments_is_no_praise():
    assert verdict([], FEW) == "verdict: no sign of collapse"
    assert verdict([], FEW - 1) == "verdict: no sign of collapse, but 24 garments are too few to tell"


@pytest.mark.parametrize(
    "signal, spoil",
    [
        ("Dominant", lambda truth, rng: np.where(rng.random(len(truth)) < 0.6, 0, truth)),
        ("FewAnswers", lambda truth, rng: np.where(rng.random(len(truth)) < 0.9, 0, truth)),
        ("Silent", lambda truth, rng: np.where(truth >= 2, truth - 2, truth)),
        ("NoSkill", lambda truth, rng: rng.permutation(truth)),
        ("NoBetterThanMajority", lambda truth, rng: rng.permutation(truth)),
    ],
)
def test_each_signal_catches_its_planted_collapse(signal, spoil):
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, 600)
    assert signal in raised(truth, spoil(truth, rng))


def test_frozen_outputs_are_seen_even_when_the_answers_vary():
    rng = np.random.default_rng(0)
    probabilities = 0.25 + 0.001 * rng.normal(size=(300, 4))
    assert "Frozen" in raised(rng.integers(0, 4, 300), probabilities.argmax(1), probabilities)


def test_healthy_models_raise_nothing():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, 500)
    weak = np.where(rng.random(500) < 0.45, truth, rng.integers(0, 4, 500))
    assert raised(truth, truth) == raised(truth, weak) == set()
    skewed = (rng.random(500) < 0.1).astype(int)
    assert raised(skewed, np.where(rng.random(500) < 0.9, skewed, 1 - skewed)) == set()
    assert raised(truth[:12], weak[:12]) == set()


def test_error_rates_of_the_signals():
    for share, signals in benchmark.rates(benchmark.HEALTHY, 200).values():
        assert share <= 0.03, signals
    for share, signals in benchmark.rates(benchmark.PLANTED, 200).values():
        assert share >= 0.97, signals


def test_degenerate_input_is_told_in_words():
    with pytest.raises(ValueError, match="no predictions"):
        Evidence(np.array([], int), np.array([], int), NAMES)
    with pytest.raises(ValueError, match="NaN"):
        Evidence(np.zeros(1, int), np.zeros(1, int), NAMES, np.full((1, 4), np.nan))
    with pytest.raises(ValueError, match="expected 2 predictions"):
        Evidence(np.zeros(2, int), np.zeros(1, int), NAMES)
    assert raised(np.zeros(5, int), np.zeros(5, int)) == set()


def test_effective_number_counts_equal_classes():
    assert effective_number(np.array([5, 5, 5, 0])) == pytest.approx(3)
    assert effective_number(np.array([9, 0])) == pytest.approx(1)
