"""What the pairs of a contrast are assumed to do: shares of pair outcomes, given outright or by invitation rates.

Notation as in ``estimators.proportions``: ``both``, ``b`` reference only, ``c`` other only, and the rest neither.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """What a contrast's pairs are assumed to do, each over 0 and together at most 1."""

    both: float
    reference_only: float
    other_only: float

    def __post_init__(self) -> None:
        parts = (self.both, self.reference_only, self.other_only)
        if min(parts) < 0 or sum(parts) > 1 + 1e-12:
            raise ValueError(f"shares of pairs lie between 0 and 1 and add up to at most 1: {parts}")

    @property
    def gap(self) -> float:
        """B − c, in shares of all pairs."""
        return self.reference_only - self.other_only

    @property
    def discordant(self) -> float:
        """B + c."""
        return self.reference_only + self.other_only

    @property
    def informative(self) -> float:
        """A + b + c."""
        return self.both + self.discordant

    @property
    def net_rate(self) -> float | None:
        """(b − c) / (a + b + c); None where nobody is ever invited."""
        return self.gap / self.informative if self.informative else None

    @property
    def gap_variance(self) -> float:
        """Variance of one pair's difference, b + c − (b − c)²."""
        return max(0.0, self.discordant - self.gap**2)


def shares_of_rates(reference: float, other: float, agreement: float) -> Shares:
    """Shares of pair outcomes from two invitation rates and the correlation of the two answers of a landlord.

    Args:
        reference: invitation rate of the reference applicant.
        other: of the other one.
        agreement: phi coefficient; 0 is independence, and few pairs leave it open in Belgian tests (0.5 to 0.9).

    Raises:
        ValueError: no pair table has these margins and this correlation.
    """
    spread = math.sqrt(reference * (1 - reference) * other * (1 - other))
    both = reference * other + agreement * spread
    least, most = max(0.0, reference + other - 1), min(reference, other)
    if not least - 1e-12 <= both <= most + 1e-12:
        high = (most - reference * other) / spread if spread else 0.0
        low = (least - reference * other) / spread if spread else 0.0
        raise ValueError(
            f"rates of {reference:g} and {other:g} allow an agreement from {low:.2f} to {high:.2f}, not {agreement:g}"
        )
    both = min(max(both, least), most)
    return Shares(both=both, reference_only=reference - both, other_only=other - both)
