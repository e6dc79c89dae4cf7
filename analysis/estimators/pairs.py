"""An outcomes table and a contrast go in; one entry per usable pair, and why others dropped out, come out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.estimators.proportions import PairCounts
from analysis.estimators.subject import Subject
from analysis.outcomes import OutcomesTable
from analysis.results import Funnel

Integers = NDArray[np.int64]

REASONS = (
    "no application in the reference cell",
    "no application in the other cell",
    "not delivered",
    "outcome unknown",
)
"""Why a pair is not used; the first that holds is counted."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """The usable pairs of one contrast and outcome; arrays have one entry per pair, in the table's order."""

    contrast: str
    reference: str
    other: str
    outcome: str
    group: str = "all"
    level: str = "all"
    landlord: Integers
    """Code of the landlord, by first appearance in the table (whose rows have one order)."""
    landlord_type: Integers
    """Index into the dictionary's landlord types."""
    reference_positive: Integers
    reference_number: Integers
    other_positive: Integers
    other_number: Integers
    rows: Integers
    """Positions in the table of the applications of these pairs, in any order."""
    row_pair: Integers
    """Index of the pair of each of those applications."""
    row_is_other: NDArray[np.bool_]
    """Whether each of those applications is in the other cell."""

    @property
    def n(self) -> int:
        """Usable pairs."""
        return len(self.landlord)

    @property
    def single(self) -> bool:
        """Whether every pair has one application in each cell."""
        return bool(np.all(self.reference_number == 1) and np.all(self.other_number == 1))

    @property
    def difference(self) -> NDArray[np.float64]:
        """Share positive of the reference less that of the other, per pair."""
        reference = self.reference_positive / self.reference_number
        return np.asarray(reference - self.other_positive / self.other_number, dtype=np.float64)


def pairs_of(table: OutcomesTable, contrast: str, outcome: str) -> tuple[Pairs, Funnel]:
    """Reduce a table to the usable pairs of one contrast and outcome.

    A pair is usable when each cell has at least one application, and all applications of both cells were
    delivered and have a known outcome.
    """
    frame, dictionary = table.frame, table.dictionary
    cells = dictionary.contrasts[contrast]
    is_reference, is_other = cell_mask(frame, cells.reference), cell_mask(frame, cells.other)
    positions = np.flatnonzero(is_reference | is_other)
    code, keys = pd.factorize(frame["pair"].to_numpy(dtype=object)[positions])
    other = is_other[positions]
    known, positive = _outcome(frame, outcome, positions)
    delivered = frame["delivered"].to_numpy(dtype=bool)[positions]

    def count(weights: NDArray[Any]) -> Integers:
        return np.bincount(code, weights=weights, minlength=len(keys)).astype(np.int64)

    fates = np.stack([count(~other) == 0, count(other) == 0, count(~delivered) > 0, count(~known) > 0])
    used: NDArray[np.bool_] = ~np.any(fates, axis=0, keepdims=False)
    first_row = np.full(len(keys), 0)
    first_row[code[::-1]] = positions[::-1]
    pairs = Pairs(
        contrast=contrast,
        reference=dictionary.cell(cells.reference),
        other=dictionary.cell(cells.other),
        outcome=outcome,
        landlord=pd.factorize(frame["landlord"].to_numpy(dtype=object))[0][first_row],
        landlord_type=_levels(frame["landlord_type"], dictionary.landlord_types)[first_row],
        reference_positive=count(positive & ~other),
        reference_number=count(~other),
        other_positive=count(positive & other),
        other_number=count(other),
        rows=positions,
        row_pair=code,
        row_is_other=other,
    )
    dropped = dict(
        zip(REASONS, np.bincount(fates.argmax(axis=0)[~used], minlength=len(REASONS)), strict=True)
    )
    funnel = Funnel(
        contrast=contrast,
        outcome=outcome,
        pairs=len(keys),
        used=int(used.sum()),
        dropped={reason: int(number) for reason, number in dropped.items()},
    )
    return kept(pairs, used), funnel


def kept(pairs: Pairs, keep: NDArray[np.bool_]) -> Pairs:
    """The pairs marked in ``keep`` (one truth value per pair)."""
    new_index = np.cumsum(keep) - 1
    rows = keep[pairs.row_pair]
    return replace(
        pairs,
        landlord=pairs.landlord[keep],
        landlord_type=pairs.landlord_type[keep],
        reference_positive=pairs.reference_positive[keep],
        reference_number=pairs.reference_number[keep],
        other_positive=pairs.other_positive[keep],
        other_number=pairs.other_number[keep],
        rows=pairs.rows[rows],
        row_pair=new_index[pairs.row_pair[rows]],
        row_is_other=pairs.row_is_other[rows],
    )


def by_landlord_type(pairs: Pairs, landlord_types: tuple[str, ...]) -> list[Pairs]:
    """One set of pairs for each landlord type, in the dictionary's order, also where it is empty."""
    return [
        replace(kept(pairs, pairs.landlord_type == index), group="landlord_type", level=name)
        for index, name in enumerate(landlord_types)
    ]


def counts_of(pairs: Pairs) -> PairCounts:
    """The four pair outcomes.

    With several applications in a cell, «reference only» counts pairs in which the reference has the larger
    share of positive outcomes, «other only» those in which the other has, «both» equal shares above 0
    (Bertrand and Mullainathan 2004, table 2). With one application in each cell these are the usual four.
    """
    lead = pairs.reference_positive * pairs.other_number - pairs.other_positive * pairs.reference_number
    some = pairs.reference_positive + pairs.other_positive > 0
    return PairCounts(
        both=int(np.sum((lead == 0) & some)),
        reference_only=int(np.sum(lead > 0)),
        other_only=int(np.sum(lead < 0)),
        neither=int(np.sum(~some)),
    )


def landlords_of(*parts: Pairs) -> int:
    """Distinct landlords behind some sets of pairs; one that stands in several counts once."""
    return distinct(np.concatenate([part.landlord for part in parts]))


def distinct(codes: Integers) -> int:
    """How many different codes there are; counting is several times faster than sorting or hashing them."""
    return int(np.count_nonzero(np.bincount(codes)))


def subject_of(pairs: Pairs, confidence: float) -> Subject:
    """Of whom estimates on these pairs speak."""
    counts = counts_of(pairs)
    return Subject(
        contrast=pairs.contrast,
        reference=pairs.reference,
        other=pairs.other,
        outcome=pairs.outcome,
        group=pairs.group,
        level=pairs.level,
        confidence=confidence,
        n_pairs=pairs.n,
        n_informative=counts.informative,
        n_discordant=counts.discordant,
        n_landlords=landlords_of(pairs),
    )


def cell_mask(frame: pd.DataFrame, arms: Mapping[str, str]) -> NDArray[np.bool_]:
    """Marks the applications of a cell (an arm for each ground)."""
    inside = np.ones(len(frame), dtype=bool)
    for ground, arm in arms.items():
        inside &= frame[f"arm_{ground}"].to_numpy(dtype=object) == arm
    return inside


def _outcome(
    frame: pd.DataFrame, outcome: str, positions: Integers
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each application's outcome is known, and whether it is positive."""
    column = frame[f"outcome_{outcome}"].iloc[positions]
    return column.notna().to_numpy(), column.fillna(0).to_numpy(dtype=np.int8) == 1


def _levels(column: "pd.Series[Any]", levels: tuple[str, ...]) -> Integers:
    return np.asarray(pd.Categorical(column, categories=list(levels)).codes, dtype=np.int64)
