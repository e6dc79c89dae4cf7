"""The usable pairs of a contrast go in; the randomisation test, which replays how their orders were drawn, comes out.

If no landlord treats the two applicants differently, the one who writes first gets the same answer whoever it is.
Only the draw of the order then decides which answer counts for whom, and the draw is known: the table's ``block``.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.estimate import Estimand, Estimate
from analysis.estimators.pairs import Integers, Pairs, subject_of
from analysis.estimators.subject import row
from analysis.outcomes import OutcomesTable

SEVERAL = "a cell has several applications in a pair; the replay is written for one in each"
NOT_DRAWN = "the order was not drawn (the treated always wrote first), so there is no draw to replay"
NOT_THE_DRAW = "pairs of one block came in the same order twice, so its blocks are not those of the draw"
NO_ORDER = "the order of the applications is not known, so the draw cannot be replayed"
NO_PAIRS = "there is no usable pair"
METHODS = {
    "blocks": ("every order drawn anew within its block", "orders in blocks, each order once"),
    "unknown": ("every pair's order drawn anew by a coin", "as if each order were a coin: exact McNemar"),
}


def randomisation(pairs: Pairs, table: OutcomesTable, *, confidence: float) -> list[Estimate]:
    """The randomisation test of one contrast, outcome, group and level.

    The statistic is b - c, two-sided, its null distribution exact: no draws, no seed. Two pairs of one block and
    the same places had opposite orders, so their labels change together; a pair whose companion is not usable
    changes alone. Where the table has no blocks every pair changes alone, which is the exact McNemar test.

    Args:
        pairs: the usable pairs; there may be none.
        table: that they were taken from.
        confidence: level that the row states where it has an interval; this one has none.

    Returns:
        One row with the gap and its p-value, or the reason why there is none.
    """
    assignment = table.dictionary.assignment
    how, convention = METHODS.get(assignment, METHODS["unknown"])
    sums, reason = _group_sums(pairs, table)
    total = 0 if sums is None else int(sums.sum())
    return [
        row(
            subject_of(pairs, confidence),
            Estimand.RANDOMISATION,
            None if sums is None else total / pairs.n,
            p_value=None if sums is None else sign_test(sums),
            method=f"randomisation test, {how}, exact, two-sided",
            convention=f"(b − c) / n, all pairs; {convention}",
            reason=reason,
        )
    ]


def sign_test(sums: Integers) -> float:
    """Two-sided p that independent fair signs before these numbers give a sum as far from 0 as theirs.

    The numbers are -2 to 2, so the sum is that of two binomial variables: exact, and linear in how many twos there are.

    >>> round(sign_test(np.array([1, 1, 1, 1, 1, 1, -1])), 6)
    0.125
    """
    ones, twos = int(np.sum(np.abs(sums) == 1)), int(np.sum(np.abs(sums) == 2))
    seen = abs(int(sums.sum()))
    heads = np.arange(twos + 1)
    from_twos = 2 * (2 * heads - twos)
    up = np.ceil((seen - from_twos + ones) / 2) - 1
    down = np.floor((-seen - from_twos + ones) / 2)
    tail = stats.binom.sf(up, ones, 0.5) + stats.binom.cdf(down, ones, 0.5)
    return float(min(1.0, np.sum(stats.binom.pmf(heads, twos, 0.5) * np.minimum(tail, 1.0))))


def _without(pairs: Pairs, assignment: str) -> str | None:
    if assignment == "fixed":
        return NOT_DRAWN
    if not pairs.n:
        return NO_PAIRS
    return None if pairs.single else SEVERAL


def _group_sums(pairs: Pairs, table: OutcomesTable) -> tuple[Integers | None, str | None]:
    """Differences summed over the pairs whose labels change together, or why they cannot be."""
    assignment = table.dictionary.assignment
    reason = _without(pairs, assignment)
    if reason:
        return None, reason
    difference = pairs.reference_positive - pairs.other_positive
    if assignment != "blocks":
        return difference, None
    reference_place, other_place, blocks = _places(pairs, table)
    if reference_place is None or other_place is None:
        return None, NO_ORDER
    places = np.minimum(reference_place, other_place) * 100 + np.maximum(reference_place, other_place)
    group = pd.MultiIndex.from_arrays([blocks, places]).factorize()[0]
    first = reference_place < other_place
    size, came_first = np.bincount(group), np.bincount(group, weights=first)
    if np.any(size > 2) or np.any((size == 2) & (came_first != 1)):
        return None, NOT_THE_DRAW
    return np.bincount(group, weights=difference).astype(np.int64), None


def _places(
    pairs: Pairs, table: OutcomesTable
) -> tuple[Integers | None, Integers | None, NDArray[np.object_]]:
    """Place of the reference and of the other in each pair, and the pair's block."""
    frame = table.frame
    order = frame["order"].iloc[pairs.rows]
    blocks = np.empty(pairs.n, dtype=object)
    blocks[pairs.row_pair] = frame["block"].to_numpy(dtype=object)[pairs.rows]
    if order.isna().any():
        return None, None, blocks
    number, found = order.to_numpy(dtype=np.int64), []
    for other in (False, True):
        place = np.zeros(pairs.n, dtype=np.int64)
        here = pairs.row_is_other == other
        place[pairs.row_pair[here]] = number[here]
        found.append(place)
    return found[0], found[1], blocks
