"""Applications and their states: the one function that moves one, and the questions that senders ask."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, distinct, func, or_, select, update
from sqlalchemy.orm import Session

from testing.store import ledger
from testing.store.payloads import application_from
from testing.store.tables import ApplicationRow, DeclineRow, DeclineState
from testing.study.application import Application, State, check_transition
from testing.study.errors import EvenhandError, IllegalTransition

BEGUN = frozenset(State) - {State.PLANNED, State.APPROVED, State.WITHHELD, State.WITHDRAWN}
"""States in which an application may have reached somebody or is about to: what caps count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An application with where it stands."""

    application: Application
    state: State
    sent_at: datetime | None
    note: str


def transition(
    session: Session,
    application_id: str,
    before: State,
    after: State,
    now: datetime,
    note: str = "",
    **columns: Any,
) -> None:
    """Move one application from one state to another, and say so in the ledger, in the caller's transaction.

    Args:
        session: an open write transaction.
        application_id: which.
        before: where the caller believes it to be.
        after: where it goes.
        now: when; kept as the time of sending where it becomes sent.
        note: why, for the ledger and for people.
        **columns: other columns to set in the same update (``day``, ``retry_at``, ``sent_at``).

    Raises:
        IllegalTransition: the table of states does not lead there, or it is no longer where it was believed.
    """
    check_transition(application_id, before, after)
    if after is State.SENT:
        columns.setdefault("sent_at", now)
    moved = session.execute(
        update(ApplicationRow)
        .where(ApplicationRow.id == application_id, ApplicationRow.state == before)
        .values(state=after, note=note, **columns)
        .returning(ApplicationRow.id)
        .execution_options(synchronize_session=False)
    ).first()
    if moved is None:
        found = session.scalar(select(ApplicationRow.state).where(ApplicationRow.id == application_id))
        where = "does not exist" if found is None else f"is {found.value}"
        raise IllegalTransition(
            f"application {application_id} {where}, not {before.value}; another program moved it meanwhile"
        )
    detail = {"from": before.value, "to": after.value} | ({"note": note} if note else {})
    ledger.append(session, after.value, application_id, detail, now)


def get(session: Session, application_id: str) -> Standing:
    """Return one application.

    Raises:
        EvenhandError: there is none of that id.
    """
    row = session.get(ApplicationRow, application_id, populate_existing=True)
    if row is None:
        raise EvenhandError(f"no application has the id {application_id}")
    return _standing(row)


def listings_due(session: Session, until: datetime) -> list[str]:
    """Keys of the adverts that an approved application is to answer until a moment, each once, the sooner first."""
    rows = session.scalars(
        select(ApplicationRow.payload)
        .where(ApplicationRow.state == State.APPROVED, ApplicationRow.due_at <= until)
        .order_by(ApplicationRow.due_at, ApplicationRow.id)
    )
    return list(dict.fromkeys(application_from(payload).listing for payload in rows))


def due(session: Session, now: datetime, limit: int | None = None) -> list[Standing]:
    """Return approved applications whose moment has come, earliest first, a pair's first before its mate."""
    query = (
        select(ApplicationRow)
        .where(
            ApplicationRow.state == State.APPROVED,
            ApplicationRow.due_at <= now,
            or_(ApplicationRow.retry_at.is_(None), ApplicationRow.retry_at <= now),
        )
        .order_by(ApplicationRow.due_at, ApplicationRow.order, ApplicationRow.id)
        .limit(limit)
    )
    return _all(session, query)


def in_state(session: Session, *states: State) -> list[Standing]:
    """Return the applications in any of some states, in the plan's order."""
    query = select(ApplicationRow).where(ApplicationRow.state.in_(states)).order_by(ApplicationRow.position)
    return _all(session, query)


def stale(session: Session) -> list[Standing]:
    """Return what a dead sender left claimed or transmitting; call it only where no other sender runs."""
    return in_state(session, State.CLAIMED, State.TRANSMITTING)


