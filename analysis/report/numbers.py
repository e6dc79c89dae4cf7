"""Findings go in, the tables behind the page come out: counts and measures, models, and methods."""

from collections.abc import Sequence
from typing import Any

from analysis.cells import DIFFERENCE
from analysis.estimate import Estimand, Estimate
from analysis.report.findings import Finding, Section
from analysis.report.sentences import Speech
from analysis.report.vocabulary import STATUSES, name_of
from analysis.report.words import Words, mark

View = dict[str, Any]

QUANTITIES = {
    Estimand.INVITATION_RATE: mark("Share of applications that were invited"),
    Estimand.RATE_DIFFERENCE: mark("Difference of the two shares of applications"),
    Estimand.RATE_RATIO: mark("Ratio of the two shares of applications"),
    Estimand.PAIRS_BOTH: mark("Both invited"),
    Estimand.PAIRS_REFERENCE_ONLY: mark("Only the reference candidate invited"),
    Estimand.PAIRS_OTHER_ONLY: mark("Only the other candidate invited"),
    Estimand.PAIRS_NEITHER: mark("Neither invited"),
    Estimand.GAP: mark("Gap in 100 tests"),
    Estimand.RELATIVE_GAP: mark("Relative gap"),
    Estimand.NET_RATE: mark("Net rate"),
    Estimand.GROSS_RATE_REFERENCE: mark("Gross rate, reference candidate"),
    Estimand.GROSS_RATE_OTHER: mark("Gross rate, other candidate"),
    Estimand.MCNEMAR: mark("McNemar test"),
    Estimand.RANDOMISATION: mark("Randomisation test"),
    Estimand.REGRESSION_GAP: mark("Gap in 100 tests, linear model"),
    Estimand.GAP_DIFFERENCE: mark("Difference of two gaps, in 100 tests"),
    Estimand.LOGIT_ODDS_RATIO: mark("Odds ratio, logit"),
    Estimand.LOGIT_RATIO_OF_ODDS_RATIOS: mark("Ratio of odds ratios, logit"),
    Estimand.CONDITIONAL_ODDS_RATIO: mark("Odds ratio, conditional logit"),
}
"""Every estimand as readers see it."""
MODELS = (
    Estimand.REGRESSION_GAP,
    Estimand.GAP_DIFFERENCE,
    Estimand.LOGIT_ODDS_RATIO,
    Estimand.LOGIT_RATIO_OF_ODDS_RATIOS,
    Estimand.CONDITIONAL_ODDS_RATIO,
)
TESTS = (Estimand.MCNEMAR, Estimand.RANDOMISATION)
RATIOS = (
    Estimand.LOGIT_ODDS_RATIO,
    Estimand.LOGIT_RATIO_OF_ODDS_RATIOS,
    Estimand.CONDITIONAL_ODDS_RATIO,
)


def measures_of(speech: Speech, findings: Sequence[Finding]) -> list[View]:
    """Counts and measures, one row each, one cell per landlord type; every share names its whole."""
    words, t = speech.words, speech.words.t
    only = t("gross rate: share of all tests")
    rows: list[tuple[str, str, list[tuple[str, str]]]] = [
        (t("Tests"), t("pairs of applications"), [(words.number(_n(one)), "") for one in findings]),
        (t("Different landlords"), "", [(words.number(one.landlords or 0), "") for one in findings]),
        (t("Both invited"), "", _counted(words, findings, "both")),
        (
            t("Only the candidate with {label}", label=speech.reference),
            only,
            _counted(words, findings, "reference_only"),
        ),
        (
            t("Only the candidate with {label}", label=speech.other),
            only,
            _counted(words, findings, "other_only"),
        ),
        (
            t("Neither invited"),
            t("says nothing about who is preferred"),
            _counted(words, findings, "neither"),
        ),
        (
            t("Invitations: candidate with {label}", label=speech.reference),
            "",
            _invited(words, findings, "reference"),
        ),
        (
            t("Invitations: candidate with {label}", label=speech.other),
            "",
            _invited(words, findings, "other"),
        ),
        (t("Gap in 100 tests"), t("of all tests"), [_measure(words, one.gap, False) for one in findings]),
        (
            t("Relative gap"),
            t("fewer invitations, of those of the reference candidate"),
            [_measure(words, one.relative) for one in findings],
        ),
        (
            t("Net rate"),
            t("of the tests in which at least one of the two was invited"),
            [_net(words, one) for one in findings],
        ),
        (
            t("McNemar test"),
            t("p-value: how surprising, if landlords made no difference"),
            [_mcnemar(words, one) for one in findings],
        ),
    ]
    names = [name_of(words, one.group, one.level) for one in findings]
    return [
        {
            "name": name,
            "note": note,
            "cells": [
                {"name": of, "value": value, "small": small}
                for of, (value, small) in zip(names, cells, strict=True)
            ],
        }
        for name, note, cells in rows
    ]


