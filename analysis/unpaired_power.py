"""Two invitation rates and a number of applications go in; what a design without pairs can detect comes out.

One applicant writes to each listing, so the comparison is between listings, and the rates decide, not the pairs.
"""

import math

import numpy as np
from scipy.special import ndtri
from scipy.stats import binom


def independent_power(n: int, rates: tuple[float, float], *, alpha: float = 0.05) -> float:
    """Probability that the two-sided pooled z test rejects, over all tables of ``n`` applications in each arm.

    Args:
        n: applications of each arm, that count.
        rates: invitation rates of reference and other.
        alpha: two-sided level.

    Example: of two applications each, even the clearest table (2 of 2 against 0 of 2) has z = 2.
        >>> round(independent_power(2, (1.0, 0.0)), 6)
        1.0
    """
    if n <= 0:
        return 0.0
    x = np.arange(n + 1)
    gap = (x[:, None] - x[None, :]) / n
    pooled = (x[:, None] + x[None, :]) / (2 * n)
    variance = pooled * (1 - pooled) * 2 / n
    with np.errstate(divide="ignore", invalid="ignore"):
        rejected = np.where(variance > 0, np.abs(gap) / np.sqrt(variance) >= -ndtri(alpha / 2), False)
    one, two = binom.pmf(x, n, rates[0]), binom.pmf(x, n, rates[1])
    return float(one @ rejected @ two)


def applications_needed(rates: tuple[float, float], *, power: float = 0.8, alpha: float = 0.05) -> int | None:
    """Applications of each arm by the normal approximation (Fleiss 1981, without continuity correction), rounded up.

    n = (z1 sqrt(2 p q) + z2 sqrt(p1 q1 + p2 q2))^2 / (p1 - p2)^2 with p the mean rate. None where there is no gap.
    """
    one, two = rates
    if one == two:
        return None
    mean = (one + two) / 2
    root = float(ndtri(1 - alpha / 2)) * math.sqrt(2 * mean * (1 - mean)) + float(ndtri(power)) * math.sqrt(
        one * (1 - one) + two * (1 - two)
    )
    return math.ceil((root / (one - two)) ** 2 - 1e-9)
