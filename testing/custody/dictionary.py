"""The dictionary of a release: takes protocol and plan, says what the columns of the outcomes table mean."""

from typing import Any

from analysis.outcomes import Contrast, Dictionary, Ground
from testing.fieldwork.double_coding import DoubleCoding
from testing.pairing.blocks import drawn_orders
from testing.pairing.plan import Plan
from testing.study.protocol import Protocol

OUTCOMES = ("positive", "invitation", "answered")
"""Outcomes of the table; the first is what the study is designed for."""


def dictionary_of(
    protocol: Protocol,
    plan: Plan,
    rows: list[dict[str, Any]],
    counts: dict[str, Any],
    twice: DoubleCoding,
    *,
    interim: bool,
    reasons: list[str],
) -> Dictionary:
    """Say what the columns mean, with the study's words for grounds and contrasts and the state of the wave."""
    languages = sorted(
        {
            language
            for ground in protocol.grounds.values()
            for arm in ground.arms.values()
            for language in arm.labels
        }
    )
    grounds = {
        name: Ground(
            arms=tuple(ground.arms),
            reference=ground.reference,
            labels={
                language: {arm: it.labels.get(language, arm) for arm, it in ground.arms.items()}
                for language in languages
            },
        )
        for name, ground in protocol.grounds.items()
    }
    contrasts = {
        name: Contrast(
            reference=protocol.reference_cell(name),
            other=protocol.cell(name),
            labels={str(k): v for k, v in it.labels.items()},
        )
        for name, it in protocol.contrasts.items()
    }
    return Dictionary(
        study=plan.study,
        wave=plan.wave,
        grounds=grounds,
        contrasts=contrasts,
        outcomes=OUTCOMES,
        primary=OUTCOMES[0],
        landlord_types=tuple(str(kind.value) for kind in protocol.frame.landlord_types),
        assignment="blocks" if drawn_orders(protocol) else "fixed",
        covariates={
            "form": tuple(sorted({row["x_form"] for row in rows})),
            "language": tuple(sorted({row["x_language"] for row in rows})),
            "sex": tuple(sorted({row["x_sex"] for row in rows})),
        },
        columns={
            "answered_at": "When a person first answered within the window, UTC; empty where nobody did or unknown",
            "outcome_positive": "A viewing was offered in any form in the window: 1 yes, 0 no or silence, empty open",
            "outcome_invitation": "A viewing was offered without anything to deliver first: 1 yes, 0 no, empty open",
            "outcome_answered": "A person answered within the window: 1 yes, 0 no, empty open",
            "x_form": "Form of the letter, drawn; two applicants to one listing never share one",
            "x_language": "Language of the letter",
            "x_sex": "Sex that the applicant's first name tells: f or m",
        },
        notes=_notes(protocol, plan, counts, interim=interim, reasons=reasons)
        | {"coding": _coding(protocol, twice)},
    )


def _notes(
    protocol: Protocol, plan: Plan, counts: dict[str, Any], *, interim: bool, reasons: list[str]
) -> dict[str, Any]:
    return {
        "title": {str(language): text for language, text in protocol.study.title.items()},
        "organisation": protocol.study.organisation,
        "place": protocol.study.place,
        "mode": protocol.wave.mode.value,
        "first_day": protocol.wave.first_day.isoformat(),
        "last_day": protocol.wave.last_day.isoformat(),
        "response_days": protocol.wave.response_days,
        "protocol_sha256": plan.inputs.get("protocol", ""),
        "plan_seal": plan.seal,
        "interim": interim and bool(reasons),
        "not_whole_because": reasons,
        "counts": counts,
    }


def _coding(protocol: Protocol, twice: DoubleCoding) -> dict[str, Any]:
    """Say by which codebook was coded, and how far two coders agreed."""
    return {
        "scheme": protocol.coding.scheme,
        "double_share": protocol.coding.double_share,
        "kappa_gate": twice.gate,
        "drawn": twice.drawn,
        "coded_twice": twice.coded_twice,
        "agreed": twice.agreed,
        "kappa": None if twice.kappa is None else round(twice.kappa, 4),
        "holds": twice.holds,
    }
