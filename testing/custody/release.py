"""Release: takes the store of a closed wave, gives the outcomes table that may leave, without any identifier.

Keys of pairs, listings, landlords and applications are hashed anew with the wave's key, so that nobody without
it can find the plan's row, and once the key is destroyed nobody at all.
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pandas as pd

from analysis.outcomes import OutcomesTable, outcomes_table
from testing.custody.answers import Answer, Came, came_of
from testing.custody.closing import whats_open
from testing.custody.dictionary import dictionary_of
from testing.custody.leaks import leaks
from testing.custody.tampering import tampering
from testing.fieldwork.double_coding import double_coding
from testing.fieldwork.safeguards import windows_closed_at
from testing.pairing.blocks import blocks_of
from testing.pairing.plan import Plan
from testing.store import applications as kept
from testing.store import codings as coded
from testing.store import ledger, responses
from testing.store.applications import Standing
from testing.store.engine import Session, Store
from testing.study.application import DELIVERED, State
from testing.study.errors import LockMismatch, Refused
from testing.study.outcome import Outcome
from testing.study.protocol import Protocol
from testing.study.response import Response

LEFT = DELIVERED | {State.UNDELIVERABLE}
"""States in which it is known that the message left, and when."""
KEY_DIGITS = 16
"""Hexadecimal digits of a released key: 64 bits."""


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
        notes: what the dictionary says besides: of a rehearsal, that it is one, and the truth. They cannot
            unsay what the release says of itself.

    Returns:
        One row for each application of the plan, checked; nothing is written.

    Raises:
        Refused: the wave is not closed, with every reason, or an identifier would leave.
        LockMismatch: the ledger, the plan, or a state, response or coding in the store was changed.
        InputInvalid: the table does not hold what the analysis needs (an arm that nobody wrote with).
    """
    with store.read() as session:
        faults = tampering(session, plan)
        if faults:
            raise LockMismatch(f"nothing is released: {'; '.join(faults[:5])}; restore the store from a copy")
        reasons = whats_open(session, protocol=protocol, now=now)
        if reasons and not interim:
            raise Refused(f"wave {plan.wave} is not closed: {'; '.join(reasons)}; or release --interim")
        own = {it.id for it in plan.applications}
        standings = [it for it in kept.in_state(session, *State) if it.application.id in own]
        answers = responses.by_application(session)
        finals = coded.final_codings(session)
        unmatched = len(responses.unmatched(session))
        twice = double_coding(session, protocol=protocol, own=own)
    blocks = blocks_of(plan, protocol)
    rows = [_row(it, _came(it, answers, finals, protocol, now), plan, blocks, key) for it in standings]
    counts = _counts(protocol, standings, answers, finals, unmatched)
    dictionary = dictionary_of(protocol, plan, rows, counts, twice, interim=interim, reasons=reasons)
    dictionary = replace(dictionary, notes={**(notes or {}), **dictionary.notes})
    table = outcomes_table(pd.DataFrame(rows), dictionary, file="release")
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


def _came(
    it: Standing,
    answers: Mapping[str, Sequence[Response]],
    finals: Mapping[str, Outcome],
    protocol: Protocol,
    now: datetime,
) -> Came:
    """What came of one application by now; nothing is known of one that nobody is sure to have received."""
    if it.state not in DELIVERED or it.sent_at is None:
        return Came()
    closes = windows_closed_at(protocol, it.sent_at)
    found = [
        Answer(received_at=response.received_at, outcome=finals.get(response.id))
        for response in answers.get(it.application.id, ())
        if coded.is_codable(response) and response.received_at <= closes
    ]
    # One that still counts as sent has not been looked for in the mailbox since its window closed.
    return came_of(found, settled=now > closes and it.state is not State.SENT)


def _row(it: Standing, came: Came, plan: Plan, blocks: Mapping[str, str], key: bytes) -> dict[str, Any]:
    application = it.application
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
        "sent_at": it.sent_at if it.state in LEFT else None,
        "answered_at": came.answered_at,
        "delivered": it.state in DELIVERED,
        "weight": application.weight,
        **({"block": rekeyed(key, "block", blocks[application.pair])} if blocks else {}),
        **{f"arm_{ground}": arm for ground, arm in application.arms.items()},
        "category": None if came.category is None else came.category.value,
        "outcome_positive": came.positive,
        "outcome_invitation": came.invitation,
        "outcome_answered": came.answered,
        "x_form": application.letter.form,
        "x_language": application.letter.language,
        "x_sex": application.identity.name.sex,
    }


def _counts(
    protocol: Protocol,
    standings: Sequence[Standing],
    answers: Mapping[str, Sequence[Response]],
    finals: Mapping[str, Outcome],
    unmatched: int,
) -> dict[str, Any]:
    """Count what the wave's own applications brought, and the mails that belong to no application."""
    states = Counter(it.state for it in standings)
    came = [(it, response) for it in standings for response in answers.get(it.application.id, ())]
    codable = [(it, response) for it, response in came if coded.is_codable(response)]
    late = [
        response
        for it, response in codable
        if it.sent_at is not None and response.received_at > windows_closed_at(protocol, it.sent_at)
    ]
    still_open = [
        response for _, response in codable if response.id in finals and finals[response.id].category is None
    ]
    return {
        "applications": {state.value: states[state] for state in State if states[state]},
        "responses": {
            "responses": len(came),
            "unmatched": unmatched,
            "bounces": sum(response.bounce for _, response in came),
            "automatic": sum(response.automatic for _, response in came),
        },
        "responses_after_the_window": len(late),
        "codings_open": len(still_open),
    }
