"""One row shape for every result: what was estimated, of whom, how, from how many, or why it cannot be."""

import math
from dataclasses import dataclass
from enum import StrEnum


class Estimand(StrEnum):
    """What a row speaks of. ``b`` reference only, ``c`` other only, ``a`` both, ``d`` neither, ``n`` all."""

    INVITATION_RATE = "invitation_rate"
    """Share of one arm's applications with a positive outcome; the arm stands in ``other``."""
    RATE_DIFFERENCE = "rate_difference"
    """Invitation rate of the reference less that of the other, applications taken as independent."""
    RATE_RATIO = "rate_ratio"
    """Invitation rate of the reference over that of the other, applications taken as independent."""
    PAIRS_BOTH = "pairs_both"
    """a, a count."""
    PAIRS_REFERENCE_ONLY = "pairs_reference_only"
    """b, a count."""
    PAIRS_OTHER_ONLY = "pairs_other_only"
    """c, a count."""
    PAIRS_NEITHER = "pairs_neither"
    """d, a count; non-informative, never «equal treatment»."""
    GAP = "gap"
    """(b − c) / n, a share of all pairs."""
    RELATIVE_GAP = "relative_gap"
    """1 − (a + c) / (a + b)."""
    NET_RATE = "net_rate"
    """(b − c) / (a + b + c), the Belgian convention: of the pairs where at least one was invited."""
    GROSS_RATE_REFERENCE = "gross_rate_reference"
    """b / n."""
    GROSS_RATE_OTHER = "gross_rate_other"
    """c / n."""
    MCNEMAR = "mcnemar"
    """Test of b = c; ``value`` is b / (b + c), ``p_value`` the test, the variant stands in ``method``."""
    RANDOMISATION = "randomisation"
    """Test that replays how the orders were drawn; ``value`` is the gap, ``p_value`` the test."""
    REGRESSION_GAP = "regression_gap"
    """Gap from the linear model on pair differences."""
    GAP_DIFFERENCE = "gap_difference"
    """Gap of one landlord type minus the gap of another; both stand in ``level`` as «private - agency»."""
    LOGIT_ODDS_RATIO = "logit_odds_ratio"
    """Odds ratio from the logit on applications."""
    LOGIT_RATIO_OF_ODDS_RATIOS = "logit_ratio_of_odds_ratios"
    """exp of the interaction of arm and landlord type in that logit."""
    CONDITIONAL_ODDS_RATIO = "conditional_odds_ratio"
    """Odds ratio from the conditional logit with one stratum per pair."""


class Status(StrEnum):
    """Whether the number was promised before the data were seen."""

    PRIMARY = "primary"
    """The one pre-declared primary contrast."""
    PLANNED = "planned"
    """Another step of the analysis plan."""
    EXPLORATORY = "exploratory"
    """Not in the analysis plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One result. Shares are fractions (0.15), never percentages; a missing value states its reason."""

    estimand: Estimand
    contrast: str
    """Name of the contrast (two cells of arms), as declared in the outcomes table's dictionary."""
    reference: str | None
    """Reference cell, for example ``belgian`` or ``belgian+wage``; None where one arm alone is described."""
    other: str
    """The cell compared with it."""
    group: str = "all"
    """What the pairs are grouped by: ``all`` or a column such as ``landlord_type``."""
    level: str = "all"
    """Level of that group, or «private - agency» for a difference of two levels."""
    outcome: str = "positive"
    """Which outcome column."""
    value: float | None
    standard_error: float | None = None
    lower: float | None = None
    upper: float | None = None
    confidence: float | None = None
    """Confidence level of the interval, for example 0.95."""
    p_value: float | None = None
    n_pairs: int
    """Pairs used (applications, for an invitation rate)."""
    n_informative: int | None = None
    """Pairs of the denominator in which at least one application had a positive outcome (a + b + c)."""
    n_discordant: int | None = None
    """b + c."""
    n_landlords: int | None = None
    """Distinct landlords behind the pairs; the clusters of clustered methods."""
    method: str
    """Named method of value, interval and p, for example ``Tango 1998 score interval``."""
    convention: str
    """Denominator and small-sample convention in one short phrase."""
    status: Status = Status.EXPLORATORY
    reason: str | None = None
    """Why there is no value (or no interval), as a sentence."""

    def __post_init__(self) -> None:
        numbers = (self.value, self.standard_error, self.lower, self.upper, self.p_value)
        if any(number is not None and not math.isfinite(number) for number in numbers):
            raise ValueError(
                f"{self.estimand} of {self.contrast}: a number is not finite; give None and a reason"
            )
        if self.value is None and not self.reason:
            raise ValueError(f"{self.estimand} of {self.contrast}: no value and no reason")