def one_before(session: Session, application: Application) -> Standing | None:
    """Return the application that goes just before one to the same listing, or None where there is none."""
    row = session.scalar(
        select(ApplicationRow)
        .where(ApplicationRow.pair == application.pair, ApplicationRow.order < application.order)
        .order_by(ApplicationRow.order.desc())
        .limit(1)
    )
    return None if row is None else _standing(row)


def counts_by_state(session: Session) -> dict[State, int]:
    """Count applications in each state that has any."""
    rows = session.execute(select(ApplicationRow.state, func.count()).group_by(ApplicationRow.state))
    found = {row[0]: int(row[1]) for row in rows}
    return {state: found[state] for state in State if state in found}


def waits(session: Session) -> bool:
    """Whether any application may still be begun, once a person has approved it."""
    query = select(ApplicationRow.id).where(ApplicationRow.state.in_((State.PLANNED, State.APPROVED)))
    return session.scalar(query.limit(1)) is not None


def begun_on(session: Session, day: date) -> int:
    """Count applications that were claimed on one local day and not given back: what the daily cap limits."""
    query = (
        select(func.count())
        .select_from(ApplicationRow)
        .where(ApplicationRow.day == day, ApplicationRow.state.in_(BEGUN))
    )
    return session.scalar(query) or 0


def begun_by_day(session: Session) -> dict[date, int]:
    """Count begun applications for every local day."""
    rows = session.execute(
        select(ApplicationRow.day, func.count())
        .where(ApplicationRow.day.is_not(None), ApplicationRow.state.in_(BEGUN))
        .group_by(ApplicationRow.day)
        .order_by(ApplicationRow.day)
    )
    return {row[0]: int(row[1]) for row in rows if row[0] is not None}


def other_pairs_begun(session: Session, application: Application) -> int:
    """Count the other pairs with the same landlord of which any application has begun."""
    query = select(func.count(distinct(ApplicationRow.pair))).where(
        ApplicationRow.landlord == application.landlord,
        ApplicationRow.pair != application.pair,
        ApplicationRow.state.in_(BEGUN),
    )
    return session.scalar(query) or 0


def decline_owed_to(session: Session, landlord: str) -> bool:
    """Whether an offered viewing of this landlord has not been turned down yet."""
    query = select(DeclineRow.application).where(
        DeclineRow.landlord == landlord,
        DeclineRow.state.in_((DeclineState.PENDING, DeclineState.TRANSMITTING)),
    )
    return session.scalar(query.limit(1)) is not None


def ids_by_message_id(session: Session, message_ids: Sequence[str]) -> list[str]:
    """Return the applications that carry any of some Message-IDs, in the order given."""
    rows = session.execute(
        select(ApplicationRow.message_id, ApplicationRow.id).where(
            ApplicationRow.message_id.in_(list(message_ids))
        )
    )
    found = {row.message_id: row.id for row in rows}
    return [found[it] for it in dict.fromkeys(message_ids) if it in found]


def ids_by_mailbox(session: Session, addresses: Iterable[str]) -> list[str]:
    """Return the applications whose identity has one of some mailboxes."""
    wanted = {address.casefold() for address in addresses}
    rows = session.scalars(
        select(ApplicationRow.id).where(ApplicationRow.mailbox.in_(wanted)).order_by(ApplicationRow.position)
    )
    return list(rows)


def mailboxes(session: Session) -> set[str]:
    """Return every mailbox of the study's identities."""
    return set(session.scalars(select(ApplicationRow.mailbox).distinct()))


def _all(session: Session, query: Select[ApplicationRow]) -> list[Standing]:
    rows = session.scalars(query.execution_options(populate_existing=True))
    return [_standing(row) for row in rows]


def _standing(row: ApplicationRow) -> Standing:
    return Standing(
        application=application_from(row.payload), state=row.state, sent_at=row.sent_at, note=row.note
    )
