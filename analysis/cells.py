"""Estimates of one contrast and outcome go in, the cells that they speak of come out, each with its size."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from analysis.estimate import Estimand, Estimate

TOTAL = ("all", "all")
"""Group and level of the cell over everything."""
DIFFERENCE = " - "
"""Joins the two levels of a difference, as in «private - agency»."""
DIFFERENCES = frozenset({Estimand.GAP_DIFFERENCE, Estimand.LOGIT_RATIO_OF_ODDS_RATIOS})
"""Estimands that always compare two levels."""
SIZED_BY = frozenset(
    {
        Estimand.GAP,
        Estimand.PAIRS_BOTH,
        Estimand.PAIRS_REFERENCE_ONLY,
        Estimand.PAIRS_OTHER_ONLY,
        Estimand.PAIRS_NEITHER,
    }
)
"""Estimands that count all pairs of a cell; models may rest on fewer (discordant pairs) or on pooled ones."""
POOLED = frozenset({Estimand.CONDITIONAL_ODDS_RATIO})
"""Estimands that rest on the pairs of several contrasts at once."""
KINDS = frozenset({"positives"})
"""Groups that split the pair outcomes, not the landlords: shown when the total is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What disclosure control knows of one cell."""

    group: str
    level: str
    landlords: int
    """Distinct landlords; 0 where not known."""
    informative: int
    """Pairs in which at least one was invited; 0 where not known."""
    pairs: int
    """Pairs in the cell."""

    @property
    def place(self) -> tuple[str, str]:
        """Group and level."""
        return self.group, self.level


def parts_of(level: str) -> list[str]:
    """The two levels of a difference; none where it is not one."""
    parts = level.split(DIFFERENCE)
    return parts if len(parts) == 2 else []


def cells_of(rows: Iterable[Estimate]) -> dict[tuple[str, str], Cell]:
    """Gather one contrast's cells; where rows of a cell disagree on a size, the smallest counts."""
    gathered: dict[tuple[str, str], list[Estimate]] = {}
    for row in rows:
        if row.estimand not in DIFFERENCES and row.group not in KINDS:
            gathered.setdefault((row.group, row.level), []).append(row)
    for group, level in [place for place in gathered if _is_difference(place, gathered)]:
        del gathered[group, level]
    return {place: _cell(place, of) for place, of in gathered.items()}


def _cell(place: tuple[str, str], rows: Sequence[Estimate]) -> Cell:
    sized = [row for row in rows if row.estimand in SIZED_BY] or rows
    return Cell(
        group=place[0],
        level=place[1],
        landlords=min((row.n_landlords for row in sized if row.n_landlords is not None), default=0),
        informative=min((row.n_informative for row in sized if row.n_informative is not None), default=0),
        pairs=max(row.n_pairs for row in sized),
    )


def _is_difference(place: tuple[str, str], known: Container[tuple[str, str]]) -> bool:
    """Whether a level is «x - y» of two levels that stand there themselves."""
    group, level = place
    parts = parts_of(level)
    return bool(parts) and all((group, part) in known for part in parts)
