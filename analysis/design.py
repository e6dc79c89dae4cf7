"""A design as data (groups of pairs with assumed shares) goes in; what each of them can detect comes out, as records.

A design is whatever a protocol, a command line or a notebook says: this room knows no study.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from analysis.contrast_power import (
    contrast_power,
    contrast_power_normal,
    detectable_difference,
    equivalence_power,
    equivalence_power_normal,
)
from analysis.power import (
    Test,
    detectable_gap,
    half_width,
    net_rate_error,
    paired_power,
    pairs_needed,
)
from analysis.shares import Shares

ENUMERATED = 1_500
"""Pairs of a group up to which two types are enumerated; beyond, the normal approximation is as good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The pairs of one contrast with landlords of one type."""

    contrast: str
    landlord_type: str
    pairs: int
    counted: int
    """Pairs that count after the design effect of landlords with several; at most ``pairs``."""
    shares: Shares
    assumed_from: str
    """Where the shares come from, in words."""
    both_known: bool = True
    """Whether the share of pairs with both invited was given; without it there is no net rate."""

    @property
    def name(self) -> str:
        """For tables."""
        return f"{self.contrast} · {self.landlord_type}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a design is asked."""

    alpha: float = 0.05
    power: float = 0.8
    test: Test = "mid-p"
    confidence: float = 0.95
    margin: float | None = None
    """Equivalence margin, a share of all pairs; None where none was declared."""

    def __post_init__(self) -> None:
        for name, value in (("alpha", self.alpha), ("power", self.power), ("confidence", self.confidence)):
            if not 0 < value < 1:
                raise ValueError(f"{name} is a share over 0 and under 1, not {value:g}")
        if self.power <= self.alpha:
            raise ValueError(
                f"a power of {self.power:g} is had by chance at a level of {self.alpha:g}; ask for more"
            )
        if self.margin is not None and not 0 < self.margin < 1:
            raise ValueError(f"the margin is a share over 0 and under 1, not {self.margin:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What one group can detect; a number that does not exist is None."""

    group: Group
    power: float
    """Probability that the test finds the assumed gap."""
    smallest_gap: float | None
    """Gap that is found with the wanted power; None: not even the largest."""
    half_width: float | None
    """Of the gap's interval, in shares of all pairs."""
    net_half_width: float | None
    """Of the net rate's interval, in shares of informative pairs."""
    needed: int | None
    """Pairs (that count) for the wanted power; None where no gap is assumed, or where it is too small."""
    change_called: float | None
    """Least change of the gap to a next wave of equal size that would be called significant."""
    change_found: float | None
    """Change that is found with the wanted power."""
    net_change_called: float | None
    """The same for the net rate."""
    net_change_found: float | None
    equivalence: float | None
    """Probability that no gap is shown to be none, within the margin, if there is truly none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What two groups of one contrast tell of each other."""

    contrast: str
    one: str
    two: str
    assumed: float
    """Gap of the first less gap of the second."""
    power: float
    smallest: float | None
    """Difference that is found with the wanted power."""
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What a design can detect, group by group."""

    question: Question
    groups: tuple[Detection, ...]
    differences: tuple[Difference, ...]
    curve: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    """By group, the power at several numbers of pairs."""


def examine(groups: Sequence[Group], question: Question) -> Design:
    """Say what each group, and each two landlord types of one contrast, can detect."""
    return Design(
        question=question,
        groups=tuple(_detect(group, question) for group in groups),
        differences=tuple(_differences(groups, question)),
        curve={group.name: _curve(group, question) for group in groups},
    )


def _detect(group: Group, question: Question) -> Detection:
    n, shares = group.counted, group.shares
    width = half_width(n, shares, confidence=question.confidence)
    error = None if n <= 0 else math.sqrt(shares.gap_variance / n)
    net_error = net_rate_error(n, shares) if group.both_known else None
    z = None if width is None or not error else width / error
    even = Shares(both=shares.both, reference_only=shares.discordant / 2, other_only=shares.discordant / 2)
    return Detection(
        group=group,
        power=paired_power(n, shares, alpha=question.alpha, test=question.test),
        smallest_gap=detectable_gap(
            n, shares.other_only, power=question.power, alpha=question.alpha, test=question.test
        ),
        half_width=_possible(width),
        net_half_width=_possible(None if net_error is None or z is None else z * net_error),
        needed=_needed(shares, question),
        change_called=_change(error, question, called=True),
        change_found=_change(error, question),
        net_change_called=_change(net_error, question, called=True),
        net_change_found=_change(net_error, question),
        equivalence=None
        if question.margin is None
        else (equivalence_power if n <= ENUMERATED else equivalence_power_normal)(
            n, even, question.margin, alpha=question.alpha
        ),
    )


def _needed(shares: Shares, question: Question) -> int | None:
    try:
        return pairs_needed(shares, power=question.power, alpha=question.alpha, test=question.test)
    except ValueError:
        return None


def _change(error: float | None, question: Question, *, called: bool = False) -> float | None:
    """Change between two waves with this standard error each; ``called`` at even odds."""
    if not error:
        return None
    power = 0.5 if called else question.power
    return _possible(detectable_difference([error, error], power=power, alpha=question.alpha))


def _possible(share: float | None) -> float | None:
    """A share that there can be; None where the pairs are too few to say anything."""
    return share if share is not None and share < 1 else None


def _differences(groups: Sequence[Group], question: Question) -> list[Difference]:
    found = []
    for number, one in enumerate(groups):
        for two in groups[number + 1 :]:
            if one.contrast != two.contrast or min(one.counted, two.counted) <= 0:
                continue
            exact = max(one.counted, two.counted) <= ENUMERATED
            power = (contrast_power if exact else contrast_power_normal)(
                (one.counted, one.shares), (two.counted, two.shares), alpha=question.alpha
            )
            errors = [math.sqrt(it.shares.gap_variance / it.counted) for it in (one, two)]
            least = detectable_difference(errors, power=question.power, alpha=question.alpha)
            found.append(
                Difference(
                    contrast=one.contrast,
                    one=one.landlord_type,
                    two=two.landlord_type,
                    assumed=one.shares.gap - two.shares.gap,
                    power=power,
                    smallest=_possible(least or None),
                    method="all tables" if exact else "normal approximation",
                )
            )
    return found


def _curve(group: Group, question: Question) -> list[tuple[int, float]]:
    """Power from a quarter to three times the planned pairs, and at least to where it has what is wanted."""
    needed = _needed(group.shares, question) or 0
    most = max(3 * group.counted, math.ceil(1.3 * min(needed, 20 * max(group.counted, 50))), 40)
    numbers = sorted({max(2, round(most * k / 40)) for k in range(1, 41)} | {max(2, group.counted)})
    return [(n, paired_power(n, group.shares, alpha=question.alpha, test=question.test)) for n in numbers]
