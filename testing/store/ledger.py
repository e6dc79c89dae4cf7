"""The append-only audit log: takes what happened, chains it by hashes, finds where it was edited."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from testing.store.tables import LedgerRow

START = "0" * 64
"""What stands for the hash before the first line."""
LOCK = 0x45564C47
"""Number of the PostgreSQL lock that lets one transaction at a time append."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the ledger."""

    number: int
    at: datetime
    event: str
    subject: str
    detail: Mapping[str, Any]
    sha256: str


def append(session: Session, event: str, subject: str, detail: Mapping[str, Any] | str, now: datetime) -> str:
    """Append one line in the caller's transaction.

    Args:
        session: an open write transaction.
        event: what happened, one word or a few with hyphens.
        subject: what it happened to: an application, a seal, a response.
        detail: more about it; must be plain JSON values. A text becomes ``{"note": text}``.
        now: when, aware.

    Returns:
        The new line's hash.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    last = session.execute(
        select(LedgerRow.number, LedgerRow.sha256).order_by(LedgerRow.number.desc()).limit(1)
    ).first()
    number, previous = (1, START) if last is None else (last.number + 1, last.sha256)
    plain = {"note": detail} if isinstance(detail, str) else dict(detail)
    written = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    sha256 = _hash(number, now, event, subject, written, previous)
    session.execute(
        LedgerRow.__table__.insert(),  # type: ignore[attr-defined]
        {
            "number": number,
            "at": now,
            "event": event,
            "subject": subject,
            "detail": written,
            "previous": previous,
            "sha256": sha256,
        },
    )
    return sha256


def lines(session: Session) -> list[Line]:
    """Return the whole ledger in order."""
    rows = session.scalars(select(LedgerRow).order_by(LedgerRow.number))
    return [
        Line(
            number=row.number,
            at=row.at,
            event=row.event,
            subject=row.subject,
            detail=json.loads(row.detail),
            sha256=row.sha256,
        )
        for row in rows
    ]


def head(session: Session) -> tuple[int, str]:
    """Return number and hash of the last line: noted elsewhere, they betray a ledger cut off at its end."""
    last = session.execute(
        select(LedgerRow.number, LedgerRow.sha256).order_by(LedgerRow.number.desc()).limit(1)
    ).first()
    return (0, START) if last is None else (last.number, last.sha256)


def verify(session: Session, known: tuple[int, str] | None = None) -> list[str]:
    """Check the chain from its first line.

    Args:
        session: for reading.
        known: number and hash of a line as noted earlier by ``head``.

    Returns:
        What is wrong, one sentence each; empty where the ledger is whole.
    """
    faults, previous, expected = [], START, 1
    found: dict[int, str] = {0: START}
    try:
        for row in session.scalars(select(LedgerRow).order_by(LedgerRow.number)):
            if row.number != expected:
                faults.append(f"ledger line {expected} is missing; line {row.number} follows")
            if row.previous != previous:
                faults.append(f"ledger line {row.number} does not follow from the line before it")
            if row.sha256 != _hash(row.number, row.at, row.event, row.subject, row.detail, row.previous):
                faults.append(
                    f"ledger line {row.number} ({row.event} {row.subject}) was changed after writing"
                )
            found[row.number] = previous = row.sha256
            expected = row.number + 1
    except (TypeError, ValueError) as error:
        # A column of the wrong kind: SQLite takes any value, and only an edit by hand puts one there.
        return [
            *faults,
            f"the ledger after line {expected - 1} holds what this program never writes ({error})",
        ]
    if known is not None and found.get(known[0]) != known[1]:
        faults.append(f"ledger line {known[0]} is not the one noted before; lines were cut off or rewritten")
    return faults


def _hash(number: int, at: datetime, event: str, subject: str, detail: str, previous: str) -> str:
    parts = (str(number), str(int(at.timestamp() * 1_000_000)), event, subject, detail, previous)
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
