"""Four counts of pair outcomes go in; gaps, rates, intervals and tests come out, as plain numbers.

Notation: ``a`` both positive, ``b`` reference only, ``c`` other only, ``d`` neither; ``n`` their sum.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy.special import bdtr, gammaln, ndtri

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCounts:
    """The four pair outcomes of one contrast."""

    both: int
    reference_only: int
    other_only: int
    neither: int

    @property
    def n(self) -> int:
        """All pairs."""
        return self.both + self.reference_only + self.other_only + self.neither

    @property
    def informative(self) -> int:
        """Pairs with at least one positive outcome, a + b + c."""
        return self.both + self.reference_only + self.other_only

    @property
    def discordant(self) -> int:
        """Pairs in which one arm alone was favoured, b + c."""
        return self.reference_only + self.other_only


def normal_quantile(confidence: float) -> float:
    """Two-sided standard normal quantile, 1.96 for 0.95."""
    return float(ndtri(0.5 + confidence / 2))


def wilson(positive: int, n: int, confidence: float) -> Interval:
    """Score interval of a share (Wilson 1927).

    Example:
        >>> low, high = wilson(81, 263, 0.95)
        >>> f"{low:.4f} {high:.4f}"
        '0.2553 0.3662'
    """
    z = normal_quantile(confidence)
    share = positive / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def tango(counts: PairCounts, confidence: float) -> Interval:
    """Score interval of the difference of two paired shares, (b − c) / n (Tango 1998).

    All δ with |b − c − nδ| ≤ z √(n (2q + δ(1 − δ))), where q is the restricted estimate of the share of c.
    """
    b, c, n = counts.reference_only, counts.other_only, counts.n
    z = normal_quantile(confidence)

    def outside(delta: float) -> bool:
        half = -b - c + (2 * n - b + c) * delta
        root = math.sqrt(max(0.0, half * half + 8 * n * c * delta * (1 - delta)))
        spread = n * (2 * (root - half) / (4 * n) + delta * (1 - delta))
        return abs(b - c - n * delta) > z * math.sqrt(max(0.0, spread))

    middle = (b - c) / n
    return _border(outside, middle, -1.0), _border(outside, middle, 1.0)


def relative_gap(counts: PairCounts, confidence: float) -> Interval | None:
    """Interval of 1 − (a + c) / (a + b) from the paired log ratio, variance (b + c) / ((a + b)(a + c)).

    None where an arm has no positive outcome or no pair is discordant: the variance does not exist.
    """
    reference = counts.both + counts.reference_only
    other = counts.both + counts.other_only
    if not reference or not other or not counts.discordant:
        return None
    half = normal_quantile(confidence) * math.sqrt(counts.discordant / (reference * other))
    ratio = other / reference
    return 1 - ratio * math.exp(half), 1 - ratio * math.exp(-half)


def net_rate_error(counts: PairCounts) -> float:
    """Standard error of (b − c) / m with m = a + b + c: √(b + c − (b − c)² / m) / m."""
    m = counts.informative
    net = counts.reference_only - counts.other_only
    return math.sqrt(max(0.0, counts.discordant - net * net / m)) / m


def mcnemar_exact(counts: PairCounts) -> float:
    """Two-sided exact p of b = c: twice the smaller binomial tail, at most 1; 1 where b + c = 0."""
    m, k = counts.discordant, min(counts.reference_only, counts.other_only)
    return 1.0 if m == 0 else min(1.0, 2 * float(bdtr(k, m, 0.5)))


def mcnemar_midp(counts: PairCounts) -> float:
    """Mid-p of b = c: the exact p less the probability of the table itself; 1 − ½ of it where b = c.

    Source: Fagerland, Lydersen and Laake 2013. Where b + c = 0 it is 1.
    """
    m, k = counts.discordant, min(counts.reference_only, counts.other_only)
    if m == 0:
        return 1.0
    if 2 * k == m:
        return 1 - 0.5 * math.exp(gammaln(m + 1) - 2 * gammaln(k + 1) - m * math.log(2))
    below = float(bdtr(k - 1, m, 0.5)) if k else 0.0
    return min(1.0, float(bdtr(k, m, 0.5)) + below)


def _border(outside: Callable[[float], bool], inside: float, far: float) -> float:
    """Where a connected set that holds ``inside`` ends on the way to ``far``, by bisection."""
    if not outside(far):
        return far
    for _ in range(60):
        middle = (inside + far) / 2
        if outside(middle):
            far = middle
        else:
            inside = middle
    return inside
