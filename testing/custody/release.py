"""Release: takes the store of a closed wave, gives the outcomes table that may leave, without any identifier.

Keys of pairs, listings, landlords and applications are hashed anew with the wave's key, so that nobody without
it can find the plan's row, and once the key is destroyed nobody at all.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pandas as pd

from analysis.outcomes import OutcomesTable, outcomes_table
from testing.custody.closing import whats_open
from testing.custody.dictionary import OUTCOMES, dictionary_of
from testing.custody.leaks import leaks
from testing.fieldwork.safeguards import windows_closed_at
from testing.pairing.plan import Plan
from testing.store import applications as kept
from testing.store import codings as coded
from testing.store import ledger, responses, waves
from testing.store.applications import Standing
from testing.store.engine import Session, Store
from testing.study.application import DELIVERED, State
from testing.study.errors import LockMismatch, Refused
from testing.study.outcome import Category, Outcome, combine
from testing.study.protocol import Protocol
from testing.study.response import Response

INVITED = frozenset({Category.VIEWING_INVITATION, Category.GROUP_VIEWING})
"""Categories in which a viewing is offered without anything to deliver first."""
KEY_DIGITS = 16
"""Hexadecimal digits of a released key: 64 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """What came in for one application within its window."""

    responses: list[Response]
    outcomes: list[Outcome]
    """Codings of those responses, in the same order."""


def release(
    store: Store,
    *,
    protocol: Protocol,
    plan: Plan,
    key: bytes,
    now: datetime,
    interim: bool = False,
    notes: Mapping[str, Any] | None = None,
) -> OutcomesTable:
    """Make the outcomes table of a wave.

    Args:
        store: of the study.
        protocol: of the study.
        plan: sealed, the one in the store.
        key: the wave's secret key.
        now: when, aware.
        interim: release although the wave is not closed; the table says so, and what is not known is empty.
        notes: what the dictionary says besides: of a rehearsal, that it is one, and the truth.

    Returns:
        One row for each application of the plan, checked; nothing is written.

    Raises:
        Refused: the wave is not closed, with every reason, or an identifier would leave.
        LockMismatch: the ledger or the plan in the store was changed.
        InputInvalid: the table does not hold what the analysis needs (an arm that nobody wrote with).
    """
    with store.read() as session:
        _untouched(session, plan)
        reasons = whats_open(session, protocol=protocol, now=now)
        if reasons and not interim:
            raise Refused(f"wave {plan.wave} is not closed: {'; '.join(reasons)}; or release --interim")
        standings = kept.in_state(session, *State)
        answers = responses.by_application(session)
        finals = coded.final_codings(session)
        counts = _counts(session, protocol, standings, answers, finals)
    rows = [
        _row(it, _within(it, answers, finals, protocol), protocol=protocol, plan=plan, key=key, now=now)
        for it in standings
    ]
    dictionary = dictionary_of(protocol, plan, rows, counts, interim=interim, reasons=reasons)
    if notes:
        dictionary = replace(dictionary, notes={**dictionary.notes, **notes})
    table = outcomes_table(pd.DataFrame(rows), dictionary, file="release", empty_arms=interim)
    found = leaks(table, plan)
    if found:
        raise Refused(
            f"not released, identifiers would leave: {'; '.join(found[:5])}; this is a fault of ours"
        )
    return table


def record_release(session: Session, table: OutcomesTable, now: datetime) -> None:
    """Write into the ledger what left: the hashes of the table's files, and whether it was an interim one."""
    notes = table.dictionary.notes
    detail = {
        "rows": table.dictionary.rows,
        "interim": bool(notes.get("interim")),
        "sha256": dict(table.dictionary.sha256),
    }
    ledger.append(session, "released", table.dictionary.wave, detail, now)


def rekeyed(key: bytes, kind: str, value: str) -> str:
    """Hash a key of the plan into one that may leave."""
    return hmac.new(key, f"release/{kind}/{value}".encode(), hashlib.sha256).hexdigest()[:KEY_DIGITS]


