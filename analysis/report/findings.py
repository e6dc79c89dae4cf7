"""Disclosed estimates go in, one finding per contrast and landlord type comes out, with its verdict."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from analysis.cells import DIFFERENCE, KINDS
from analysis.disclosure import Why
from analysis.estimate import Estimand, Estimate, Status
from analysis.report.material import Material

FIRST = ("private", "agency")
"""Private owners and agencies stand first and in this order, on every page."""
LANDLORD_TYPE = "landlord_type"
ALL = "all"
SAME = 1e-6
"""Two gaps closer than this are one number (results hold 8 significant digits)."""
RANK = {Status.PRIMARY: 0, Status.PLANNED: 1, Status.EXPLORATORY: 2}


class Verdict(StrEnum):
    """What a reader may conclude; it rests on the interval alone, never on the estimate."""

    DISADVANTAGE = "disadvantage"
    """The whole interval of the gap lies above zero: against the other candidate."""
    ADVANTAGE = "advantage"
    """The whole interval lies below zero."""
    UNCLEAR = "unclear"
    """The interval holds zero, or there is none."""
    TOO_FEW = "too_few"
    """Too few tests to say."""
    WITHHELD = "withheld"
    """Not shown, to protect landlords."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The four outcomes of the pairs."""

    both: int
    reference_only: int
    other_only: int
    neither: int

    @property
    def pairs(self) -> int:
        """All pairs, n."""
        return self.both + self.reference_only + self.other_only + self.neither

    @property
    def informative(self) -> int:
        """Pairs in which at least one was invited."""
        return self.pairs - self.neither


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One contrast at one level: the trio, the counts and what may be concluded."""

    contrast: str
    group: str
    level: str
    status: Status
    verdict: Verdict
    why: Why | None
    """Why it is hidden, when it is."""
    pairs: int
    """Pairs that may be named; 0 when even that is withheld."""
    landlords: int | None
    counts: Counts | None
    gap: Estimate | None
    relative: Estimate | None
    net: Estimate | None
    rows: tuple[Estimate, ...]
    """Every estimate of this cell, in the order of the analysis."""

    @property
    def of_pairs(self) -> bool:
        """Whether the gap is (b − c) / n; not so where a candidate wrote several times."""
        if self.counts is None or self.gap is None or self.gap.value is None or not self.counts.pairs:
            return False
        counted = (self.counts.reference_only - self.counts.other_only) / self.counts.pairs
        return abs(counted - self.gap.value) < SAME

    def invited(self, cell: str | None) -> tuple[int, int] | None:
        """Invitations of one cell of arms and its applications."""
        for row in self.rows:
            if row.estimand is Estimand.INVITATION_RATE and row.other == cell and row.value is not None:
                return round(row.value * row.n_pairs), row.n_pairs
        return None

    @property
    def shown(self) -> bool:
        """Whether numbers may be printed."""
        return self.counts is not None and self.gap is not None and self.gap.value is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One contrast on the page: its findings in reading order and its difference of landlord types."""

    contrast: str
    group: str
    status: Status
    findings: tuple[Finding, ...]
    difference: Estimate | None
    """Gap of private owners minus that of agencies, or the group's own difference."""
    estimates: tuple[Estimate, ...]
    """Every estimate of the contrast, hidden ones too."""


def sections_of(material: Material) -> tuple[Section, ...]:
    """Lay out the contrasts of the study's main outcome, the primary one first."""
    mine = [row for row in material.disclosed.estimates if row.outcome == material.outcome]
    names = dict.fromkeys(row.contrast for row in mine)
    sections = []
    for name in names:
        rows = [row for row in mine if row.contrast == name]
        groups = dict.fromkeys(row.group for row in rows if row.group not in KINDS | {ALL})
        ordered = sorted(groups, key=lambda group: group != LANDLORD_TYPE) or [ALL]
        sections += [_section(material, name, group, rows, first=group == ordered[0]) for group in ordered]
    return tuple(sorted(sections, key=lambda section: RANK[section.status]))


def verdict_of(gap: Estimate | None, why: Why | None) -> Verdict:
    """Judge by the interval of the gap only."""
    if why is Why.FEW_INFORMATIVE:
        return Verdict.TOO_FEW
    if why is not None:
        return Verdict.WITHHELD
    if gap is None or gap.lower is None or gap.upper is None:
        return Verdict.UNCLEAR
    if gap.lower > 0:
        return Verdict.DISADVANTAGE
    return Verdict.ADVANTAGE if gap.upper < 0 else Verdict.UNCLEAR


