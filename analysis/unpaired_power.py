"""Two invitation rates and a number of applications go in; what a design without pairs can detect comes out.

One applicant writes to each listing, so the comparison is between listings, and the rates decide, not the pairs.
"""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from analysis.power import binomial
from analysis.printing import table

ENUMERATED = 1_500
"""Applications of an arm up to which all tables are summed; beyond, the normal approximation is as good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupApart:
    """The two arms of one contrast with landlords of one type, each listing with one applicant."""

    contrast: str
    landlord_type: str
    applications: int
    """Of each arm."""
    counted: int
    """Of each arm that count, after the design effect of landlords with several."""
    rates: tuple[float, float]
    """Assumed invitation rates of reference and other."""
    assumed_from: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionApart:
    """What one group can detect; a number that does not exist is None."""

    group: GroupApart
    power: float
    smallest_gap: float | None
    """Gap below the reference's rate that is found with the wanted power; None: not even the largest."""
    half_width: float | None
    """Of the 95 % normal interval of the difference."""
    needed: int | None
    """Applications of each arm for the wanted power."""


def examine_apart(groups: Sequence[GroupApart], *, alpha: float, power: float) -> tuple[DetectionApart, ...]:
    """Say what each group can detect."""
    return tuple(_detect(group, alpha, power) for group in groups)


def _detect(group: GroupApart, alpha: float, power: float) -> DetectionApart:
    n, (one, two) = group.counted, group.rates

    def short(rate: float) -> float:
        return _power(n, (one, rate), alpha) - power

    found = None if n < 1 or short(0.0) < 0 else one - float(brentq(short, 0.0, one, xtol=1e-6))
    spread = one * (1 - one) + two * (1 - two)
    return DetectionApart(
        group=group,
        power=_power(n, group.rates, alpha),
        smallest_gap=found,
        half_width=float(ndtri(0.975)) * math.sqrt(spread / n) if n else None,
        needed=applications_needed(group.rates, power=power, alpha=alpha),
    )


def _power(n: int, rates: tuple[float, float], alpha: float) -> float:
    if n <= ENUMERATED:
        return independent_power(n, rates, alpha=alpha)
    one, two = rates
    mean = (one + two) / 2
    null = float(ndtri(1 - alpha / 2)) * math.sqrt(2 * mean * (1 - mean) / n)
    error = math.sqrt((one * (1 - one) + two * (1 - two)) / n)
    return float(ndtr((abs(one - two) - null) / error) + ndtr((-abs(one - two) - null) / error))


def printed_apart(found: Sequence[DetectionApart], *, alpha: float, power: float) -> str:
    """Everything that is known of a design without pairs, as text."""
    head = (
        f"What this design without pairs can detect: two-sided level {100 * alpha:g} %, wanted power "
        f"{100 * power:g} %, pooled z test"
    )
    body = [
        [
            f"{it.group.contrast} · {it.group.landlord_type}",
            f"{it.group.applications}"
            + ("" if it.group.counted == it.group.applications else f" (as {it.group.counted})"),
            f"{100 * it.group.rates[0]:.1f} / {100 * it.group.rates[1]:.1f} %",
            f"{100 * it.power:.1f} %",
            "–" if it.smallest_gap is None else f"{100 * it.smallest_gap:.1f}",
            "–" if it.half_width is None else f"± {100 * it.half_width:.1f}",
            "–" if it.needed is None else f"{it.needed:,}",
        ]
        for it in found
    ]
    heads = [
        "between listings", "applications of each arm", "rates", "power", f"gap found with {100 * power:g} %",
        "precision", f"needed for {100 * power:g} %",
    ]  # fmt: skip
    said = (
        "Assumed. Each listing gets one applicant, so the rates of the two arms are compared between listings, as "
        "independent after those of one landlord were counted as fewer. Up to 1,500 applications the power is the sum "
        "over all tables, beyond it and for what is needed a normal approximation. Rates are assumed from:"
    )
    sources: dict[str, list[str]] = {}
    for it in found:
        sources.setdefault(it.group.assumed_from, []).append(
            f"{it.group.contrast} · {it.group.landlord_type}"
        )
    lines = textwrap.wrap(said, 118)
    for source, names in sources.items():
        lines += textwrap.wrap(
            f"{', '.join(names)}: {source}", 118, initial_indent="  – ", subsequent_indent="    "
        )
    return "\n".join([head, "─" * len(head), *table(heads, body), "", *lines]) + "\n"


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
    one, two = binomial(n, rates[0]), binomial(n, rates[1])
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