def _untouched(session: Session, plan: Plan) -> None:
    faults = ledger.verify(session)
    if faults:
        raise LockMismatch(f"the ledger was tampered with, nothing is released: {faults[0]}")
    seal = waves.seal_of(session, plan.wave)
    if seal != plan.seal or not waves.intact(session, plan.seal):
        raise LockMismatch(
            "the plan in the store is not the plan that was sealed; restore the store from a copy"
        )


def _within(
    it: Standing,
    answers: Mapping[str, list[Response]],
    finals: Mapping[str, Outcome],
    protocol: Protocol,
) -> _Answers:
    if it.sent_at is None:
        return _Answers(responses=[], outcomes=[])
    closes = windows_closed_at(protocol, it.sent_at)
    found = [
        response
        for response in answers.get(it.application.id, [])
        if coded.is_codable(response) and response.received_at <= closes
    ]
    return _Answers(
        responses=found, outcomes=[finals[response.id] for response in found if response.id in finals]
    )


def _row(
    it: Standing, found: _Answers, *, protocol: Protocol, plan: Plan, key: bytes, now: datetime
) -> dict[str, Any]:
    application = it.application
    delivered = it.state in DELIVERED
    known = delivered and it.sent_at is not None
    category, outcomes = _outcomes(it, found, protocol, now) if known else (None, dict.fromkeys(OUTCOMES))
    return {
        "study": plan.study,
        "wave": plan.wave,
        "pair": rekeyed(key, "pair", application.pair),
        "listing": rekeyed(key, "listing", application.listing),
        "landlord": rekeyed(key, "landlord", application.landlord),
        "landlord_type": str(application.landlord_type),
        "stratum": str(application.stratum),
        "application": rekeyed(key, "application", application.id),
        "order": application.order,
        "sent_at": it.sent_at,
        "answered_at": found.responses[0].received_at if found.responses and known else None,
        "delivered": delivered,
        "weight": application.weight,
        **{f"arm_{ground}": arm for ground, arm in application.arms.items()},
        "category": None if category is None else category.value,
        **{f"outcome_{name}": value for name, value in outcomes.items()},
        "x_form": application.letter.form,
        "x_language": application.letter.language,
    }


def _outcomes(
    it: Standing, found: _Answers, protocol: Protocol, now: datetime
) -> tuple[Category | None, dict[str, int | None]]:
    """Category and outcomes of a delivered application; None is what nobody knows yet."""
    assert it.sent_at is not None
    closed = now > windows_closed_at(protocol, it.sent_at)
    if not found.responses:
        return None, dict.fromkeys(OUTCOMES, 0 if closed else None)
    if len(found.outcomes) < len(found.responses):
        return None, {"positive": None, "invitation": None, "answered": None}
    category, positive = combine(found.outcomes)
    answered = any(not outcome.automated for outcome in found.outcomes)
    if not closed and not positive:
        # Until the window closes a better answer may come.
        return category, {"positive": None, "invitation": None, "answered": 1 if answered else None}
    return category, {
        "positive": None if positive is None else int(positive),
        "invitation": None if category is None else int(any(it.category in INVITED for it in found.outcomes)),
        "answered": int(answered),
    }


def _counts(
    session: Session,
    protocol: Protocol,
    standings: list[Standing],
    answers: Mapping[str, list[Response]],
    finals: Mapping[str, Outcome],
) -> dict[str, Any]:
    late = sum(
        response.received_at > windows_closed_at(protocol, it.sent_at)
        for it in standings
        if it.sent_at is not None
        for response in answers.get(it.application.id, [])
        if coded.is_codable(response)
    )
    return {
        "applications": {state.value: count for state, count in kept.counts_by_state(session).items()},
        "responses": responses.counts(session),
        "responses_after_the_window": late,
        "codings_open": sum(outcome.category is None for outcome in finals.values()),
    }
