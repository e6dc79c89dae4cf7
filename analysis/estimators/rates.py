"""The usable pairs of a contrast go in; invitation rates of its two cells and their comparison come out.

Applications are taken as independent here, as the tables of most audits print them; the paired and clustered
estimators stand in other files.
"""

import math
from dataclasses import replace

from scipy.special import ndtr

from analysis.estimate import Estimand, Estimate
from analysis.estimators.pairs import Pairs, subject_of
from analysis.estimators.proportions import normal_quantile, wilson
from analysis.estimators.subject import Subject, row

INDEPENDENT = "applications as independent"


def rates(pairs: Pairs, *, confidence: float) -> list[Estimate]:
    """Invitation rate of each cell, then difference and ratio (Bertrand and Mullainathan 2004, table 1).

    Returns:
        Two rates whose ``n_pairs`` counts applications, their difference and their ratio, reference first.
    """
    subject = subject_of(pairs, confidence)
    cells = [
        (pairs.reference, int(pairs.reference_positive.sum()), int(pairs.reference_number.sum())),
        (pairs.other, int(pairs.other_positive.sum()), int(pairs.other_number.sum())),
    ]
    (_, x1, n1), (_, x2, n2) = cells
    return [*(_rate(subject, *cell) for cell in cells), *_compared(subject, x1, n1, x2, n2)]


def _rate(subject: Subject, arm: str, positive: int, n: int) -> Estimate:
    alone = replace(subject, reference=None, other=arm, n_pairs=n, n_informative=None, n_discordant=None)
    return row(
        alone,
        Estimand.INVITATION_RATE,
        positive / n if n else None,
        interval=wilson(positive, n, subject.confidence) if n else None,
        method="Wilson 1927 score interval",
        convention=f"applications in usable pairs; {INDEPENDENT}",
        reason=None if n else "there is no application in a usable pair",
    )


def _compared(subject: Subject, x1: int, n1: int, x2: int, n2: int) -> list[Estimate]:
    difference, ratio = "unpaired normal interval, pooled z test", "unpaired log-ratio interval"
    if not n1 or not n2:
        why = "there is no usable pair"
        return [
            row(
                subject, Estimand.RATE_DIFFERENCE, None, method=difference, convention=INDEPENDENT, reason=why
            ),
            row(subject, Estimand.RATE_RATIO, None, method=ratio, convention=INDEPENDENT, reason=why),
        ]
    return [
        _difference(subject, x1 / n1, n1, x2 / n2, n2, difference),
        _ratio(subject, x1, n1, x2, n2, ratio),
    ]


def _difference(subject: Subject, p1: float, n1: int, p2: float, n2: int, method: str) -> Estimate:
    error = math.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)
    half = normal_quantile(subject.confidence) * error
    pooled = (p1 * n1 + p2 * n2) / (n1 + n2)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    return row(
        subject,
        Estimand.RATE_DIFFERENCE,
        p1 - p2,
        standard_error=error or None,
        interval=(p1 - p2 - half, p1 - p2 + half) if error else None,
        p_value=2 * float(ndtr(-abs(p1 - p2) / spread)) if spread else None,
        method=method,
        convention=f"rate of the reference less rate of the other; {INDEPENDENT}",
        reason=None if error else "all applications of each arm have the same outcome: there is no interval",
    )


def _ratio(subject: Subject, x1: int, n1: int, x2: int, n2: int, method: str) -> Estimate:
    convention = f"rate of the reference / rate of the other; {INDEPENDENT}"
    if not x1 or not x2:
        why = "an arm was never invited, so there is no ratio"
        return row(subject, Estimand.RATE_RATIO, None, method=method, convention=convention, reason=why)
    value = (x1 / n1) / (x2 / n2)
    error = math.sqrt(1 / x1 - 1 / n1 + 1 / x2 - 1 / n2)
    factor = math.exp(normal_quantile(subject.confidence) * error)
    return row(
        subject,
        Estimand.RATE_RATIO,
        value,
        standard_error=error or None,
        interval=(value / factor, value * factor) if error else None,
        method=method,
        convention=convention + "; standard error on the log scale",
        reason=None if error else "everybody was invited, so the ratio has no interval",
    )
