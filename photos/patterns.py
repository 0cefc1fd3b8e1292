"""The pattern of a garment's cloth: plain, striped, checked, dotted or printed, from the pixels in its mask.

Multinomial logistic regression on measures of texture (patterns.json; `python benchmarks/patterns.py --fit` learns it
from drawn cloth and from garments labelled by eye).
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import fft, ndimage
from scipy.special import softmax

from photos.colours import cut_garment, oklab

PATTERNS = ("plain", "striped", "checked", "dotted", "printed")
SIDE = 80  # pixels of the longer side that the texture is measured at
FOLDS = 17  # pixels over which brightness is light and shadow, not pattern
FEWEST = 64  # pixels; a smaller garment is called plain, with probability 0
EDGE = 0.8  # sigma of gradients
AROUND = 12  # pixels, the surroundings in which a direction is measured
NOISE = 0.003  # of OKLab; keeps what is measured of plain cloth finite
CELLS = 4
REACH = SIDE // 2  # longest shift at which a pattern repeats


def pattern(pixels: np.ndarray, box_xyxy: np.ndarray, mask: np.ndarray | None = None) -> tuple[str, float]:
    """The most probable pattern of a garment, and its probability; arguments as of `garment_colours`."""
    measured = pattern_features(pixels, box_xyxy, mask)
    if measured is None:
        return PATTERNS[0], 0.0
    weights, bias = _classifier()
    probabilities = softmax(measured @ weights + bias)
    return PATTERNS[probabilities.argmax()], float(probabilities.max())


def pattern_features(pixels: np.ndarray, box_xyxy: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray | None:
    """(F,) the measures of a garment's texture; None for one of fewer than FEWEST pixels. Arguments as of `pattern`."""
    cut, there = cut_garment(pixels, box_xyxy, mask, side=4 * SIDE)
    cloth, inside = _resized(cut, there)
    if min(there.sum(), inside.sum()) < FEWEST or not inside[::2, ::2].any():
        return None
    detail = _without_light(oklab(cloth).astype(np.float32), inside)
    relief, strength = _main_contrast(detail, inside)
    smooth = ndimage.gaussian_filter(relief, EDGE, truncate=3)
    coarse, inside_coarse = smooth[::2, ::2], inside[::2, ::2]
    return np.concatenate(
        [
            strength,
            _differences(detail[::2, ::2][inside_coarse]),
            _bands(relief - smooth, inside, coarse, inside_coarse),
            _directions(relief, inside),
            _directions(coarse, inside_coarse),
            _repetition(relief, inside),
            _rows_and_columns(relief, inside),
            _spread(relief, inside),
            _pieces(relief, inside),
        ]
    )


