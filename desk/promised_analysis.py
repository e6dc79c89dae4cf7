"""A study's analysis plan and its design go in, what is promised of the analysis comes out in words."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.design import Design
    from analysis.plan import AnalysisPlan
    from analysis.unpaired_power import DetectionApart

OPEN = "OPEN: "
"""Begins a question that a study's files do not answer."""


def rationale(design: "Design", apart: Sequence["DetectionApart"] = ()) -> str:
    """What the design can find, and from what that is assumed; ``apart`` is of a design without pairs."""
    said = [
        f"{it.group.name}: {it.group.pairs} pairs find a gap of {100 * it.smallest_gap:.1f} points"
        for it in design.groups
        if it.smallest_gap is not None
    ] + [
        f"{it.group.contrast} · {it.group.landlord_type}: {it.group.applications} applications of each arm find a "
        f"gap of {100 * it.smallest_gap:.1f} points"
        for it in apart
        if it.smallest_gap is not None
    ]
    test = "pooled z test between listings" if apart else f"McNemar {design.question.test}"
    power = f"{100 * design.question.power:g} %"
    return (
        f"With {power} power at a level of {100 * design.question.alpha:g} % ({test}): "
        + ("; ".join(said) or "no group finds even the largest gap")
        + ". Assumed from published Belgian tables; see evenhand power."
    )


def models(plan: "AnalysisPlan") -> str:
    """What is estimated, in order."""
    steps = []
    for it in plan.step:
        adjusted = f" adjusted for {', '.join(it.covariates)}" if it.covariates else ""
        steps.append(f"{it.estimator.replace('_', ' ')} by {it.by.replace('_', ' ')}{adjusted}")
    digest = f" (analysis.toml, SHA-256 {plan.sha256})" if plan.sha256 else ""
    return f"In this order{digest}: " + "; ".join(steps) + "."


def inference(plan: "AnalysisPlan", design: "Design") -> str:
    """Level, intervals, and the gap that is too small to matter."""
    level = f"{100 * design.question.alpha:g} %"
    return (
        f"Two-sided, level {level}; intervals at {100 * plan.confidence:g} %. Regressions are clustered by landlord. "
        f"{_equivalence(plan, design)} {OPEN}how are the contrasts beside the primary one corrected for their number?"
    )


def _equivalence(plan: "AnalysisPlan", design: "Design") -> str:
    if plan.equivalence_margin is None:
        return (
            f"{OPEN}which gap is too small to matter (equivalence_margin), or is no gap never to be claimed?"
        )
    margin = f"{100 * plan.equivalence_margin:g} points of all pairs"
    can = [it.group.name for it in design.groups if (it.equivalence or 0) >= design.question.power]
    power = f"{100 * design.question.power:g} %"
    return (
        f"Equivalence margin, declared in advance: {margin}. With {power} power it can be shown where there is no gap "
        f"for: {', '.join(can) or 'no group of this design'}; elsewhere the wave can only say that none was found."
    )
