"""Drawn cloth: plain, striped, checked, dotted and printed, with folds, shadow, perspective and noise."""

import numpy as np
from scipy import ndimage

from photos.patterns import PATTERNS

SIZE = 128


def draw_cloth(kind: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A garment of one pattern.

    Args:
        kind: one of PATTERNS.
        seed: draws all else: colours, scale, direction, folds, light, shape.

    Returns:
        (h, w, 3) uint8 RGB pixels and the (h, w) bool mask; outside of it is another colour.
    """
    rng = np.random.default_rng((PATTERNS.index(kind), seed))
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE
    weights = DRAW[kind](*_bent(x, y, rng), rng)
    colours = _colours(rng, weights.shape[-1], faint=0.25)
    cloth = (weights / weights.sum(-1, keepdims=True)) @ colours
    if kind == "plain":
        cloth = _trimmed(cloth, x, y, rng)
    cloth = cloth * _light(rng)[..., None]
    cloth = ndimage.gaussian_filter(cloth, (*[rng.uniform(0, 1)] * 2, 0)) + rng.normal(
        0, rng.uniform(1, 6), cloth.shape
    )
    mask = _shape(x, y, rng)
    pixels = np.where(mask[..., None], cloth, rng.uniform(0, 255, 3))
    return pixels.clip(0, 255).astype(np.uint8), mask


def _colours(rng: np.random.Generator, count: int, faint: float) -> np.ndarray:
    """(count, 3) RGB: dark, light or vivid, not too much alike; some `faint` share differs little."""
    first = rng.choice([rng.uniform(0, 255, 3), np.full(3, rng.uniform(10, 250))])
    apart = rng.uniform(15, 40) if rng.random() < faint else rng.uniform(60, 200)
    others = [rng.normal(0, 1, 3) + rng.choice([-1, 1]) * rng.uniform(0.5, 3) for _ in range(count - 1)]
    return np.array([first, *(first + apart * step / np.abs(step).max() for step in others)]).clip(5, 250)


def _bent(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates on the cloth: turned, in perspective, bent by folds."""
    folds = [ndimage.gaussian_filter(rng.normal(0, 1, x.shape), rng.uniform(12, 24)) for _ in range(2)]
    x, y = (
        v + rng.uniform(0, 0.05) * fold / (np.abs(fold).max() + 1e-9) for v, fold in zip((x, y), folds, strict=True)
    )
    near = 1 + rng.normal(0, 0.15) * (x - 0.5) + rng.normal(0, 0.15) * (y - 0.5)
    angle = rng.choice([rng.normal(0, 0.12), rng.normal(np.pi / 2, 0.12), rng.uniform(0, np.pi)], p=[0.45, 0.25, 0.3])
    u, v = (x - 0.5) / near, (y - 0.5) / near
    return u * np.cos(angle) + v * np.sin(angle), v * np.cos(angle) - u * np.sin(angle)


def _wave(at: np.ndarray, period: float, share: float, rng: np.random.Generator) -> np.ndarray:
    """1 in the given share of each period, else 0, with edges of about a pixel."""
    phase = (at / period + rng.random()) % 1
    distance = np.minimum(phase, np.minimum(np.abs(phase - share), 1 - phase)) * period * SIZE
    return np.where(phase < share, 0.5 + distance.clip(0, 0.5), 0.5 - distance.clip(0, 0.5))


def _plain(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.ones((*u.shape, 1))


def _striped(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    period = np.exp(rng.uniform(np.log(0.03), np.log(0.3)))
    first = _wave(v, period, rng.uniform(0.15, 0.6), rng)
    second = _wave(v, period, rng.uniform(0.1, 0.4), rng) * (rng.random() < 0.4)
    return np.stack([1 - np.maximum(first, second) + 1e-3, first, second * (1 - first)], -1)


def _checked(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    period, share = np.exp(rng.uniform(np.log(0.05), np.log(0.35))), rng.uniform(0.1, 0.6)
    periods = period, period * rng.uniform(0.9, 1.2)
    ways = [_wave(at, p, share, rng) for at, p in zip((u, v), periods, strict=True)]
    lines = [_wave(at, p, 0.08, rng) * (rng.random() < 0.4) for at, p in zip((u, v), periods, strict=True)]
    if rng.random() < 0.2:  # a chessboard, or lines only
        ways = [np.abs(ways[0] - ways[1])] * 2
    return np.stack([2 - sum(ways) + 1e-3, sum(ways), sum(lines)], -1)


def _dotted(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    period = np.exp(rng.uniform(np.log(0.05), np.log(0.25)))
    radius = rng.uniform(0.15, 0.36)
    row = np.floor(v / period)
    shift = rng.choice([0, 0.5]) * row + (rng.random() < 0.25) * rng.uniform(-0.2, 0.2, SIZE)[row.astype(int) % SIZE]
    du, dv = (u / period + shift) % 1 - 0.5, (v / period) % 1 - 0.5
    dots = ((radius - np.hypot(du, dv)) * period * SIZE + 0.5).clip(0, 1)
    return np.stack([1 - dots, dots], -1)


def _printed(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return [_blotches, _flowers, _motif, _motif][rng.integers(4)](u, v, rng)


def _blotches(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As of camouflage or a leopard."""
    sigma = rng.uniform(1.5, 7)
    noise = [ndimage.gaussian_filter(rng.normal(0, 1, u.shape), sigma) for _ in range(rng.integers(1, 4))]
    spots = [(part > np.quantile(part, rng.uniform(0.55, 0.85))).astype(float) for part in noise]
    return np.stack([np.full(u.shape, 0.02), *spots], -1) + np.eye(len(spots) + 1)[0] * (sum(spots) == 0)[..., None]


def _flowers(u: np.ndarray, v: np.ndarray, rng: np.random.Generator, count: int = 0, reach: float = 0.6) -> np.ndarray:
    """Flowers, stars and discs, each at a place and of a size of its own."""
    layers = np.zeros((*u.shape, 4))
    layers[..., 0] = 1
    for _ in range(count or rng.integers(8, 60)):
        x, y = rng.uniform(-reach, reach, 2)
        size, petals = rng.uniform(0.03, 0.12), rng.integers(2, 8)
        away, around = np.hypot(u - x, v - y), np.arctan2(v - y, u - x) + rng.uniform(0, 6)
        inside = away < size * (1 + rng.uniform(0, 0.6) * np.cos(petals * around))
        layers[inside] = np.eye(4)[rng.integers(1, 4)]
        layers[away < size / 3] = np.eye(4)[rng.integers(0, 4)]
    return layers


def _motif(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One picture, or lines of writing, in the middle of a plain garment."""
    if rng.random() < 0.5:
        return _flowers(u, v, rng, count=int(rng.integers(2, 9)), reach=rng.uniform(0.08, 0.2))
    letters = np.zeros((*u.shape, 2))
    for line in range(rng.integers(1, 4)):
        height, top = rng.uniform(0.05, 0.14), -0.25 + 0.17 * line + rng.normal(0, 0.02)
        word = (np.abs(v - top) < height / 2) & (np.abs(u) < rng.uniform(0.15, 0.35))
        stroke = rng.random((12, 24)) < 0.6
        at = [((c / step) % n).astype(int) for c, step, n in ((v, height / 4, 12), (u, height / 3, 24))]
        letters[..., 1] += word & stroke[at[0], at[1]]
    letters[..., 0] = 1e-3 + (letters[..., 1] == 0)
    return letters


def _trimmed(cloth: np.ndarray, x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Plain cloth with what is no pattern: a band, a block, a row of buttons, a small logo, seams."""
    other = _colours(rng, 1, 0)[0]
    line, width = rng.uniform(0.2, 0.8), rng.uniform(0.01, 0.05)
    buttons = (np.abs(x - 0.5) < 0.012) & ((y * rng.uniform(4, 9)) % 1 < 0.1)
    logo = (np.abs(x - rng.uniform(0.3, 0.7)) < 0.03) & (np.abs(y - 0.3) < 0.03)
    block, seam = y > line, np.abs(np.where(rng.random() < 0.5, x, y) - line) < width
    kind = rng.choice(6, p=[0.4, 0.12, 0.12, 0.12, 0.12, 0.12])
    where = [None, buttons, logo, block, seam, np.abs(x - 0.5) < width][kind]
    return cloth if where is None else np.where(where[..., None], other, cloth)


def _light(rng: np.random.Generator) -> np.ndarray:
    """(SIZE, SIZE): light and shadow of folds and creases, by which colours are multiplied."""
    sigma = rng.uniform(2.5, 6), rng.uniform(8, 30)
    folds = ndimage.gaussian_filter(rng.normal(0, 1, (SIZE, SIZE)), sigma if rng.random() < 0.5 else sigma[::-1])
    return 1 + rng.uniform(0, 0.35) * folds / np.abs(folds).max() + rng.normal(0, 0.15) * np.linspace(-1, 1, SIZE)


def _shape(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The outline: wider above or below, with a neckline at times, or legs."""
    half = rng.uniform(0.25, 0.48) * (1 + rng.normal(0, 0.25) * (y - 0.5))
    inside = (np.abs(x - 0.5) < half) & (y > rng.uniform(0.02, 0.1)) & (y < rng.uniform(0.85, 0.98))
    if rng.random() < 0.4:
        inside &= np.hypot(x - 0.5, y) > rng.uniform(0.05, 0.2)
    return inside & ~((np.abs(x - 0.5) < 0.06 * y) & (y > 0.35)) if rng.random() < 0.25 else inside


DRAW = {"plain": _plain, "striped": _striped, "checked": _checked, "dotted": _dotted, "printed": _printed}
