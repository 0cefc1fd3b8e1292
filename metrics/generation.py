"""How good are generated pictures? Figures of features of samples and of real pictures, one row a picture.

The features are those of a network that never saw either. A distance on Inception's features over 50,000 samples would
be called FID; nothing here is.
"""

import numpy as np
from sklearn.metrics import euclidean_distances

from metrics.bootstrap import Interval, draws

NEIGHBOURS = 3  # of Kynkäänniemi et al.
RESAMPLES = 1000


def kid(real: np.ndarray, samples: np.ndarray) -> float:
    """Kernel distance: the unbiased squared maximum mean discrepancy under the kernel (x y / D + 1)^3.

    0 on average where both come from one distribution, so at times below 0. Binkowski et al.: Demystifying MMD GANs,
    ICLR 2018, section 4.

    Args:
        real: (N, D), N above 1.
        samples: (M, D), M above 1.
    """
    return _mmd(*_kernels(real, samples), np.ones((1, len(real))), np.ones((1, len(samples))))[0].item()


def kid_interval(
    real: np.ndarray, samples: np.ndarray, groups: np.ndarray, resamples: int = RESAMPLES, seed: int = 0
) -> Interval:
    """`kid` with its 95 % interval, by resampling groups of real pictures, and samples; no picture meets itself.

    Args:
        real: (N, D).
        samples: (M, D).
        groups: (N,) of real pictures that are drawn together, such as those of one item.
        resamples: how many.
        seed: of the draws.
    """
    kernels = _kernels(real, samples)
    of_real = np.array(list(draws(groups, resamples, seed)))
    of_samples = np.array(list(draws(np.arange(len(samples)), resamples, seed + 1)))
    low, high = np.percentile(_mmd(*kernels, of_real, of_samples), [2.5, 97.5])
    return kid(real, samples), float(low), float(high)


def _kernels(real: np.ndarray, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The kernels of real with real (diagonal 0), samples with samples (diagonal 0), and real with samples."""
    x, y = (features.astype(np.float64) for features in (real, samples))
    xx, yy, xy = (((a @ b.T) / x.shape[1] + 1) ** 3 for a, b in ((x, x), (y, y), (x, y)))
    np.fill_diagonal(xx, 0)
    np.fill_diagonal(yy, 0)
    return xx, yy, xy


def _mmd(xx: np.ndarray, yy: np.ndarray, xy: np.ndarray, v: np.ndarray, w: np.ndarray) -> np.ndarray:
    """(R,) discrepancies of pictures that count v (R, N) and w (R, M) times."""

    def mean(kernel: np.ndarray, weights: np.ndarray) -> np.ndarray:
        pairs = weights.sum(1) ** 2 - (weights**2).sum(1)
        return ((weights @ kernel) * weights).sum(1) / pairs

    return mean(xx, v) + mean(yy, w) - 2 * ((v @ xy) * w).sum(1) / (v.sum(1) * w.sum(1))


def among(pictures: np.ndarray, others: np.ndarray, neighbours: int = NEIGHBOURS) -> np.ndarray:
    """(M,) bool, whether each of `pictures` is as near to one of `others` as that one's k-th neighbour of its own kind.

    The mean is the precision of samples among real pictures, and the recall of real pictures among samples.
    Kynkäänniemi et al.: Improved Precision and Recall Metric for Assessing Generative Models, NeurIPS 2019, section 2.

    Args:
        pictures: (M, D).
        others: (N, D); N and M should be alike, as more pictures lie closer together.
        neighbours: k.
    """
    near = distances(pictures, others) <= _radii(others, neighbours)
    return near.sum(1) > 0


def _radii(features: np.ndarray, neighbours: int) -> np.ndarray:
    """(N,) the distance of each to its k-th neighbour."""
    return np.partition(_to_others(features), neighbours - 1, 1)[:, neighbours - 1]


def nearest(samples: np.ndarray, real: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """((M,) the index of the real picture next to each sample, (M,) its distance)."""
    between = distances(samples, real)
    return between.argmin(1), between.min(1)


def nearest_other(features: np.ndarray) -> np.ndarray:
    """(N,) the distance of each picture to the next of its own kind."""
    return _to_others(features).min(1)


def _to_others(features: np.ndarray) -> np.ndarray:
    between = distances(features, features)
    np.fill_diagonal(between, np.inf)
    return between


def distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(N, M) Euclidean distances of (N, D) and (M, D) features."""
    return euclidean_distances(a.astype(np.float64), b.astype(np.float64))
