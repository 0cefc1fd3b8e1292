"""How often the collapse signals err: python benchmarks/collapse.py [CASES]

Healthy cases (good, merely weak, skewed truth, few photos) on which all signals should be silent, and planted collapses
that at least one should name. Prints the rates a kind of case and, for what went wrong, which signal.
"""

import sys
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from metrics.collapse import Evidence, find_collapse

HEALTHY = ("good", "weak", "skewed", "skewed and weak", "few photos")
PLANTED = ("always one", "nearly always one", "two answers", "random", "frozen", "learnt the skew")


def evidence(kind: str, rng: np.random.Generator) -> Evidence:
    """A case of that kind: probabilities as softmax of noise plus what the model knows."""
    k = int(rng.integers(3, 20))
    n = int(rng.integers(25, 80)) if kind == "few photos" else int(rng.integers(200, 1500))
    skewed = "skew" in kind
    prior = rng.dirichlet(np.full(k, 0.7)) if skewed else rng.dirichlet(np.full(k, 30))
    truth = rng.choice(k, n, p=prior)
    knows = {"good": 4.0, "weak": 1.6, "skewed": 3.5, "skewed and weak": 2.2, "few photos": 2.5}.get(kind, 2.0)
    logits = rng.normal(size=(n, k)) + knows * np.eye(k)[truth] + 0.3 * rng.normal(size=k)
    one = int(rng.integers(k))
    if kind == "always one":
        logits[:, one] += 50
    elif kind == "nearly always one":
        logits[rng.random(n) < 0.92, one] += 50
    elif kind == "two answers":
        logits[:, rng.choice(k, max(1, min(2, k // 3)), replace=False)] += 50
    elif kind == "random":
        logits = rng.normal(size=(n, k))
    elif kind == "frozen":
        logits = 0.01 * rng.normal(size=(n, k)) + rng.normal(size=k)
    elif kind == "learnt the skew":
        logits = 0.3 * (logits - logits.mean(1, keepdims=True)) + 3 * np.log(prior + 1e-6)
    probabilities = np.exp(logits - logits.max(1, keepdims=True))
    probabilities /= probabilities.sum(1, keepdims=True)
    return Evidence(truth, probabilities.argmax(1), tuple(map(str, range(k))), probabilities)


def rates(kinds: tuple[str, ...], cases: int, seed: int = 0) -> dict[str, tuple[float, Counter]]:
    """For each kind, the share of its cases with a finding, and how often each signal was raised."""
    rng = np.random.default_rng(seed)
    result = {}
    for kind in kinds:
        findings = [find_collapse(evidence(kind, rng)) for _ in range(cases)]
        result[kind] = sum(map(bool, findings)) / cases, Counter(f.signal for found in findings for f in found)
    return result


def main(cases: int = 200) -> None:
    """Print both tables."""
    for title, kinds in (("healthy: should be silent", HEALTHY), ("planted: should be named", PLANTED)):
        print(title)
        for kind, (share, signals) in rates(kinds, cases).items():
            print(f"  {kind:<18} raised in {share:6.1%}   {dict(signals)}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