def _resized(cut: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pixels and mask of a garment whose longer side is SIDE pixels."""
    height, width = mask.shape
    if min(height, width) == 0:
        return cut, mask
    scale = SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = Image.fromarray(cut).resize(size, Image.Resampling.BILINEAR)
    inside = np.asarray(Image.fromarray(mask).resize(size, Image.Resampling.NEAREST))
    inner = ndimage.binary_erosion(inside, iterations=2, border_value=0)
    return np.asarray(small), inner if inner.sum() > inside.sum() / 3 else inside


def _without_light(lab: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """(h, w, 3): the pixels less the mean of their surroundings within the garment; 0 outside of it."""
    weight = inside[..., None].astype(np.float32)
    blur = np.concatenate([lab * weight, weight], 2)
    for _ in range(2):  # about a Gaussian, and faster
        blur = ndimage.uniform_filter(blur, (FOLDS, FOLDS, 1))
    return (lab - blur[..., :3] / np.maximum(blur[..., 3:], 1e-6)) * weight


def _main_contrast(detail: np.ndarray, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(h, w): the direction of colour with the most contrast, of variance 1; (4,): how strong the contrast is."""
    differences = detail[inside]
    variances, vectors = np.linalg.eigh(differences.T @ differences / len(differences))
    spread = np.sqrt(np.maximum(variances, 0))
    relief = detail @ vectors[:, -1] / (spread[-1] + NOISE)
    skewed = (relief[inside] ** 3).mean()
    strength = [np.log(spread[-1] + NOISE), np.log(spread[-2] + NOISE), abs(vectors[0, -1]), abs(skewed)]
    return relief * (1 if skewed >= 0 else -1), np.array(strength)


def _differences(detail: np.ndarray) -> np.ndarray:
    """(6,): log of how far (n, 3) pixels differ from their surroundings, in lightness and in colour."""
    sizes = np.abs(detail[:, 0]), np.hypot(detail[:, 1], detail[:, 2])
    return np.log(np.concatenate([np.quantile(size, (0.5, 0.9, 0.98)) for size in sizes]) + NOISE)


def _bands(fine: np.ndarray, inside: np.ndarray, coarse: np.ndarray, inside_coarse: np.ndarray) -> np.ndarray:
    """(4,): log share of the contrast in bands of an octave, and (2,) how peaked the values are."""
    blurred = [coarse, *(ndimage.gaussian_filter(coarse, sigma, truncate=3) for sigma in (0.7, 1.55))]
    bands = [a - b for a, b in zip(blurred, [*blurred[1:], np.zeros_like(coarse)], strict=True)]
    energy = np.array([(fine[inside] ** 2).mean(), *((band[inside_coarse] ** 2).mean() for band in bands)])
    values = coarse[inside_coarse]
    peaked = [np.log((values**4).mean() + 0.1), np.abs(values).mean()]
    return np.concatenate([np.log(energy / (energy.sum() + 1e-9) + 0.01), peaked])


def _directions(relief: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """(7,): how far edges agree in direction: on the whole and around each place, as lines (2) and as crosses (4)."""
    edge = (ndimage.gaussian_filter(relief, EDGE, (0, 1), truncate=3)
            + 1j * ndimage.gaussian_filter(relief, EDGE, (1, 0), truncate=3))  # fmt: skip
    edge = np.where(ndimage.binary_erosion(inside), edge, 0)
    size = np.abs(edge) + np.float32(1e-9)
    lines, crosses, energy = edge**2, edge**4 / size**2, size**2
    whole = energy.sum()
    line, cross = lines.sum() / whole, crosses.sum() / whole
    around = [ndimage.uniform_filter(part, AROUND) for part in
              (lines.real, lines.imag, crosses.real, crosses.imag, energy)]  # fmt: skip
    near = np.maximum(around[4], 1e-9)
    local_line = (np.hypot(around[0], around[1]) / near * energy).sum() / whole
    local_cross = (np.hypot(around[2], around[3]) / near * energy).sum() / whole
    level = np.abs(lines.real).sum() / whole  # along rows or columns, not between
    return np.array([abs(line), abs(cross), line.real, cross.real, local_line, local_cross, level])


def _repetition(relief: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """(5,): how well the cloth fits itself moved: by the best shift, across it, how far; how few waves make it up."""
    shape = (SIDE + REACH,) * 2
    power, there = (np.abs(fft.rfft2(of, shape)) ** 2 for of in (relief, inside.astype(np.float32)))
    fit = fft.irfft2(power, shape) / np.maximum(fft.irfft2(there, shape), inside.sum() / 3)
    fit = np.roll(fit, (REACH, REACH), (0, 1))[: 2 * REACH + 1, : 2 * REACH + 1]
    fit /= fit[REACH, REACH] + 1e-9
    y, x, far = _shifts()
    ring = np.bincount(far.astype(int).ravel(), fit.ravel())[:REACH] / np.bincount(far.astype(int).ravel())[:REACH]
    start = max(3, int(np.argmax(ring < 0.2))) if (ring < 0.2).any() else REACH // 2
    peaks = np.where((far >= start) & (fit == ndimage.maximum_filter(fit, 5)), fit, 0)
    best = np.unravel_index(peaks.argmax(), peaks.shape)
    along = (x * x[best] + y * y[best]) / (far * far[best] + 1e-9)
    across = np.where(abs(along) < 0.5, peaks, 0).max()
    ordered = np.sort(power.ravel())[::-1]
    few = np.cumsum(ordered[:101])[[20, 100]] / (ordered.sum() + 1e-9)
    return np.array([peaks[best], across, far[best] / REACH, *few])


@cache
def _shifts() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """y, x and length of every shift of up to REACH pixels."""
    y, x = np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1]
    return y, x, np.hypot(x, y)


def _rows_and_columns(relief: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """(2,): share of the contrast that rows, and columns, alone explain."""
    count = np.maximum(inside.sum(1), 1), np.maximum(inside.sum(0), 1)
    means = relief.sum(1) / count[0], relief.sum(0) / count[1]
    whole = (relief**2).sum() + 1e-9
    return np.array([(mean**2 * n).sum() / whole for mean, n in zip(means, count, strict=True)])


def _spread(relief: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """(4,): how evenly the contrast lies over the garment: over cells, at its middle, and in how many cells."""
    height, width = inside.shape
    y, x = np.nonzero(inside)
    energy = relief[inside] ** 2
    cell = np.minimum(CELLS * y // height, CELLS - 1) * CELLS + np.minimum(CELLS * x // width, CELLS - 1)
    count = np.bincount(cell, minlength=CELLS**2)
    mean = (np.bincount(cell, energy, CELLS**2) / np.maximum(count, 1))[count > len(y) / CELLS**2 / 4]
    mean = mean / (mean.mean() + 1e-9)
    central = np.hypot(y / height - 0.5, x / width - 0.5) < 0.25
    middle = energy[central].mean() / (energy.mean() + 1e-9) if central.any() else 1.0
    return np.array([mean.std(), mean.min(), (mean > 0.5).mean(), middle])


def _pieces(relief: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """(7,): of the pieces that stand out: share, count, usual size, spread of sizes, how compact, how long, largest."""
    pieces, count = ndimage.label(relief > 0.8)
    size = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    boxes = [box for box, n in zip(ndimage.find_objects(pieces), size, strict=True) if n >= 4]
    size = size[size >= 4]
    if not len(size):
        return np.zeros(7)
    sides = np.array([[s.stop - s.start for s in box] for box in boxes])
    weight = size / size.sum()
    alike = np.log(size).std()
    compact, long = (weight * size / sides.prod(1)).sum(), (weight * np.log(sides.max(1) / sides.min(1))).sum()
    area = inside.sum()
    return np.array([size.sum() / area, np.log1p(len(size)), np.log(np.median(size) / area), alike, compact, long,
                     size.max() / area])  # fmt: skip


@cache
def _classifier() -> tuple[np.ndarray, np.ndarray]:
    """(F, P) weights and (P,) bias; they take the features as they are."""
    model = json.loads(Path(__file__).with_name("patterns.json").read_text(encoding="utf-8"))
    return np.array(model["weights"]), np.array(model["bias"])
