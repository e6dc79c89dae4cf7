"""Responses: takes messages that came in, keeps each once, gives them by application or unmatched."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from testing.store import ledger
from testing.store.tables import ApplicationRow, ResponseRow
from testing.study.errors import EvenhandError, Refused
from testing.study.response import Response


def record_response(session: Session, response: Response, now: datetime) -> bool:
    """Keep a response; the same raw bytes a second time change nothing.

    Returns:
        Whether it was new.
    """
    if session.get(ResponseRow, response.id) is not None:
        return False
    session.add(
        ResponseRow(
            id=response.id,
            received_at=response.received_at,
            read_at=now,
            sender=response.sender,
            recipient=response.recipient,
            subject=response.subject,
            text=response.text,
            raw=response.raw,
            in_reply_to=list(response.in_reply_to),
            automatic=response.automatic,
            bounce=response.bounce,
            application=response.application,
            matched_by=response.matched_by,
        )
    )
    session.flush()
    detail = {**_receipt(response.application, response.received_at), "matched_by": response.matched_by}
    ledger.append(session, "received", response.id, detail, now)
    return True


def match_by_hand(session: Session, response_id: str, application_id: str, *, by: str, now: datetime) -> None:
    """Give an unmatched response to an application, on a person's word.

    Raises:
        Refused: nobody is named.
        EvenhandError: no such application, no such response, or it is matched already.
    """
    if not by.strip():
        raise Refused("a match by hand needs the name of the person who makes it")
    if session.get(ApplicationRow, application_id) is None:
        raise EvenhandError(f"no application has the id {application_id}")
    moved = session.execute(
        update(ResponseRow)
        .where(ResponseRow.id == response_id, ResponseRow.application.is_(None))
        .values(application=application_id, matched_by=f"person:{by}")
        .returning(ResponseRow.id)
    ).first()
    if moved is None:
        raise EvenhandError(f"response {response_id} does not exist or already belongs to an application")
    ledger.append(session, "matched", response_id, {"application": application_id, "by": by}, now)


def get(session: Session, response_id: str) -> Response:
    """Return one response by its id, or by the beginning of it where only one fits.

    Raises:
        EvenhandError: none or several begin so.
    """
    rows = session.scalars(
        select(ResponseRow).where(ResponseRow.id.startswith(response_id, autoescape=True)).limit(2)
    ).all()
    if len(rows) != 1 or not response_id:
        found = "several" if rows else "no"
        raise EvenhandError(f"{found} responses begin with {response_id!r}; list them with: evenhand code")
    return _response(rows[0])


def responses(session: Session) -> list[Response]:
    """Return every response in the order of receipt."""
    return [
        _response(row)
        for row in session.scalars(select(ResponseRow).order_by(ResponseRow.received_at, ResponseRow.id))
    ]


def by_application(session: Session) -> dict[str, list[Response]]:
    """Group matched responses by application, each in the order of receipt."""
    grouped: dict[str, list[Response]] = {}
    for response in responses(session):
        if response.application is not None:
            grouped.setdefault(response.application, []).append(response)
    return grouped


def receipts(session: Session) -> dict[str, dict[str, Any]]:
    """Return for every response, by its id, what the ledger says of its receipt: application and moment."""
    rows = session.execute(select(ResponseRow.id, ResponseRow.application, ResponseRow.received_at))
    return {row.id: _receipt(row.application, row.received_at) for row in rows}


def unmatched(session: Session) -> list[Response]:
    """Return the responses that belong to no application yet."""
    return [response for response in responses(session) if response.application is None]


def counts(session: Session) -> dict[str, int]:
    """Count all responses, unmatched ones, bounces and automatic ones."""
    total = session.scalar(select(func.count()).select_from(ResponseRow)) or 0
    found = {"responses": total}
    for name, condition in (
        ("unmatched", ResponseRow.application.is_(None)),
        ("bounces", ResponseRow.bounce.is_(True)),
        ("automatic", ResponseRow.automatic.is_(True)),
    ):
        found[name] = session.scalar(select(func.count()).select_from(ResponseRow).where(condition)) or 0
    return found


def _receipt(application: str | None, received_at: datetime) -> dict[str, Any]:
    return {"application": application, "received_at": received_at.astimezone(UTC).isoformat()}


def _response(row: ResponseRow) -> Response:
    return Response(
        id=row.id,
        received_at=row.received_at,
        sender=row.sender,
        recipient=row.recipient,
        subject=row.subject,
        text=row.text,
        raw=row.raw,
        in_reply_to=tuple(row.in_reply_to),
        automatic=row.automatic,
        bounce=row.bounce,
        application=row.application,
        matched_by=row.matched_by,
    )
