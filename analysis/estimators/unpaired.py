"""A design without pairs: applications of two cells that went to different listings go in, their comparison comes out.

The error is that of a linear model of the outcome on the cell, clustered by landlord, so that an agency with several
listings counts as one voice.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.estimate import Estimand, Estimate
from analysis.estimators.pairs import cell_mask, distinct
from analysis.estimators.proportions import wilson
from analysis.estimators.subject import Subject, row
from analysis.outcomes import OutcomesTable

CELLS = "delivered applications with a known outcome"
NOBODY = "one of the two cells has no delivered application with a known outcome"
FEW = "an error clustered by landlord needs at least two landlords and three applications"
ROUNDING = 1e-12
"""An error as small as this is none: every landlord's deviations cancel."""
SAME = "the outcomes of each cell do not vary between landlords: there is no interval"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Apart:
    """The applications of one contrast and outcome; arrays have one entry for each."""

    positive: NDArray[np.float64]
    other: NDArray[np.bool_]
    landlord: NDArray[np.int64]
    landlord_type: NDArray[np.object_]


def is_apart(table: OutcomesTable, contrast: str) -> bool:
    """Whether no pair of the table has an application in both cells of a contrast."""
    cells = table.dictionary.contrasts[contrast]
    pair = table.frame["pair"]
    one = set(pair[cell_mask(table.frame, cells.reference)])
    return one.isdisjoint(pair[cell_mask(table.frame, cells.other)])


def unpaired(
    table: OutcomesTable, contrast: str, outcome: str, *, by: str, confidence: float
) -> list[Estimate]:
    """Invitation rate of each cell and their difference, over all landlords and by landlord type.

    Whoever is in a cell counts, also where the listing was drawn for another contrast that has the cell in common:
    which contrast a listing serves was drawn at random within its landlord type.

    With u_g the sum over the applications of landlord g of (y - p) / n, the other cell's with a minus, the variance
    is G / (G - 1) (N - 1) / (N - 2) sum of u_g squared (CR1), and t has G - 1 degrees of freedom.

    Args:
        table: in which no pair has both cells.
        contrast: its name.
        outcome: its name.
        by: ``all`` or ``landlord_type``.
        confidence: of the intervals.
    """
    apart = _apart(table, contrast, outcome)
    found = _one(apart, _subject(table, contrast, outcome, "all", "all", confidence))
    for kind in table.dictionary.landlord_types if by == "landlord_type" else ():
        here = apart.landlord_type == kind
        part = Apart(
            positive=apart.positive[here],
            other=apart.other[here],
            landlord=apart.landlord[here],
            landlord_type=apart.landlord_type[here],
        )
        found += _one(part, _subject(table, contrast, outcome, "landlord_type", kind, confidence))
    return found


def _apart(table: OutcomesTable, contrast: str, outcome: str) -> Apart:
    frame, cells = table.frame, table.dictionary.contrasts[contrast]
    other = cell_mask(frame, cells.other)
    value = frame[f"outcome_{outcome}"]
    used = (
        (other | cell_mask(frame, cells.reference))
        & frame["delivered"].to_numpy(dtype=bool)
        & value.notna().to_numpy()
    )
    return Apart(
        positive=value[used].to_numpy(dtype=np.float64),
        other=other[used],
        landlord=pd.factorize(frame["landlord"].to_numpy(dtype=object)[used])[0],
        landlord_type=frame["landlord_type"].to_numpy(dtype=object)[used],
    )


def _subject(
    table: OutcomesTable, contrast: str, outcome: str, group: str, level: str, confidence: float
) -> Subject:
    dictionary = table.dictionary
    cells = dictionary.contrasts[contrast]
    return Subject(
        contrast=contrast,
        reference=dictionary.cell(cells.reference),
        other=dictionary.cell(cells.other),
        outcome=outcome,
        group=group,
        level=level,
        confidence=confidence,
        n_pairs=0,
    )


def _one(apart: Apart, subject: Subject) -> list[Estimate]:
    numbers = [int(np.sum(apart.other == other)) for other in (False, True)]
    positives = [int(apart.positive[apart.other == other].sum()) for other in (False, True)]
    landlords = distinct(apart.landlord) if len(apart.landlord) else 0
    subject = replace(subject, n_pairs=sum(numbers), n_landlords=landlords)
    rows = [
        row(
            replace(subject, reference=None, other=str(cell), n_pairs=n),
            Estimand.INVITATION_RATE,
            x / n if n else None,
            interval=wilson(x, n, subject.confidence) if n else None,
            method="Wilson 1927 score interval",
            convention=f"{CELLS}; applications as independent",
            reason=None if n else NOBODY,
        )
        for cell, x, n in zip((subject.reference, subject.other), positives, numbers, strict=True)
    ]
    return [*rows, _difference(apart, subject, numbers)]


def _difference(apart: Apart, subject: Subject, numbers: list[int]) -> Estimate:
    method = "linear model, CR1 clustered by landlord, t with G - 1"
    convention = f"rate of the reference less rate of the other, {CELLS}; each listing got one applicant"
    if not all(numbers):
        return row(
            subject, Estimand.RATE_DIFFERENCE, None, method=method, convention=convention, reason=NOBODY
        )
    rate = [float(apart.positive[apart.other == other].mean()) for other in (False, True)]
    total, landlords = sum(numbers), int(subject.n_landlords or 0)
    scores = np.where(
        apart.other,
        -(apart.positive - rate[1]) / numbers[1],
        (apart.positive - rate[0]) / numbers[0],
    )
    sums = np.bincount(apart.landlord, weights=scores)
    error, why = None, FEW
    if landlords > 1 and total > 2:
        small = landlords / (landlords - 1) * (total - 1) / (total - 2)
        found = float(np.sqrt(small * np.sum(sums**2)))
        error, why = (found if found > ROUNDING else None), SAME
    value = rate[0] - rate[1]
    half = None if error is None else float(stats.t.ppf(0.5 + subject.confidence / 2, landlords - 1)) * error
    return row(
        subject,
        Estimand.RATE_DIFFERENCE,
        value,
        standard_error=error,
        interval=None if half is None else (value - half, value + half),
        p_value=None if error is None else 2 * float(stats.t.sf(abs(value) / error, landlords - 1)),
        method=method,
        convention=convention,
        reason=why if error is None else None,
    )
