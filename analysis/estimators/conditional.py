"""A table and contrasts that share their reference go in; conditional odds ratios with pair strata come out.

All other cells enter one model together. statsmodels' conditional logit ignores a request to cluster, so the
sandwich is built here from the score of each pair, summed by landlord.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.estimate import Estimand, Estimate
from analysis.estimators.conditional_fit import ConditionalFit, NoFit, fit_conditional
from analysis.estimators.covariates import adjusted, covariate_columns, independent, scaled
from analysis.estimators.odds import odds_row
from analysis.estimators.pairs import cell_mask, distinct
from analysis.estimators.subject import Subject, row
from analysis.outcomes import OutcomesTable

METHOD = "conditional logit with one stratum per pair, clustered by landlord"
CONVENTION = "odds of the other over odds of the reference within a pair; standard error on the log scale"

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Strata:
    """Usable applications of some contrasts; one entry per application."""

    contrasts: tuple[str, ...]
    arm: Integers
    """0 for the reference, then 1, 2, ... in the order of ``contrasts``."""
    positive: NDArray[np.bool_]
    covariates: Floats
    stratum: Integers
    landlord: Integers
    landlord_type: NDArray[np.object_]
    adjustment: str
    """Which covariates entered, and how many applications stayed out, for the convention."""


def conditional(
    table: OutcomesTable,
    contrasts: Sequence[str],
    outcome: str,
    *,
    by: str,
    covariates: Sequence[str],
    confidence: float,
) -> list[Estimate]:
    """``CONDITIONAL_ODDS_RATIO`` of each contrast, over all and by landlord type.

    Args:
        table: the outcomes table.
        contrasts: names of contrasts; those with the same reference cell enter one model together.
        outcome: which outcome.
        by: ``all`` or ``landlord_type``.
        covariates: ``order`` or covariates of the dictionary.
        confidence: level of every interval.
    """
    families: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for name in contrasts:
        reference = tuple(sorted(table.dictionary.contrasts[name].reference.items()))
        families.setdefault(reference, []).append(name)
    estimates = []
    for family in families.values():
        strata = _strata(table, tuple(family), outcome, covariates)
        estimates += _level(table, strata, outcome, "all", "all", confidence)
        for level in table.dictionary.landlord_types if by == "landlord_type" else ():
            inside = _part(strata, strata.landlord_type == level)
            estimates += _level(table, inside, outcome, by, level, confidence)
    return estimates


def _strata(
    table: OutcomesTable, contrasts: tuple[str, ...], outcome: str, covariates: Sequence[str]
) -> _Strata:
    frame, cells = table.frame, table.dictionary.contrasts
    arm = np.full(len(frame), -1, dtype=np.int64)
    for index, name in enumerate(contrasts):
        arm[cell_mask(frame, cells[name].reference)] = 0
        arm[cell_mask(frame, cells[name].other)] = index + 1
    column = frame[f"outcome_{outcome}"]
    matrix = scaled(covariate_columns(table, covariates))
    usable = (arm >= 0) & frame["delivered"].to_numpy(dtype=bool) & column.notna().to_numpy()
    complete = usable & ~np.isnan(matrix).any(axis=1)
    strata = _Strata(
        contrasts=contrasts,
        arm=arm,
        positive=column.fillna(0).to_numpy(dtype=np.int8) == 1,
        covariates=matrix,
        stratum=pd.factorize(frame["pair"].to_numpy(dtype=object))[0],
        landlord=pd.factorize(frame["landlord"].to_numpy(dtype=object))[0],
        landlord_type=frame["landlord_type"].to_numpy(dtype=object),
        adjustment=adjusted(covariates, int(np.sum(usable & ~complete)), "applications"),
    )
    return _part(strata, complete)


def _part(strata: _Strata, keep: NDArray[np.bool_]) -> _Strata:
    return replace(
        strata,
        arm=strata.arm[keep],
        positive=strata.positive[keep],
        covariates=strata.covariates[keep],
        stratum=strata.stratum[keep],
        landlord=strata.landlord[keep],
        landlord_type=strata.landlord_type[keep],
    )


def _level(
    table: OutcomesTable, strata: _Strata, outcome: str, group: str, level: str, confidence: float
) -> list[Estimate]:
    """The odds ratios of one family of contrasts at one level."""
    reasons = _unfit(strata)
    dropped = [index + 1 for index, name in enumerate(strata.contrasts) if reasons[name]]
    fitted = _part(strata, ~np.isin(strata.arm, dropped))
    alive = [name for name in strata.contrasts if not reasons[name]]
    landlords = _landlords(fitted)
    fit, why = _fit(fitted, [strata.contrasts.index(name) + 1 for name in alive]) if alive else (None, None)
    sandwich = _sandwich(fit, landlords) if fit is not None else None
    estimates = []
    for name in strata.contrasts:
        subject = _subject(table, strata, name, outcome, group, level, confidence, fitted)
        position = alive.index(name) if name in alive else -1
        estimates.append(
            _estimate(
                subject, fit, sandwich, position, reasons[name] or why, strata.adjustment, joint=len(alive)
            )
        )
    return estimates


def _unfit(strata: _Strata) -> dict[str, str | None]:
    """Why a contrast has no finite odds ratio, seen before fitting; None where it may have one."""
    informative = _informative(strata)
    reasons: dict[str, str | None] = {}
    for index, name in enumerate(strata.contrasts):
        sent, here = strata.arm == index + 1, strata.positive[(strata.arm == index + 1) & informative]
        if not sent.any() or not (strata.arm == 0).any():
            reasons[name] = "there is no usable application in one of the two cells"
        elif not informative.any():
            reasons[name] = "no pair has different responses"
        elif here.all() or not here.any():
            reasons[name] = (
                "in all pairs with different responses the other cell has the same response:"
                " the odds ratio runs off to 0 or infinity"
            )
        else:
            reasons[name] = None
    return reasons


def _informative(strata: _Strata) -> NDArray[np.bool_]:
    """Marks applications of strata in which responses differ."""
    size = int(strata.stratum.max()) + 1 if len(strata.stratum) else 0
    number = np.bincount(strata.stratum, minlength=size)
    positive = np.bincount(strata.stratum, weights=strata.positive, minlength=size)
    return np.asarray(((positive > 0) & (positive < number))[strata.stratum], dtype=bool)


def _fit(strata: _Strata, arms: list[int]) -> tuple[ConditionalFit | None, str | None]:
    design = np.concatenate([(strata.arm[:, None] == arms).astype(np.float64), strata.covariates], axis=1)
    inside = _informative(strata)
    if not inside.any():
        return None, "no pair has different responses"
    design, stratum, positive = design[inside], strata.stratum[inside], strata.positive[inside]
    chosen = independent(_centred(design, stratum))
    if not np.array_equal(chosen[: len(arms)], np.arange(len(arms))):
        return None, "the arms do not vary independently within pairs with different responses"
    try:
        return fit_conditional(positive, design[:, chosen], stratum), None
    except NoFit as error:
        return None, str(error)


def _centred(design: Floats, stratum: Integers) -> Floats:
    number = np.maximum(np.bincount(stratum), 1)
    means = [np.bincount(stratum, column) / number for column in design.T]
    return design - np.stack(means, axis=1)[stratum]


def _landlords(strata: _Strata) -> Integers:
    """Landlord of each stratum code."""
    owner = np.zeros(int(strata.stratum.max()) + 1 if len(strata.stratum) else 0, dtype=np.int64)
    owner[strata.stratum] = strata.landlord
    return owner


def _sandwich(fit: ConditionalFit, landlords: Integers) -> tuple[Floats, int]:
    """Clustered covariance, and the number of landlords behind the informative strata."""
    _, code = np.unique(landlords[fit.strata], return_inverse=True)
    clusters = int(code.max()) + 1
    sums = np.stack([np.bincount(code, column) for column in fit.scores.T], axis=1)
    bread = np.linalg.inv(fit.information)
    factor = clusters / (clusters - 1) if clusters > 1 else 1.0
    return factor * bread @ (sums.T @ sums) @ bread, clusters


def _subject(
    table: OutcomesTable,
    strata: _Strata,
    name: str,
    outcome: str,
    group: str,
    level: str,
    confidence: float,
    fitted: _Strata,
) -> Subject:
    cells, informative = table.dictionary.contrasts[name], _informative(fitted)
    many = np.bincount(fitted.stratum, minlength=1)[fitted.stratum] > 1
    return Subject(
        contrast=name,
        reference=table.dictionary.cell(cells.reference),
        other=table.dictionary.cell(cells.other),
        outcome=outcome,
        group=group,
        level=level,
        confidence=confidence,
        n_pairs=distinct(fitted.stratum[many]),
        n_informative=distinct(fitted.stratum[many & fitted.positive]),
        n_discordant=distinct(fitted.stratum[informative]),
        n_landlords=distinct(fitted.landlord[informative]),
    )


def _estimate(
    subject: Subject,
    fit: ConditionalFit | None,
    sandwich: tuple[Floats, int] | None,
    position: int,
    why: str | None,
    adjustment: str,
    *,
    joint: int,
) -> Estimate:
    estimand = Estimand.CONDITIONAL_ODDS_RATIO
    if fit is None or sandwich is None or position < 0:
        return row(subject, estimand, None, method=METHOD, convention=CONVENTION + adjustment, reason=why)
    covariance, clusters = sandwich
    convention = f"{CONVENTION}; {joint} arms in one model" if joint > 1 else CONVENTION
    convention += f"; factor G/(G−1), G = {clusters} landlords of pairs with different responses, t with G−1"
    convention += adjustment
    return odds_row(
        subject,
        estimand,
        log=float(fit.coefficients[position]),
        variance=float(covariance[position, position]),
        clusters=clusters,
        method=METHOD,
        convention=convention,
    )
