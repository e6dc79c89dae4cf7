"""A log odds ratio with its clustered variance goes in, its estimate or the reason why not comes out."""

import math

from analysis.estimate import Estimand, Estimate
from analysis.estimators.levels import student_p, student_quantile
from analysis.estimators.subject import Subject, row

LEAST_ERROR = 1e-7
"""A standard error below this is rounding: all scores cancel within landlords."""
WIDEST = 300.0
"""Half an interval on the log scale beyond this cannot be written as a number."""


def odds_row(
    subject: Subject,
    estimand: Estimand,
    *,
    log: float,
    variance: float,
    clusters: int,
    method: str,
    convention: str,
) -> Estimate:
    """One odds ratio with its interval from Student's t with ``clusters`` − 1 degrees of freedom."""
    error = math.sqrt(max(0.0, variance))
    quantile = student_quantile(subject.confidence, max(1, clusters - 1))
    why = None
    if clusters < 2:
        why = "fewer than two landlords: a clustered interval needs at least two"
    elif error < LEAST_ERROR:
        why = "responses cancel within landlords, so there is no clustered interval"
    elif error * quantile > WIDEST:
        why = "too few landlords: the interval is too wide to be written"
    if why is not None:
        return row(subject, estimand, math.exp(log), method=method, convention=convention, reason=why)
    half = quantile * error
    return row(
        subject,
        estimand,
        math.exp(log),
        standard_error=error,
        interval=(math.exp(log - half), math.exp(log + half)),
        p_value=student_p(log / error, clusters - 1),
        method=method,
        convention=convention,
    )
