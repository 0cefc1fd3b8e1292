"""Error rates of the collapse signals: python benchmarks/collapse.py [CASES]

Healthy models (good, weak, skewed truth, few photos) should raise no signal, planted collapses at least one. Prints the
share of cases with a raised signal, and the signals, for each scenario.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from metrics.collapse import Evidence, find_collapse

HEALTHY = ("good", "weak", "skewed", "skewed and weak", "few photos")
PLANTED = ("always one", "nearly always one", "two answers", "random", "frozen", "learnt the skew")


def evidence(scenario: str, rng: np.random.Generator) -> Evidence:
    """A random case of a scenario: probabilities as softmax of noise plus the truth."""
    k = int(rng.integers(3, 20))
    n = int(rng.integers(25, 80)) if scenario == "few photos" else int(rng.integers(200, 1500))
    skewed = "skew" in scenario
    prior = rng.dirichlet(np.full(k, 0.7)) if skewed else rng.dirichlet(np.full(k, 30))
    truth = rng.choice(k, n, p=prior)
    signal = {"good": 4.0, "weak": 1.6, "skewed": 3.5, "skewed and weak": 2.2, "few photos": 2.5}.get(scenario, 2.0)
    logits = rng.normal(size=(n, k)) + signal * np.eye(k)[truth] + 0.3 * rng.normal(size=k)
    one = int(rng.integers(k))
    if scenario == "always one":
        logits[:, one] += 50
    elif scenario == "nearly always one":
        logits[rng.random(n) < 0.92, one] += 50
    elif scenario == "two answers":
        logits[:, rng.choice(k, max(1, min(2, k // 3)), replace=False)] += 50
    elif scenario == "random":
        logits = rng.normal(size=(n, k))
    elif scenario == "frozen":
        logits = 0.01 * rng.normal(size=(n, k)) + rng.normal(size=k)
    elif scenario == "learnt the skew":
        logits = 0.3 * (logits - logits.mean(1, keepdims=True)) + 3 * np.log(prior + 1e-6)
    probabilities = np.exp(logits - logits.max(1, keepdims=True))
    probabilities /= probabilities.sum(1, keepdims=True)
    return Evidence(truth, probabilities.argmax(1), tuple(map(str, range(k))), probabilities)


def rates(scenarios: tuple[str, ...], cases: int, seed: int = 0) -> dict[str, tuple[float, Counter]]:
    """For each scenario, the share of cases with a finding, and how often each signal was raised."""
    rng = np.random.default_rng(seed)
    result = {}
    for scenario in scenarios:
        findings = [find_collapse(evidence(scenario, rng)) for _ in range(cases)]
        result[scenario] = sum(map(bool, findings)) / cases, Counter(f.signal for found in findings for f in found)
    return result


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python benchmarks/collapse.py", description=__doc__.partition(":")[0])
    parser.add_argument("cases", type=int, nargs="?", default=200, help="per scenario (default: %(default)s)")
    args = parser.parse_args(arguments)
    for title, scenarios in (("healthy: should raise none", HEALTHY), ("planted: should raise one", PLANTED)):
        print(title)
        for scenario, (share, signals) in rates(scenarios, args.cases).items():
            print(f"  {scenario:<18} raised in {share:6.1%}   {dict(signals)}")


if __name__ == "__main__":
    main()
