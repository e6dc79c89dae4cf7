"""Pairs with several applications in a cell go in; gaps of shares and kinds of equal treatment come out."""

from dataclasses import replace

import numpy as np

from analysis.estimate import Estimand, Estimate
from analysis.estimators.pairs import Pairs
from analysis.estimators.proportions import normal_quantile
from analysis.estimators.subject import Subject, row

FLAT = "shares do not vary between pairs, so there is no interval"


def share_gaps(pairs: Pairs, subject: Subject) -> list[Estimate]:
    """Gap and relative gap of shares of applications, linearised over pairs.

    With one application in each cell the relative gap and its interval are those of four counts.
    """
    totals = [float(x.sum()) for x in (pairs.reference_number, pairs.other_number)]
    rates = [pairs.reference_positive.sum() / totals[0], pairs.other_positive.sum() / totals[1]]
    parts = [
        (pairs.reference_positive - rates[0] * pairs.reference_number) / totals[0],
        (pairs.other_positive - rates[1] * pairs.other_number) / totals[1],
    ]
    z = normal_quantile(subject.confidence)
    error = float(np.sqrt(np.sum((parts[0] - parts[1]) ** 2)))
    value = rates[0] - rates[1]
    gap = row(
        subject,
        Estimand.GAP,
        value,
        standard_error=error or None,
        interval=(value - z * error, value + z * error) if error else None,
        method="linearised over pairs, normal interval",
        convention="share of applications of the reference less that of the other; pairs as clusters",
        reason=None if error else FLAT,
    )
    method = "log ratio linearised over pairs, normal interval"
    convention = "1 − share of the other / share of the reference; pairs as clusters"
    if not rates[0] or not rates[1]:
        why = "an arm was never invited, so there is no ratio"
        return [
            gap,
            row(subject, Estimand.RELATIVE_GAP, None, method=method, convention=convention, reason=why),
        ]
    ratio = rates[1] / rates[0]
    half = z * float(np.sqrt(np.sum((parts[0] / rates[0] - parts[1] / rates[1]) ** 2)))
    relative = row(
        subject,
        Estimand.RELATIVE_GAP,
        1 - ratio,
        interval=(1 - ratio * np.exp(half), 1 - ratio * np.exp(-half)) if half else None,
        method=method,
        convention=convention,
        reason=None if half else FLAT,
    )
    return [gap, relative]


def equal_treatment(pairs: Pairs, subject: Subject) -> list[Estimate]:
    """Pairs of equal shares above 0, by how many applications of each cell were positive.

    Source of the layout: Bertrand and Mullainathan 2004, table 2 («1W1B», «2W2B»).
    """
    lead = pairs.reference_positive * pairs.other_number - pairs.other_positive * pairs.reference_number
    equal = (lead == 0) & (pairs.reference_positive > 0)
    kinds = np.stack([pairs.reference_positive[equal], pairs.other_positive[equal]], axis=1)
    counted = zip(*np.unique(kinds, axis=0, return_counts=True), strict=True) if len(kinds) else ()
    return [
        row(
            replace(subject, group="positives", level=f"{one} and {two}"),
            Estimand.PAIRS_BOTH,
            count,
            method="count",
            convention="a, by positive applications of the reference and of the other",
        )
        for (one, two), count in counted
    ]
