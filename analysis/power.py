"""Assumed shares of pair outcomes and a number of pairs go in; what a design can detect comes out.

Only the discordant pairs carry a paired test, so ``b`` and ``c`` decide its power, not the invitation rates (Vuolo,
Uggen and Lageson 2016). Everything here is arithmetic or full enumeration: no seed, no simulation.
"""

import math
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import bdtr, bdtrc, gammaln, ndtri, xlogy

from analysis.shares import Shares

Test = Literal["mid-p", "exact"]
Floats = NDArray[np.float64]
MOST_PAIRS = 200_000
"""No study of this kind is larger; a search for a sample size ends here."""


def paired_power(n: int, shares: Shares, *, alpha: float = 0.05, test: Test = "mid-p") -> float:
    """Probability that the two-sided McNemar test rejects, over all tables of ``n`` pairs.

    Σ_m Bin(m; n, b + c) · P(reject | m), where k of the m discordant pairs favour the reference with probability
    b / (b + c). A rejection in the wrong direction counts, as it does in the test.

    Example: five pairs that all favour the reference have p = 2 / 32, six have 2 / 64.
        >>> always = Shares(both=0.0, reference_only=1.0, other_only=0.0)
        >>> [paired_power(n, always, test="exact") for n in (5, 6)]
        [0.0, 1.0]
    """
    if n <= 0 or shares.discordant <= 0:
        return 0.0
    m = np.arange(n + 1, dtype=np.float64)
    last = last_rejected(n, alpha, test)
    toward = shares.reference_only / shares.discordant
    low = np.where(last >= 0, bdtr(np.maximum(last, 0), m.astype(np.int64), toward), 0.0)
    high = np.where(last >= 0, bdtrc(m - np.maximum(last, 0) - 1, m.astype(np.int64), toward), 0.0)
    return float(np.sum(binomial(n, shares.discordant) * (low + high)))


def pairs_needed(shares: Shares, *, power: float = 0.8, alpha: float = 0.05, test: Test = "mid-p") -> int:
    """Fewest pairs from which on the test has the power, whatever saw-tooth the counts make.

    Raises:
        ValueError: there is no gap, or more pairs than ``MOST_PAIRS`` would be needed.
    """
    about = pairs_needed_normal(shares, power=power, alpha=alpha)

    def enough(n: int) -> bool:
        return paired_power(n, shares, alpha=alpha, test=test) >= power

    # Downwards from where it surely holds: with few discordant pairs the power of more pairs can be less.
    n = math.ceil(1.25 * about) + 40
    while not enough(n):
        n += max(10, n // 20)
    while n > 1 and enough(n - 1):
        n -= 1
    return n


def pairs_needed_normal(shares: Shares, *, power: float = 0.8, alpha: float = 0.05) -> int:
    """Pairs by the normal approximation of Miettinen (1968) and Connor (1987), rounded up.

    n = (z₁ √(b + c) + z₂ √(b + c − (b − c)²))² / (b − c)².

    Example:
        >>> pairs_needed_normal(Shares(both=0.0, reference_only=0.45, other_only=0.05))
        23
    """
    if shares.gap == 0:
        raise ValueError("without a gap there is nothing to detect; assume a gap, or ask for equivalence")
    z_one, z_two = float(ndtri(1 - alpha / 2)), float(ndtri(power))
    root = z_one * math.sqrt(shares.discordant) + z_two * math.sqrt(shares.gap_variance)
    needed = math.ceil((root / shares.gap) ** 2 - 1e-9)
    if needed > MOST_PAIRS:
        raise ValueError(
            f"{needed:,} pairs would be needed: this gap is too small for any study of this kind"
        )
    return needed


def detectable_gap(
    n: int, other_only: float, *, power: float = 0.8, alpha: float = 0.05, test: Test = "mid-p"
) -> float | None:
    """Smallest gap that the test finds with the power, where a share ``other_only`` goes the other way.

    None where no gap is large enough for so few pairs.
    """

    def short(reference_only: float) -> float:
        shares = Shares(both=0.0, reference_only=reference_only, other_only=other_only)
        return paired_power(n, shares, alpha=alpha, test=test) - power

    most = 1 - other_only
    if most <= other_only or short(most) < 0:
        return None
    return float(brentq(short, other_only, most, xtol=1e-10)) - other_only


def pairs_for_precision(shares: Shares, half_width: float, *, confidence: float = 0.95) -> int:
    """Pairs for a gap that is known to plus or minus ``half_width`` (a share), by its normal interval."""
    z = float(ndtri(0.5 + confidence / 2))
    return math.ceil(shares.gap_variance * (z / half_width) ** 2 - 1e-9)


def half_width(n: int, shares: Shares, *, confidence: float = 0.95) -> float | None:
    """Half the width of the gap's normal interval, in shares; None without pairs."""
    return float(ndtri(0.5 + confidence / 2)) * math.sqrt(shares.gap_variance / n) if n > 0 else None


def net_rate_error(n: int, shares: Shares) -> float | None:
    """Standard error of the net rate of ``n`` pairs, of which a share a + b + c is informative; None without any."""
    informative = n * shares.informative
    if informative <= 0:
        return None
    net = shares.gap / shares.informative
    return math.sqrt(max(0.0, shares.discordant / shares.informative - net * net) / informative)


def effective_pairs(n: int, *, per_landlord: float, variation: float = 0.0, correlation: float) -> int:
    """Pairs that count, where landlords have several: n over the design effect, rounded down.

    1 + ((1 + v²) m̄ − 1) ρ (Donner, Birkett and Buck 1981; unequal clusters as in Eldridge, Ashby and Kerry 2006).

    Args:
        n: pairs.
        per_landlord: mean pairs of a landlord, m̄, at least 1.
        variation: coefficient of variation of that number, v.
        correlation: intracluster correlation of the pairs' differences, ρ.
    """
    effect = 1 + ((1 + variation**2) * per_landlord - 1) * correlation
    return math.floor(n / max(1.0, effect) + 1e-9)


def binomial(n: int, p: float) -> Floats:
    """Probability of each number of n, from 0 to n."""
    m = np.arange(n + 1, dtype=np.float64)
    log = gammaln(n + 1) - gammaln(m + 1) - gammaln(n - m + 1) + xlogy(m, p) + xlogy(n - m, 1 - p)
    weight: Floats = np.exp(log)
    return weight


def last_rejected(n: int, alpha: float, test: Test) -> Floats:
    """For each number of discordant pairs up to n the largest smaller count that is rejected; −1 where none is."""
    return _critical(1 << max(6, n.bit_length()), alpha, test)[: n + 1]


@lru_cache(maxsize=32)
def _critical(most: int, alpha: float, test: Test) -> Floats:
    m, whole = np.arange(most + 1, dtype=np.float64), np.arange(most + 1)

    def rejected(count: Floats) -> NDArray[np.bool_]:
        there = np.clip(count, 0, m)
        below = np.where(there > 0, bdtr(np.maximum(there - 1, 0), whole, 0.5), 0.0)
        at = bdtr(there, whole, 0.5)
        p = 2 * at if test == "exact" else at + below
        found: NDArray[np.bool_] = (count < 0) | ((2 * count < m) & (p <= alpha))
        return found

    # The normal approximation begins, and the tail, which only grows with the count, corrects it.
    last = np.maximum(np.floor(m / 2 + ndtri(alpha / 2) * np.sqrt(m) / 2), -1.0)
    while not (good := rejected(last)).all():
        last = np.where(good, last, last - 1)
    while (more := rejected(last + 1)).any():
        last = np.where(more, last + 1, last)
    return last
