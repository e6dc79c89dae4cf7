"""Codings: takes outcomes of responses by rules or people, gives the one that counts and what stays open."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from testing.store import ledger
from testing.store.tables import CodingRow, ResponseRow
from testing.study.outcome import Outcome
from testing.study.response import Response

RULES = "rules/"
"""A coder whose name begins so is the machine; a person's coding goes before it."""


def record_coding(session: Session, outcome: Outcome, now: datetime) -> None:
    """Add a coding; earlier ones stay. The ledger, which nothing is ever erased from, gets no word of the answer."""
    session.add(
        CodingRow(
            response=outcome.response,
            category=outcome.category,
            positive=outcome.positive,
            automated=outcome.automated,
            coder=outcome.coder,
            reason=outcome.reason,
            at=now,
        )
    )
    session.flush()
    ledger.append(session, "coded", outcome.response, said_of(outcome), now)


def said_of(outcome: Outcome) -> dict[str, Any]:
    """Say of a coding what the ledger keeps: all of it except the words of the answer that its reason quotes."""
    return {
        "coder": outcome.coder,
        "category": outcome.category.value if outcome.category else None,
        "positive": outcome.positive,
        "automated": outcome.automated,
        "reason": outcome.reason.partition("«")[0].rstrip(" :"),
    }


def codings(session: Session) -> dict[str, list[Outcome]]:
    """Group every coding by response, oldest first."""
    grouped: dict[str, list[Outcome]] = {}
    for row in session.scalars(select(CodingRow).order_by(CodingRow.id)):
        grouped.setdefault(row.response, []).append(_outcome(row))
    return grouped


def final_codings(session: Session) -> dict[str, Outcome]:
    """Return the coding that counts of each response: the last by a person, else the last by rules."""
    return {response: final(found) for response, found in codings(session).items()}


def final(found: list[Outcome]) -> Outcome:
    """Return the coding that counts among all of one response (at least one), oldest first."""
    people = [outcome for outcome in found if not outcome.coder.startswith(RULES)]
    return (people or found)[-1]


def uncoded(session: Session, applications: Collection[str] | None = None) -> list[str]:
    """Return the matched responses, bounces aside, that nobody and nothing has coded yet.

    Args:
        session: for reading.
        applications: only responses to these; None for all.
    """
    query = (
        select(ResponseRow.id, ResponseRow.application)
        .where(
            ResponseRow.application.is_not(None),
            ResponseRow.bounce.is_(False),
            ResponseRow.id.not_in(select(CodingRow.response)),
        )
        .order_by(ResponseRow.received_at, ResponseRow.id)
    )
    rows = session.execute(query)
    return [row.id for row in rows if applications is None or row.application in applications]


def is_codable(response: Response) -> bool:
    """Whether a response needs a coding: it belongs to an application and is no bounce."""
    return response.application is not None and not response.bounce


def _outcome(row: CodingRow) -> Outcome:
    return Outcome(
        response=row.response,
        category=row.category,
        positive=row.positive,
        automated=row.automated,
        coder=row.coder,
        reason=row.reason,
    )
