"""Landlord types go in; which of them are compared, and by what name, comes out."""

from collections.abc import Sequence
from itertools import combinations

from scipy.special import stdtr, stdtrit


def compared_levels(landlord_types: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of levels (minuend, subtrahend): «private - agency», else each level minus an earlier one."""
    pairs = [(second, first) for first, second in combinations(landlord_types, 2)]
    return [("private", "agency") if {*pair} == {"private", "agency"} else pair for pair in pairs]


def student_quantile(confidence: float, degrees: int) -> float:
    """Two-sided quantile of Student's t with ``degrees`` degrees of freedom."""
    return float(stdtrit(degrees, 0.5 + confidence / 2))


def student_p(statistic: float, degrees: int) -> float:
    """Two-sided p of a t statistic."""
    return 2 * float(stdtr(degrees, -abs(statistic)))
