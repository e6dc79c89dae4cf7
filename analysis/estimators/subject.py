"""Of whom an estimate speaks: contrast, cells, group, level, outcome and numbers, turned into one row."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from analysis.estimate import Estimand, Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What all rows about the same pairs share."""

    contrast: str
    reference: str | None
    other: str
    outcome: str
    group: str = "all"
    level: str = "all"
    confidence: float
    """Of every interval."""
    n_pairs: int
    n_informative: int | None = None
    n_discordant: int | None = None
    n_landlords: int | None = None


def two_levels(one: Subject, two: Subject, landlords: int) -> Subject:
    """The subject of a difference of two levels, «one - two»; a landlord of both counts once."""
    return replace(
        one,
        level=f"{one.level} - {two.level}",
        n_pairs=one.n_pairs + two.n_pairs,
        n_informative=(one.n_informative or 0) + (two.n_informative or 0),
        n_discordant=(one.n_discordant or 0) + (two.n_discordant or 0),
        n_landlords=landlords,
    )


def row(
    subject: Subject,
    estimand: Estimand,
    value: float | None,
    *,
    method: str,
    convention: str,
    interval: Sequence[float] | None = None,
    standard_error: float | None = None,
    p_value: float | None = None,
    reason: str | None = None,
) -> Estimate:
    """One estimate of a subject; ``reason`` says why a value or an interval is missing."""
    lower, upper = interval if interval is not None else (None, None)
    return Estimate(
        estimand=estimand,
        contrast=subject.contrast,
        reference=subject.reference,
        other=subject.other,
        group=subject.group,
        level=subject.level,
        outcome=subject.outcome,
        value=None if value is None else float(value),
        standard_error=None if standard_error is None else float(standard_error),
        lower=None if lower is None else float(lower),
        upper=None if upper is None else float(upper),
        confidence=subject.confidence if interval is not None else None,
        p_value=None if p_value is None else float(p_value),
        n_pairs=subject.n_pairs,
        n_informative=subject.n_informative,
        n_discordant=subject.n_discordant,
        n_landlords=subject.n_landlords,
        method=method,
        convention=convention,
        reason=reason,
    )
