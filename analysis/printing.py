"""Results go in, tables that a person reads in a terminal come out."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from analysis.estimate import Estimand, Estimate, Status
from analysis.results import Funnel, Results

COUNTS = (
    Estimand.PAIRS_BOTH,
    Estimand.PAIRS_REFERENCE_ONLY,
    Estimand.PAIRS_OTHER_ONLY,
    Estimand.PAIRS_NEITHER,
)
SHARES = (Estimand.GAP, Estimand.RELATIVE_GAP, Estimand.NET_RATE)
GROSS = (Estimand.GROSS_RATE_REFERENCE, Estimand.GROSS_RATE_OTHER)
MODELS = {
    Estimand.REGRESSION_GAP: "gap, linear model",
    Estimand.GAP_DIFFERENCE: "difference of gaps",
    Estimand.LOGIT_ODDS_RATIO: "odds ratio, logit",
    Estimand.LOGIT_RATIO_OF_ODDS_RATIOS: "ratio of odds ratios, logit",
    Estimand.CONDITIONAL_ODDS_RATIO: "odds ratio, conditional logit",
}
IN_POINTS = frozenset({Estimand.REGRESSION_GAP, Estimand.GAP_DIFFERENCE})

Subject = tuple[str, str]
"""Contrast and outcome."""


def printed(results: Results) -> str:
    """Everything of an estimation, contrast by contrast, with numbers of pairs and reasons."""
    plan = "no analysis plan: every estimate is exploratory"
    if results.plan_sha256:
        plan = f"analysis plan {results.plan_sha256[:12]}…"
    means = results.dictionary.notes.get("landlord_means")
    lines = [
        f"{results.study}, wave {results.wave}: {results.applications} applications"
        f" (outcomes {results.outcomes_sha256[:12]}…; {plan})",
        *([f"What is counted as landlords here: {means}"] if means else []),
        *([f"Data: {results.dictionary.notes['source']}"] if "source" in results.dictionary.notes else []),
        *_coding(results.dictionary.notes.get("coding")),
        *_primary(results.estimates),
    ]
    for funnel in results.funnel:
        inside = [
            row
            for row in results.estimates
            if (row.contrast, row.outcome) == (funnel.contrast, funnel.outcome)
        ]
        lines += ["", *_heading(funnel, inside), *printed_estimates(inside)]
    return "\n".join(lines) + "\n"


def _coding(said: Any) -> list[str]:
    """Say how far two coders agreed, where the table tells it; a gate that is not passed is a warning."""
    if not isinstance(said, Mapping) or not said.get("drawn"):
        return []
    kappa = "no kappa" if said.get("kappa") is None else f"kappa {said['kappa']:.2f}"
    text = f"Coded twice: {said['coded_twice']} of {said['drawn']} drawn answers, {kappa}"
    if said.get("holds"):
        return [f"{text} (gate {said['kappa_gate']:g}, passed)"]
    why = "not passed" if said.get("holds") is False else "not known to be passed"
    return [f"WARNING: {text} (gate {said['kappa_gate']:g}, {why}): outcomes may hang on who coded them"]


def printed_estimates(estimates: Sequence[Estimate]) -> list[str]:
    """Tables of the estimates of one contrast and outcome."""
    levels = [
        row for row in dict.fromkeys((row.group, row.level) for row in estimates) if " - " not in row[1]
    ]
    by_level = {level: [row for row in estimates if (row.group, row.level) == level] for level in levels}
    named = {level: rows for (group, level), rows in by_level.items() if group != "positives"}
    return [
        *_rates_table(named),
        *_counts_table(named),
        *_kinds(estimates),
        *_headline_table(named),
        *_models(estimates),
        *_reasons(estimates),
    ]


def _primary(estimates: Iterable[Estimate]) -> list[str]:
    return [
        f"Primary: {row.estimand} of {row.contrast}, {row.level}: {_number(row)} {_interval(row)}"
        for row in estimates
        if row.status is Status.PRIMARY
    ]


def _heading(funnel: Funnel, estimates: Sequence[Estimate]) -> list[str]:
    cells = next(((row.reference, row.other) for row in estimates if row.reference), (None, funnel.contrast))
    title = f"{cells[1]} compared with {cells[0] or 'the reference'} · outcome {funnel.outcome}"
    dropped = ", ".join(f"{count} {reason}" for reason, count in funnel.dropped.items() if count)
    pairs = f"{funnel.used} of {funnel.pairs} pairs used" + (f" ({dropped})" if dropped else "")
    return [title, "─" * len(title), pairs]


def _of(rows: Iterable[Estimate], estimand: Estimand, method: str = "") -> list[Estimate]:
    return [row for row in rows if row.estimand is estimand and method in row.method]


def _rates_table(levels: dict[str, list[Estimate]]) -> list[str]:
    body = []
    for level, rows in levels.items():
        for rate in _of(rows, Estimand.INVITATION_RATE):
            body.append([level, rate.other, str(rate.n_pairs), f"{_number(rate)} {_interval(rate)}", "", ""])
        for difference, ratio in zip_longest(
            _of(rows, Estimand.RATE_DIFFERENCE), _of(rows, Estimand.RATE_RATIO)
        ):
            # A design without pairs has no ratio.
            shown = f"{_number(difference)} {_interval(difference)}" if ratio is None else _number(difference)
            body[-1][-2:] = [f"{shown}, p {_p(difference)}", "–" if ratio is None else _number(ratio)]
    return table(["invitation rate", "arm", "applications", "rate", "difference (unpaired)", "ratio"], body)


def _counts_table(levels: dict[str, list[Estimate]]) -> list[str]:
    body = []
    for level, rows in levels.items():
        counts = [next(iter(_of(rows, estimand)), None) for estimand in COUNTS]
        first = counts[0]
        if first is not None:
            numbers = [str(int(row.value)) if row and row.value is not None else "–" for row in counts]
            body.append([level, str(first.n_pairs), _count(first.n_landlords), *numbers])
    head = ["pair outcomes", "pairs", "landlords", "both", "reference only", "other only", "neither"]
    return table(head, body)


def _kinds(estimates: Sequence[Estimate]) -> list[str]:
    kinds = [row for row in estimates if row.group == "positives"]
    if not kinds:
        return []
    listed = ", ".join(f"{row.level}: {_integer(row)}" for row in kinds)
    return [
        "Several applications per cell: «only» counts pairs in which the larger share was positive;",
        f"both, by positive applications of reference and other: {listed}",
        "",
    ]


def _headline_table(levels: dict[str, list[Estimate]]) -> list[str]:
    body = []
    for level, rows in levels.items():
        shares = [_with_interval(_of(rows, estimand)) for estimand in (*SHARES, *GROSS)]
        if shares[0] is None:
            continue
        texts = [f"{_number(row)} {_interval(row)}" if row else "–" for row in shares[:3]]
        gross = " / ".join(_number(row) for row in shares[3:] if row)
        tests = [_p(row) for name in ("mid-p", "exact") for row in _of(rows, Estimand.MCNEMAR, name)]
        tests += [f"replay {_p(row)}" for row in _of(rows, Estimand.RANDOMISATION)]
        body.append([level, *texts, gross, " / ".join(tests)])
    head = [
        "headline set",
        "gap (b−c)/n",
        "relative gap 1−(a+c)/(a+b)",
        "net rate (b−c)/(a+b+c)",
        "gross b/n, c/n",
        "McNemar p mid-p / exact",
    ]
    return table(head, body) + (_methods(levels) if body else [])


def _methods(levels: dict[str, list[Estimate]]) -> list[str]:
    """Name the interval of each share of the headline table."""
    rows = [_with_interval(_of(next(iter(levels.values())), estimand)) for estimand in SHARES]
    return ["  intervals: " + "; ".join(f"{row.estimand} {row.method}" for row in rows if row)]


def _with_interval(rows: Sequence[Estimate]) -> Estimate | None:
    """The first row that has an interval, else the first."""
    return next((row for row in rows if row.lower is not None), next(iter(rows), None))


def _models(estimates: Sequence[Estimate]) -> list[str]:
    body = []
    for row in estimates:
        if row.estimand in MODELS:
            adjusted = row.convention.partition("adjusted for ")[2]
            name = MODELS[row.estimand] + (f" ({adjusted})" if adjusted else "")
            pairs = f"{row.n_pairs} / {_count(row.n_landlords)}"
            body.append([name, row.level, f"{_number(row)} {_interval(row)}", _p(row), pairs])
    return table(["regression, clustered by landlord", "of", "estimate", "p", "pairs / landlords"], body)


def _reasons(estimates: Sequence[Estimate]) -> list[str]:
    """Every reason once, with the levels and quantities that it holds for."""
    reasons: dict[str, list[str]] = {}
    for row in estimates:
        if row.reason:
            how = f" ({row.method})" if row.estimand is Estimand.NET_RATE else ""
            reasons.setdefault(row.reason, []).append(f"{row.level} {row.estimand}{how}")
    return [f"  – {reason}: {', '.join(dict.fromkeys(where))}" for reason, where in reasons.items()]


def _number(row: Estimate) -> str:
    if row.value is None:
        return "–"
    if row.estimand in IN_POINTS or row.estimand in (Estimand.GAP, Estimand.RATE_DIFFERENCE):
        return f"{100 * row.value:.2f} points"
    if row.estimand in MODELS:
        return f"{row.value:.4f}"
    return f"{row.value:.2f}" if row.estimand is Estimand.RATE_RATIO else f"{100 * row.value:.2f} %"


def _interval(row: Estimate) -> str:
    if row.lower is None or row.upper is None or row.confidence is None:
        return ""
    odds = row.estimand in MODELS and row.estimand not in IN_POINTS
    factor, digits = (1, 4) if odds or row.estimand is Estimand.RATE_RATIO else (100, 1)
    return f"[{100 * row.confidence:g} %: {factor * row.lower:.{digits}f} to {factor * row.upper:.{digits}f}]"


def _p(row: Estimate) -> str:
    if row.p_value is None:
        return "–"
    return "<0.0001" if row.p_value < 0.0001 else f"{row.p_value:.4f}"


def _count(number: int | None) -> str:
    return "–" if number is None else str(number)


def _integer(row: Estimate) -> str:
    return "–" if row.value is None else str(int(row.value))


def table(head: list[str], body: list[list[str]]) -> list[str]:
    """Columns under their heads; nothing where there is no row."""
    if not body:
        return []
    widths = [max(len(row[column]) for row in [head, *body]) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [head, *body]
    ]
    return ["", *(line.rstrip() for line in lines)]
