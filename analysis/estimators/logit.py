"""Usable pairs go in; odds ratios per landlord type and their ratios, from a logit on applications, come out.

The model has one coefficient for each arm of each landlord type, which is arm × landlord type written as
cells; landlords are the clusters.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.estimate import Estimand, Estimate
from analysis.estimators.covariates import adjusted, covariate_columns, independent, scaled
from analysis.estimators.levels import compared_levels
from analysis.estimators.odds import odds_row
from analysis.estimators.pairs import Pairs, by_landlord_type, distinct, landlords_of, subject_of
from analysis.estimators.subject import Subject, row, two_levels
from analysis.outcomes import OutcomesTable

METHOD = "logit on applications with arm × landlord type, clustered by landlord (CR1)"
FARTHEST = 20.0
"""A coefficient beyond this is taken as running off to infinity."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fit:
    """Log odds ratio of each fitted level, with covariance."""

    place: dict[str, int]
    values: Floats
    covariance: Floats
    clusters: int
    convention: str


def logit(
    pairs: Pairs, table: OutcomesTable, *, by: str, covariates: Sequence[str], confidence: float
) -> list[Estimate]:
    """Odds ratio of the other cell against the reference, over all and by landlord type.

    Args:
        pairs: the usable pairs of a contrast.
        table: the table they come from.
        by: ``all`` or ``landlord_type``.
        covariates: ``order`` or covariates of the dictionary.
        confidence: level of every interval.

    Returns:
        ``LOGIT_ODDS_RATIO`` for all and each type, then ``LOGIT_RATIO_OF_ODDS_RATIOS`` between types. A type
        with an arm that always or never was invited is left out of the model, and says so.
    """
    estimates = _odds_ratios([pairs], ["all"], table, covariates, confidence)
    if by == "landlord_type":
        types = table.dictionary.landlord_types
        estimates += _odds_ratios(by_landlord_type(pairs, types), list(types), table, covariates, confidence)
    return estimates


def _odds_ratios(
    parts: list[Pairs], names: list[str], table: OutcomesTable, covariates: Sequence[str], confidence: float
) -> list[Estimate]:
    by_name = dict(zip(names, parts, strict=True))
    subjects = {name: subject_of(part, confidence) for name, part in zip(names, parts, strict=True)}
    reasons = {name: _unfit(part) for name, part in zip(names, parts, strict=True)}
    fitted = [(name, part) for name, part in zip(names, parts, strict=True) if reasons[name] is None]
    outcome = _fit(fitted, table, covariates) if fitted else "no landlord type can be fitted"
    estimates = []
    for name, subject in subjects.items():
        why = reasons[name] or (outcome if isinstance(outcome, str) else None)
        estimates.append(_estimate(subject, Estimand.LOGIT_ODDS_RATIO, outcome, {name: 1.0}, why))
    for one, two in compared_levels([name for name in names if subjects[name].n_pairs]):
        why = reasons[one] or reasons[two] or (outcome if isinstance(outcome, str) else None)
        both = two_levels(subjects[one], subjects[two], landlords_of(by_name[one], by_name[two]))
        ratio = Estimand.LOGIT_RATIO_OF_ODDS_RATIOS
        estimates.append(_estimate(both, ratio, outcome, {one: 1.0, two: -1.0}, why))
    return estimates


def _unfit(pairs: Pairs) -> str | None:
    """Why these pairs have no finite odds ratio, or None where they do."""
    if not pairs.n:
        return "there is no usable pair of this group"
    if landlords_of(pairs) < 2:
        return "fewer than two landlords: clustering needs at least two"
    for arm, positive, number in (
        (pairs.reference, pairs.reference_positive.sum(), pairs.reference_number.sum()),
        (pairs.other, pairs.other_positive.sum(), pairs.other_number.sum()),
    ):
        if positive in (0, number):
            word = "never" if positive == 0 else "always"
            return f"{arm} was {word} invited: the odds ratio runs off to 0 or infinity"
    return None


def _fit(parts: list[tuple[str, Pairs]], table: OutcomesTable, covariates: Sequence[str]) -> _Fit | str:
    import statsmodels.api as sm

    rows = np.concatenate([part.rows for _, part in parts])
    landlord = np.concatenate([part.landlord[part.row_pair] for _, part in parts])
    level = np.concatenate([np.full(len(part.rows), index) for index, (_, part) in enumerate(parts)])
    other = np.concatenate([part.row_is_other for _, part in parts])
    columns = scaled(covariate_columns(table, covariates)[rows])
    dummies = (level[:, None] == np.arange(len(parts))).astype(np.float64)
    design = np.concatenate([dummies * other[:, None], dummies, columns], axis=1)
    complete = ~np.isnan(design).any(axis=1)
    positive = table.frame[f"outcome_{parts[0][1].outcome}"].iloc[rows].to_numpy(dtype=np.float64)
    design, positive, landlord = design[complete], positive[complete], landlord[complete]
    columns_kept = independent(design)
    clusters = distinct(landlord)
    if (
        len(columns_kept) < 2 * len(parts)
        or columns_kept[2 * len(parts) - 1] != 2 * len(parts) - 1
        or clusters < 2
    ):
        return "without the applications whose covariates are missing, an arm or all but one landlord is gone"
    design = design[:, columns_kept]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # separation is read from the fit, and reported with its reason
        try:
            fitted = sm.Logit(positive, design).fit(
                method="newton", maxiter=60, disp=0, cov_type="cluster", cov_kwds={"groups": landlord}
            )
        except (np.linalg.LinAlgError, ValueError, sm.tools.sm_exceptions.PerfectSeparationError):
            return "the responses are separated by the covariates: a coefficient runs off to infinity"
    if not fitted.mle_retvals["converged"] or np.max(np.abs(fitted.params[: 2 * len(parts)])) > FARTHEST:
        return "the responses are separated by the covariates: a coefficient runs off to infinity"
    return _Fit(
        place={name: index for index, (name, _) in enumerate(parts)},
        values=np.asarray(fitted.params),
        covariance=np.asarray(fitted.cov_params()),
        clusters=clusters,
        convention=(
            f"odds of the other over odds of the reference; standard error on the log scale; factor"
            f" G/(G−1)·(N−1)/(N−K), G = {clusters} landlords, N = {len(positive)} applications,"
            f" K = {design.shape[1]} columns, t with G−1 degrees of freedom"
            f"{adjusted(covariates, int(np.sum(~complete)), 'applications')}"
        ),
    )


def _estimate(
    subject: Subject, estimand: Estimand, fit: _Fit | str, combination: dict[str, float], why: str | None
) -> Estimate:
    if why is not None or isinstance(fit, str):
        convention = "odds of the other over odds of the reference"
        return row(subject, estimand, None, method=METHOD, convention=convention, reason=why)
    weights = np.zeros(len(fit.values))
    for name, weight in combination.items():
        weights[fit.place[name]] = weight
    return odds_row(
        subject,
        estimand,
        log=float(weights @ fit.values),
        variance=float(weights @ fit.covariance @ weights),
        clusters=fit.clusters,
        method=METHOD,
        convention=fit.convention,
    )
