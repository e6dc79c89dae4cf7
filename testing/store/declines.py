"""Declines: the obligation to turn down each viewing that was offered, with its window and its state."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from testing.store import ledger
from testing.store.tables import DeclineRow, DeclineState
from testing.study.errors import IllegalTransition

__all__ = [
    "Decline",
    "DeclineState",
    "applications_owed",
    "due_declines",
    "move_decline",
    "open_declines",
    "record_decline",
    "stale_declines",
]

MOVES: Mapping[DeclineState, frozenset[DeclineState]] = MappingProxyType(
    {
        DeclineState.PENDING: frozenset({DeclineState.TRANSMITTING, DeclineState.REFUSED, DeclineState.SENT}),
        DeclineState.TRANSMITTING: frozenset(
            {DeclineState.SENT, DeclineState.REFUSED, DeclineState.UNCERTAIN}
        ),
        DeclineState.UNCERTAIN: frozenset({DeclineState.SENT}),
        DeclineState.REFUSED: frozenset({DeclineState.SENT}),
        DeclineState.SENT: frozenset(),
    }
)
"""A person may say that a refused, uncertain or pending one was settled; the machine never resends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    """One obligation."""

    application: str
    response: str
    """The response that offered the viewing."""
    landlord: str
    due_from: datetime
    due_until: datetime
    """Overdue after it."""
    state: DeclineState
    sent_at: datetime | None
    note: str


def record_decline(session: Session, decline: Decline, now: datetime) -> bool:
    """Keep an obligation; an application has one, however often a viewing is offered.

    Returns:
        Whether it was new.
    """
    if session.get(DeclineRow, decline.application) is not None:
        return False
    session.add(
        DeclineRow(
            application=decline.application,
            response=decline.response,
            landlord=decline.landlord,
            due_from=decline.due_from,
            due_until=decline.due_until,
            state=decline.state,
            note=decline.note,
        )
    )
    session.flush()
    detail = {"response": decline.response, "until": decline.due_until.isoformat()}
    ledger.append(session, "decline-owed", decline.application, detail, now)
    return True


def move_decline(
    session: Session,
    application_id: str,
    before: DeclineState,
    after: DeclineState,
    now: datetime,
    note: str = "",
) -> None:
    """Move one obligation, and say so in the ledger.

    Raises:
        IllegalTransition: it cannot go there, or it is no longer where the caller believed.
    """
    if after not in MOVES[before]:
        raise IllegalTransition(
            f"the decline of {application_id} is {before.value} and cannot become {after.value}"
        )
    values = {"state": after, "note": note} | ({"sent_at": now} if after is DeclineState.SENT else {})
    moved = session.execute(
        update(DeclineRow)
        .where(DeclineRow.application == application_id, DeclineRow.state == before)
        .values(**values)
        .returning(DeclineRow.application)
    ).first()
    if moved is None:
        raise IllegalTransition(f"the decline of {application_id} is not {before.value} any more")
    ledger.append(session, f"decline-{after.value}", application_id, {"note": note}, now)


def put_off(session: Session, application_id: str, until: datetime) -> None:
    """Do not try a pending decline again before a moment: the mail server asked to wait."""
    session.execute(update(DeclineRow).where(DeclineRow.application == application_id).values(retry_at=until))


def last_decline_to(session: Session, landlord: str) -> datetime | None:
    """When a decline was last sent to a landlord, or None."""
    return session.scalar(select(func.max(DeclineRow.sent_at)).where(DeclineRow.landlord == landlord))


def due_declines(session: Session, now: datetime, limit: int | None = None) -> list[Decline]:
    """Return pending obligations whose window is open, the most pressing first; overdue ones too."""
    query = (
        select(DeclineRow)
        .where(
            DeclineRow.state == DeclineState.PENDING,
            DeclineRow.due_from <= now,
            or_(DeclineRow.retry_at.is_(None), DeclineRow.retry_at <= now),
        )
        .order_by(DeclineRow.due_until, DeclineRow.application)
        .limit(limit)
    )
    return [_decline(row) for row in session.scalars(query.execution_options(populate_existing=True))]


def open_declines(session: Session) -> list[Decline]:
    """Return every obligation that is not settled, the most pressing first."""
    query = (
        select(DeclineRow)
        .where(DeclineRow.state != DeclineState.SENT)
        .order_by(DeclineRow.due_until, DeclineRow.application)
    )
    return [_decline(row) for row in session.scalars(query.execution_options(populate_existing=True))]


def applications_owed(session: Session) -> set[str]:
    """Return the applications that an obligation was ever kept for, settled or not."""
    return set(session.scalars(select(DeclineRow.application)))


def stale_declines(session: Session) -> list[Decline]:
    """Return what a dead sender left transmitting; call it only where no other sender runs."""
    return [it for it in open_declines(session) if it.state is DeclineState.TRANSMITTING]


def decline_counts(session: Session) -> dict[DeclineState, int]:
    """Count obligations in each state that has any."""
    rows = session.execute(select(DeclineRow.state, func.count()).group_by(DeclineRow.state))
    return {row[0]: int(row[1]) for row in rows}


def _decline(row: DeclineRow) -> Decline:
    return Decline(
        application=row.application,
        response=row.response,
        landlord=row.landlord,
        due_from=row.due_from,
        due_until=row.due_until,
        state=row.state,
        sent_at=row.sent_at,
        note=row.note,
    )
