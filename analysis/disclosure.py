"""Estimates go in, estimates that may be read in public come out: small cells are hidden before any writer.

A cell is one contrast, one outcome and one level of a group (private owners, agencies, all together).

The rule, for an ethics board:

1. A cell is shown only with at least ``min_landlords`` distinct landlords (10 unless told otherwise, never
   below ``FLOOR``). So no individual landlord, and above all no private owner, can ever be read from a report.
   A cell that does not know its number of landlords is hidden as well.
2. A cell with fewer than ``min_informative`` informative pairs (10: at least one of the two was invited) says
   «too few tests to say»: its number of pairs stays, its rates, intervals and counts do not.
3. Totals may not give away what is hidden. Whatever is hidden among the levels of one group must be at least
   two cells, together ``min_landlords`` landlords; otherwise the next smallest level is hidden too. Where
   only the levels in ``keep`` are left (private owners and agencies: their comparison is the promise), the
   total over all levels is withheld instead.
4. A difference of two levels is shown only when both levels are; a number that several contrasts share (the
   conditional logit) only when the level is shown in all of them.
5. Where anything of an outcome is hidden, the sizes in the wording of methods («N = 400 pairs») go as well:
   a model over all landlords would give away the number of those that are hidden.

Thresholds: 10 is the usual limit of UK Longitudinal Linkage Collaboration and ONS outputs (others use 3 to 5);
10 paired tests are also the least from which one landlord can be judged (Verhaeghe and Van der Bracht).
Limits: each contrast and outcome is protected on its own; a reader who holds other tables of the same study,
such as the outcomes table itself, can compute more than this module can know.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from analysis.cells import KINDS, POOLED, SIZED_BY, TOTAL, Cell, cells_of, parts_of
from analysis.estimate import Estimate

MIN_LANDLORDS = 10
"""Distinct landlords a cell needs (UK LLC, ONS)."""
MIN_INFORMATIVE = 10
"""Informative pairs a cell needs before a rate is printed."""
FLOOR = 5
"""Nobody may set ``min_landlords`` lower than this."""
KEEP = ("private", "agency")
"""Levels that are not sacrificed to protect another level; the total is withheld instead."""
SIZE = re.compile(r"(?<=[A-Za-z]) = \d[\d.,\s]*(?<=\d)")
"""A size in the wording of a method, such as « = 400» in «N = 400 pairs»."""
INDIVIDUAL = frozenset({"landlord", "landlord_key", "landlord_id"})
"""Groups whose levels are single landlords: never shown, whatever their size."""


class Why(StrEnum):
    """Why a cell is hidden."""

    FEW_LANDLORDS = "few_landlords"
    """Fewer distinct landlords than the threshold, or a number that is not known."""
    FEW_INFORMATIVE = "few_informative"
    """Enough landlords, too few informative pairs: «too few tests to say»."""
    PROTECTS_ANOTHER = "protects_another"
    """Large enough itself, but with the other figures it would give away a hidden cell."""
    INDIVIDUAL = "individual"
    """The group names single landlords."""


SENTENCES: Mapping[Why, str] = {
    Why.FEW_LANDLORDS: "withheld: fewer distinct landlords than may be shown",
    Why.FEW_INFORMATIVE: "too few tests to say: too few in which at least one of the two was invited",
    Why.PROTECTS_ANOTHER: "withheld: with the other figures it would give away a hidden group",
    Why.INDIVIDUAL: "withheld: individual landlords are never reported",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """One hidden cell and why."""

    contrast: str
    outcome: str
    group: str
    level: str
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """Estimates that may be rendered, in their old order and places, and what was hidden."""

    estimates: tuple[Estimate, ...]
    hidden: tuple[Hidden, ...]
    min_landlords: int
    min_informative: int


def disclose(
    estimates: Iterable[Estimate],
    *,
    min_landlords: int = MIN_LANDLORDS,
    min_informative: int = MIN_INFORMATIVE,
    keep: Sequence[str] = KEEP,
    secondary: bool = True,
) -> Disclosed:
    """Hide small cells, and what would give them away.

    Args:
        estimates: Every estimate, with its number of distinct landlords.
        min_landlords: Distinct landlords a cell needs; at least ``FLOOR``.
        min_informative: Informative pairs a cell needs.
        keep: Levels that are not hidden to protect another one.
        secondary: Step 3; off only in the test that shows why it is needed.

    Returns:
        All estimates in their places; a hidden one has no number and a reason.

    Raises:
        ValueError: ``min_landlords`` is below ``FLOOR``.
    """
    if min_landlords < FLOOR:
        raise ValueError(f"min_landlords is {min_landlords}; it may not be below {FLOOR}")
    rows = tuple(estimates)
    hidden: dict[tuple[str, str, str, str], Why] = {}
    for contrast, outcome in dict.fromkeys((row.contrast, row.outcome) for row in rows):
        cells = cells_of(row for row in rows if (row.contrast, row.outcome) == (contrast, outcome))
        why = _small(cells, min_landlords=min_landlords, min_informative=min_informative)
        if secondary:
            why = _protect(cells, why, min_landlords=min_landlords, keep=keep)
        hidden |= {(contrast, outcome, *place): reason for place, reason in why.items()}
    small = {key[:2] for key, why in hidden.items() if why in (Why.FEW_LANDLORDS, Why.INDIVIDUAL)}
    return Disclosed(
        estimates=tuple(_shown(row, hidden, small) for row in rows),
        hidden=tuple(
            Hidden(contrast=contrast, outcome=outcome, group=group, level=level, why=why)
            for (contrast, outcome, group, level), why in hidden.items()
        ),
        min_landlords=min_landlords,
        min_informative=min_informative,
    )


def _small(
    cells: Mapping[tuple[str, str], Cell], *, min_landlords: int, min_informative: int
) -> dict[tuple[str, str], Why]:
    """Name the cells that are too small themselves (steps 1 and 2)."""
    why: dict[tuple[str, str], Why] = {}
    for place, cell in cells.items():
        if cell.group in INDIVIDUAL:
            why[place] = Why.INDIVIDUAL
        elif cell.landlords < min_landlords:
            why[place] = Why.FEW_LANDLORDS
        elif cell.informative < min_informative:
            why[place] = Why.FEW_INFORMATIVE
    return why


def _protect(
    cells: Mapping[tuple[str, str], Cell],
    why: Mapping[tuple[str, str], Why],
    *,
    min_landlords: int,
    keep: Sequence[str],
) -> dict[tuple[str, str], Why]:
    """Hide more until no total gives away a hidden cell (step 3)."""
    out = dict(why)
    groups = [
        group for group in dict.fromkeys(group for group, _ in cells) if group not in INDIVIDUAL | {"all"}
    ]
    while True:
        extra = next(
            (place for group in groups if (place := _next(cells, out, group, min_landlords, keep))), None
        )
        if extra is None:
            return out
        out[extra] = Why.PROTECTS_ANOTHER


def _next(
    cells: Mapping[tuple[str, str], Cell],
    why: Mapping[tuple[str, str], Why],
    group: str,
    min_landlords: int,
    keep: Sequence[str],
) -> tuple[str, str] | None:
    """Choose the next cell of one group to hide, or None when its sum gives nothing away."""
    levels = [cell for cell in cells.values() if cell.group == group and cell.pairs > 0]
    unseen = [cell for cell in levels if cell.place in why]
    seen = sorted(
        (cell for cell in levels if cell.place not in why),
        key=lambda cell: (cell.landlords, cell.pairs, cell.level),
    )
    if TOTAL in why or TOTAL not in cells:
        # The total is unknown: the levels give it away unless one of them is hidden too.
        return seen[0].place if TOTAL in why and seen and not unseen else None
    if not unseen or (len(unseen) > 1 and sum(cell.landlords for cell in unseen) >= min_landlords):
        return None
    spare = [cell for cell in seen if cell.level not in keep]
    return spare[0].place if spare else TOTAL


def _shown(
    row: Estimate, hidden: Mapping[tuple[str, str, str, str], Why], small: set[tuple[str, str]]
) -> Estimate:
    """Return the row as it may be read: itself, or the same place without its numbers."""
    why = _reasons(row, hidden)
    if any(outcome == row.outcome for _, outcome, *_ in hidden):
        row = replace(
            row,
            method=SIZE.sub(" = withheld", row.method),
            convention=SIZE.sub(" = withheld", row.convention),
        )
    if not why:
        return row
    # The number of pairs of a «too few» cell would give away that of a smaller one by subtraction.
    keeps_pairs = set(why) == {Why.FEW_INFORMATIVE} and (row.contrast, row.outcome) not in small
    return replace(
        row,
        value=None,
        standard_error=None,
        lower=None,
        upper=None,
        p_value=None,
        n_pairs=row.n_pairs if keeps_pairs and row.estimand in SIZED_BY else 0,
        n_informative=None,
        n_discordant=None,
        n_landlords=None,
        reason=SENTENCES[why[0]],
    )


def _reasons(row: Estimate, hidden: Mapping[tuple[str, str, str, str], Why]) -> list[Why]:
    """Why a row is hidden: every hidden cell that it speaks of."""
    places = (
        [TOTAL] if row.group in KINDS else [(row.group, level) for level in [row.level, *parts_of(row.level)]]
    )
    return [
        why
        for (contrast, outcome, *place), why in hidden.items()
        if outcome == row.outcome
        and tuple(place) in places
        and (contrast == row.contrast or row.estimand in POOLED)
    ]
