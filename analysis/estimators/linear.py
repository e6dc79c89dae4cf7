"""Usable pairs go in; gaps per landlord type and their differences, from within-pair differences, come out.

A linear model on the difference of the two shares of a pair gives the estimates of pair fixed effects from
half the rows. Landlords are the clusters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.estimate import Estimand, Estimate
from analysis.estimators.covariates import adjusted, covariate_columns, independent
from analysis.estimators.levels import compared_levels, student_p, student_quantile
from analysis.estimators.pairs import Pairs, by_landlord_type, kept, landlords_of, subject_of
from analysis.estimators.subject import Subject, row, two_levels
from analysis.outcomes import OutcomesTable

METHOD = "linear model on pair differences, clustered by landlord (CR1)"
LEAST_ERROR = 1e-10
"""A standard error below this is rounding, not variation."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fit:
    coefficients: Floats
    covariance: Floats | None
    """None with fewer than two landlords, or no more pairs than coefficients."""
    clusters: int
    convention: str


def linear(
    pairs: Pairs, table: OutcomesTable, *, by: str, covariates: Sequence[str], confidence: float
) -> list[Estimate]:
    """Gap over all pairs, and by landlord type with each difference of two types.

    Args:
        pairs: the usable pairs of a contrast.
        table: the table they come from, for the covariates.
        by: ``all`` or ``landlord_type``.
        covariates: ``order`` or covariates; their within-pair differences enter (a covariate of the listing
            has none and drops out).
        confidence: level of every interval.

    Returns:
        ``REGRESSION_GAP`` for all and each type, then ``GAP_DIFFERENCE``.
    """
    columns, complete = _differences(pairs, table, covariates)
    used, columns = kept(pairs, complete), columns[complete]
    left_out = adjusted(covariates, int(np.sum(~complete)), "pairs")
    one = _fit(used, np.ones((used.n, 1)), columns, left_out) if used.n else None
    estimates = [_gap(subject_of(used, confidence), one, 0)]
    if by == "landlord_type":
        estimates += _by_type(used, table.dictionary.landlord_types, columns, left_out, confidence)
    return estimates


def _by_type(
    pairs: Pairs, types: tuple[str, ...], columns: Floats, left_out: str, confidence: float
) -> list[Estimate]:
    present = np.unique(pairs.landlord_type)
    place = {types[code]: position for position, code in enumerate(present)}
    dummies = (pairs.landlord_type[:, None] == present).astype(np.float64)
    fit = _fit(pairs, dummies, columns, left_out) if pairs.n else None
    parts = {part.level: part for part in by_landlord_type(pairs, types)}
    subjects = {name: subject_of(part, confidence) for name, part in parts.items()}
    gaps = [
        _gap(subject, fit if name in place else None, place.get(name, 0))
        for name, subject in subjects.items()
    ]
    differences = [
        _difference(
            (subjects[one], subjects[two]), landlords_of(parts[one], parts[two]), fit, place[one], place[two]
        )
        for one, two in compared_levels([name for name in types if name in place])
        if fit is not None
    ]
    return gaps + differences


def _fit(pairs: Pairs, dummies: Floats, columns: Floats, left_out: str) -> _Fit:
    import statsmodels.api as sm

    design = np.concatenate([dummies, columns], axis=1)
    design = design[:, independent(design)]
    clusters = landlords_of(pairs)
    model = sm.OLS(pairs.difference, design)
    enough = clusters > 1 and pairs.n > design.shape[1]
    options: dict[str, Any] = (
        {"cov_type": "cluster", "cov_kwds": {"groups": pairs.landlord}} if enough else {}
    )
    fitted = model.fit(**options)
    convention = (
        f"mean over pairs of the difference in share; factor G/(G−1)·(N−1)/(N−K), G = {clusters} landlords,"
        f" N = {pairs.n} pairs,"
        f" K = {design.shape[1]} columns (pair effects not counted), t with G−1 degrees of freedom{left_out}"
    )
    covariance = np.asarray(fitted.cov_params()) if enough else None
    return _Fit(
        coefficients=np.asarray(fitted.params),
        covariance=covariance,
        clusters=clusters,
        convention=convention,
    )


def _gap(subject: Subject, fit: _Fit | None, position: int) -> Estimate:
    if fit is None:
        why = "there is no usable pair of this group"
        convention = "mean over pairs of the difference in share"
        return row(subject, Estimand.REGRESSION_GAP, None, method=METHOD, convention=convention, reason=why)
    weights = np.zeros(len(fit.coefficients))
    weights[position] = 1
    return _combined(subject, Estimand.REGRESSION_GAP, fit, weights, subject.n_landlords or 0)


def _difference(
    levels: tuple[Subject, Subject], landlords: int, fit: _Fit, first: int, second: int
) -> Estimate:
    weights = np.zeros(len(fit.coefficients))
    weights[first], weights[second] = 1, -1
    fewest = min(subject.n_landlords or 0 for subject in levels)
    return _combined(two_levels(*levels, landlords), Estimand.GAP_DIFFERENCE, fit, weights, fewest)


def _combined(subject: Subject, estimand: Estimand, fit: _Fit, weights: Floats, landlords: int) -> Estimate:
    """A weighted sum of coefficients with its clustered interval, or the reason why it has none."""
    value = float(weights @ fit.coefficients)
    variance = None if fit.covariance is None else float(weights @ fit.covariance @ weights)
    error = np.sqrt(variance) if variance is not None and variance > LEAST_ERROR**2 else None
    if landlords < 2:
        error = None
    if error is None:
        why = "fewer than two landlords: a clustered interval needs at least two"
        if landlords > 1:
            why = "pair differences do not vary beyond the model, so there is no interval"
        return row(subject, estimand, value, method=METHOD, convention=fit.convention, reason=why)
    half = student_quantile(subject.confidence, fit.clusters - 1) * error
    return row(
        subject,
        estimand,
        value,
        standard_error=error,
        interval=(value - half, value + half),
        p_value=student_p(value / error, fit.clusters - 1),
        method=METHOD,
        convention=fit.convention,
    )


def _differences(
    pairs: Pairs, table: OutcomesTable, covariates: Sequence[str]
) -> tuple[Floats, NDArray[np.bool_]]:
    """Within-pair differences of covariates (means per cell, reference less other); which are complete."""
    matrix = covariate_columns(table, covariates)[pairs.rows]
    number = np.where(
        pairs.row_is_other, pairs.other_number[pairs.row_pair], pairs.reference_number[pairs.row_pair]
    )
    sign = np.where(pairs.row_is_other, -1.0, 1.0) / number
    columns = [np.bincount(pairs.row_pair, sign * column, minlength=pairs.n) for column in matrix.T]
    differences = np.stack(columns, axis=1) if columns else np.empty((pairs.n, 0))
    complete: NDArray[np.bool_] = np.asarray(~np.isnan(differences).any(axis=1))
    return np.asarray(differences, dtype=np.float64), complete
