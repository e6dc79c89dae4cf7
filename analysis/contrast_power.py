"""Two groups, two waves, three candidates or a margin go in; what a design can tell of them comes out.

As in ``power``: full enumeration where that is said, else the approximation that is named. No seed, no simulation.
"""

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr, ndtri

from analysis.power import Floats, binomial
from analysis.shares import Shares

NEGLIGIBLE = 1e-13
"""Tables less likely than this are left out of an enumeration; all of them together weigh less than 1e-8."""


def contrast_power(one: tuple[int, Shares], two: tuple[int, Shares], *, alpha: float = 0.05) -> float:
    """Probability that the gaps of two groups of landlords are told apart, over all tables of both.

    The test is that of the difference of two independent gaps with their own variances: it rejects where
    |g₁ − g₂| > z √(v₁ + v₂), v = ((b + c) / n − ((b − c) / n)²) / n.

    Args:
        one: pairs and shares of the first group, for example private owners.
        two: of the second.
        alpha: two-sided level.
    """
    if min(one[0], two[0]) <= 0:
        return 0.0
    first, second = (_gaps(*group) for group in (one, two))
    z = float(ndtri(1 - alpha / 2))
    total = 0.0
    for gap, variance, weight in zip(*first, strict=True):
        apart = (gap - second[0]) ** 2 > z * z * (variance + second[1]) + 1e-12
        total += weight * float(np.sum(second[2][apart]))
    return total


def contrast_power_normal(one: tuple[int, Shares], two: tuple[int, Shares], *, alpha: float = 0.05) -> float:
    """The same by the normal approximation, for designs too large to enumerate."""
    if min(one[0], two[0]) <= 0:
        return 0.0
    error = math.sqrt(sum(shares.gap_variance / n for n, shares in (one, two)))
    if error == 0:
        return 0.0
    z, away = float(ndtri(1 - alpha / 2)), abs(one[1].gap - two[1].gap) / error
    return float(ndtr(away - z) + ndtr(-away - z))


def detectable_difference(errors: Sequence[float], *, power: float = 0.8, alpha: float = 0.05) -> float:
    """Smallest difference of two independent estimates with these standard errors that is found with the power.

    With the two waves of a study it is the minimum detectable change; at ``power`` 0.5 it is the least change that
    would just be called significant.
    """
    return float(ndtri(1 - alpha / 2) + ndtri(power)) * math.sqrt(sum(error**2 for error in errors))


def equivalence_power(n: int, shares: Shares, margin: float, *, alpha: float = 0.05) -> float:
    """Probability that the gap's Tango interval at level 1 − 2 ``alpha`` lies inside ± ``margin``.

    Two one-sided score tests, over all tables of ``n`` pairs (Tango 1998; Liu et al. 2002).
    """
    if n <= 0:
        return 0.0
    b, c, weight = _tables(n, shares)
    z = float(ndtri(1 - alpha))
    inside = (score(b, c, n, margin) < -z) & (score(b, c, n, -margin) > z)
    return float(np.sum(weight[inside]))


def equivalence_power_normal(n: int, shares: Shares, margin: float, *, alpha: float = 0.05) -> float:
    """The same by the normal approximation, for designs too large to enumerate."""
    if n <= 0 or shares.gap_variance == 0:
        return 0.0
    error, z = math.sqrt(shares.gap_variance / n), float(ndtri(1 - alpha))
    inside = ndtr((margin - shares.gap) / error - z) + ndtr((margin + shares.gap) / error - z) - 1
    return max(0.0, float(inside))


def cochran_power(n: int, patterns: Sequence[float], *, alpha: float = 0.05) -> float:
    """Power of Cochran's Q for a reference and two others at each landlord, by its noncentral chi-square.

    Args:
        n: triads.
        patterns: probability of each of the eight answers (0,0,0), (0,0,1), (0,1,0) … (1,1,1), adding up to 1.
        alpha: level.
    """
    from scipy.stats import chi2, ncx2

    answers = np.array([[k >> 2 & 1, k >> 1 & 1, k & 1] for k in range(8)], dtype=np.float64)
    weight = np.asarray(patterns, dtype=np.float64)
    if weight.shape != (8,) or weight.min() < 0 or abs(weight.sum() - 1) > 1e-9:
        raise ValueError("a triad has eight answers, whose probabilities add up to 1")
    rates, rows = weight @ answers, answers.sum(axis=1)
    spread = 3 * float(rates.sum()) - float(weight @ rows**2)
    if spread <= 0 or n <= 0:
        return 0.0
    away = n * 2 * (3 * float(rates @ rates) - float(rates.sum()) ** 2) / spread
    return float(ncx2.sf(chi2.isf(alpha, 2), 2, away)) if away > 0 else alpha


def _tables(n: int, shares: Shares) -> tuple[Floats, Floats, Floats]:
    """All tables that are not negligible: b, c, and how likely each is."""
    found: list[tuple[Floats, Floats, Floats]] = []
    for m, weight in enumerate(binomial(n, shares.discordant)):
        if weight * (m + 1) < NEGLIGIBLE:
            continue
        toward = shares.reference_only / shares.discordant if shares.discordant else 0.0
        b = np.arange(m + 1, dtype=np.float64)
        found.append((b, m - b, weight * binomial(m, toward)))
    b, c, weights = (np.concatenate(part) for part in zip(*found, strict=True))
    kept = weights > NEGLIGIBLE / n
    return b[kept], c[kept], weights[kept]


def _gaps(n: int, shares: Shares) -> tuple[Floats, Floats, Floats]:
    """Gap, its variance, and how likely, of all tables that are not negligible."""
    b, c, weight = _tables(n, shares)
    gap = (b - c) / n
    return gap, ((b + c) / n - gap**2) / n, weight


def score(b: Floats, c: Floats, n: int, delta: float) -> Floats:
    """Tango's score statistic of gap = delta, for each table; the interval is where it lies within ± z."""
    half = -b - c + (2 * n - b + c) * delta
    root = np.sqrt(np.maximum(0.0, half * half + 8 * n * c * delta * (1 - delta)))
    spread = n * (2 * (root - half) / (4 * n) + delta * (1 - delta))
    away = b - c - n * delta
    with np.errstate(divide="ignore", invalid="ignore"):
        score: Floats = np.where(spread > 0, away / np.sqrt(spread), np.sign(away) * np.inf)
    return score