def _section(material: Material, contrast: str, group: str, rows: list[Estimate], *, first: bool) -> Section:
    mine = [row for row in rows if row.group in (group, ALL)]
    pairs = [row for row in mine if row.estimand is Estimand.GAP and not _compares(row, mine)]
    levels = sorted(
        dict.fromkeys((row.group, row.level) for row in pairs),
        key=lambda place: _order(place[1], material.landlord_types),
    )
    status = min((row.status for row in pairs), key=RANK.__getitem__, default=Status.EXPLORATORY)
    return Section(
        contrast=contrast,
        group=group,
        status=status,
        findings=tuple(_finding(material, contrast, *place, mine) for place in levels),
        difference=_difference([row for row in mine if row.estimand is Estimand.GAP_DIFFERENCE]),
        estimates=tuple(rows if first else [row for row in rows if row.group == group]),
    )


def _difference(rows: list[Estimate]) -> Estimate | None:
    """Private owners minus agencies, in this order; where the study has none, its first difference."""
    for row in rows:
        levels = row.level.split(DIFFERENCE)
        if levels == list(FIRST):
            return row
        if levels == list(reversed(FIRST)):
            return _turned(row)
    return rows[0] if rows else None


def _turned(row: Estimate) -> Estimate:
    """The same difference seen from the other side."""
    first, second = row.level.split(DIFFERENCE)
    return replace(
        row,
        level=f"{second}{DIFFERENCE}{first}",
        value=None if row.value is None else 0.0 - row.value,
        lower=None if row.upper is None else 0.0 - row.upper,
        upper=None if row.lower is None else 0.0 - row.lower,
    )


def _margin(gap: Estimate | None, cell: Iterable[Estimate]) -> Estimate | None:
    """The gap with the interval that holds here.

    The interval of a pair table takes pairs as independent. Where a landlord was tested more than once, that of
    the linear model clustered by landlord is printed instead, provided it is of the same gap (no covariates).
    The choice rests on the design, never on which interval says more.
    """
    if gap is None or gap.value is None or gap.n_landlords is None or gap.n_landlords >= gap.n_pairs:
        return gap
    for row in cell:
        same = row.value is not None and abs(row.value - gap.value) < SAME
        if row.estimand is Estimand.REGRESSION_GAP and same and row.lower is not None:
            return replace(row, estimand=Estimand.GAP)
    return gap


def _compares(row: Estimate, rows: Iterable[Estimate]) -> bool:
    """Whether a row stands for a difference of two levels."""
    parts = row.level.split(DIFFERENCE)
    return len(parts) == 2 and set(parts) <= {other.level for other in rows if other.group == row.group}


def _order(level: str, types: tuple[str, ...]) -> tuple[int, int, str]:
    """Private, agency, the others in the study's order, all together last."""
    if level in FIRST:
        return 0, FIRST.index(level), level
    known = types.index(level) if level in types else len(types)
    return (2 if level == ALL else 1), known, level


def _finding(material: Material, contrast: str, group: str, level: str, rows: list[Estimate]) -> Finding:
    cell = tuple(row for row in rows if (row.group, row.level) == (group, level))
    first = {row.estimand: row for row in reversed(cell)}
    gap = _margin(first.get(Estimand.GAP), cell)
    why = next(
        (
            hidden.why
            for hidden in material.disclosed.hidden
            if (hidden.contrast, hidden.outcome) == (contrast, material.outcome)
            and (hidden.group, hidden.level) == (group, level)
        ),
        None,
    )
    return Finding(
        contrast=contrast,
        group=group,
        level=level,
        status=min((row.status for row in cell), key=RANK.__getitem__),
        verdict=verdict_of(gap, why),
        why=why,
        pairs=gap.n_pairs if gap else 0,
        landlords=gap.n_landlords if gap else None,
        counts=None if why else _counts(first),
        gap=gap,
        relative=first.get(Estimand.RELATIVE_GAP),
        net=first.get(Estimand.NET_RATE),
        rows=cell,
    )


def _counts(first: dict[Estimand, Estimate]) -> Counts | None:
    """Read the four counts, or None where one is missing."""
    wanted = (
        Estimand.PAIRS_BOTH,
        Estimand.PAIRS_REFERENCE_ONLY,
        Estimand.PAIRS_OTHER_ONLY,
        Estimand.PAIRS_NEITHER,
    )
    values = [first[one].value if one in first else None for one in wanted]
    if any(value is None for value in values):
        return None
    both, reference_only, other_only, neither = (round(value or 0) for value in values)
    return Counts(both=both, reference_only=reference_only, other_only=other_only, neither=neither)