def _n(finding: Finding) -> int:
    return finding.counts.pairs if finding.counts else 0


def _counted(words: Words, findings: Sequence[Finding], kind: str) -> list[tuple[str, str]]:
    counts = [(int(getattr(one.counts, kind)), _n(one)) for one in findings]
    return [(words.number(count), words.percent(count / n) if n else "") for count, n in counts]


def _invited(words: Words, findings: Sequence[Finding], side: str) -> list[tuple[str, str]]:
    """Invitations and applications of the reference or the other candidate."""
    cells = []
    for one in findings:
        found = one.invited(getattr(one.gap, side))
        if found is None or not found[1]:
            cells.append(("–", ""))
            continue
        text = words.t("{k} of {n}", k=words.number(found[0]), n=words.number(found[1]))
        cells.append((text, words.percent(found[0] / found[1])))
    return cells


def _measure(words: Words, row: Estimate | None, percent: bool = True) -> tuple[str, str]:
    """A number with its interval, or a dash."""
    if row is None or row.value is None:
        return "–", words.t("cannot be computed")
    write = words.percent if percent else words.per_hundred
    if row.lower is None or row.upper is None:
        return write(row.value), ""
    return write(row.value), words.t("{lower} to {upper}", lower=write(row.lower), upper=write(row.upper))


def _net(words: Words, finding: Finding) -> tuple[str, str]:
    value, margin = _measure(words, finding.net)
    assert finding.counts is not None
    base = words.t("of {m} tests", m=words.number(finding.counts.informative))
    return value, f"{margin}; {base}" if margin else base


def _mcnemar(words: Words, finding: Finding) -> tuple[str, str]:
    tests = [row for row in finding.rows if row.estimand in TESTS and row.p_value is not None]
    if not tests:
        return "–", words.t("cannot be computed")
    values = [
        f"{words.p_value(row.p_value)} ({_variant(row.method)})" for row in tests if row.p_value is not None
    ]
    return values[0], "; ".join(values[1:])


def _variant(method: str) -> str:
    """Short name of a test's variant, for a cell of a table."""
    lower = method.lower()
    known = ("randomisation", "mid-p", "exact", "asymptotic")
    return next((short for short in known if short in lower), method)


def model_heads(words: Words) -> list[str]:
    """Heads of the table of models."""
    t = words.t
    return [t("Number"), t("Landlords"), t("Estimate"), t("Margin"), t("p-value"), t("Tests"), t("Method")]


def models_of(words: Words, section: Section) -> list[list[View]]:
    """Every number from a statistical model, with its interval, p-value and number of tests."""
    return [
        [
            _cell(words.t(QUANTITIES[row.estimand])),
            _cell(_level(words, row)),
            _cell(_value(words, row, row.value)),
            _cell(
                words.t(
                    "{lower} to {upper}",
                    lower=_value(words, row, row.lower),
                    upper=_value(words, row, row.upper),
                )
            ),
            _cell("–" if row.p_value is None else words.p_value(row.p_value)),
            _cell(words.number(row.n_pairs)),
            _cell(row.method, english=True),
        ]
        for row in section.estimates
        if row.estimand in MODELS and row.value is not None
    ]


def method_heads(words: Words) -> list[str]:
    """Heads of the table of methods."""
    t = words.t
    return [t("Number"), t("Method"), t("Convention"), t("Tests"), t("Status")]


def methods_of(words: Words, section: Section) -> list[list[View]]:
    """Method, convention and status of every number that is shown, with the tests behind it."""
    kinds: dict[tuple[Any, ...], dict[str, str]] = {}
    for row in section.estimates:
        if row.value is not None:
            kind = (row.estimand, row.method, row.convention, row.status)
            kinds.setdefault(kind, {}).setdefault(_level(words, row), words.number(row.n_pairs))
    return [
        [
            _cell(words.t(QUANTITIES[estimand])),
            _cell(method, english=True),
            _cell(convention, english=True),
            _cell("; ".join(f"{level} {n}" for level, n in levels.items())),
            _cell(words.t(STATUSES[status])),
        ]
        for (estimand, method, convention, status), levels in kinds.items()
    ]


def _level(words: Words, row: Estimate) -> str:
    parts = row.level.split(DIFFERENCE) if row.estimand is not Estimand.GAP else [row.level]
    return " − ".join(name_of(words, row.group, part) for part in parts)


def _value(words: Words, row: Estimate, value: float | None) -> str:
    if value is None:
        return "–"
    return words.number(value, 4) if row.estimand in RATIOS else words.per_hundred(value)


def _cell(value: str, *, english: bool = False) -> View:
    return {"value": value, "english": english}
