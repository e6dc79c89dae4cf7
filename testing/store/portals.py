"""What holds for a portal over all crawls: the day's budget, the pace, the hours, and whether it closed its door."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from testing.store import ledger
from testing.store.crawl_tables import PortalRow
from testing.store.engine import add_new
from testing.study.asking import Closure, Pace


def known(session: Session, names: Sequence[str]) -> None:
    """Write a row for each portal that has none yet; call it before the functions below."""
    add_new(session, PortalRow, [{"name": name, "asked": 0} for name in names])


def locked(session: Session, names: Sequence[str]) -> list[PortalRow]:
    """Hold the rows of portals, the one that waited longest first; no other program takes from them meanwhile."""
    rows = session.scalars(
        select(PortalRow).where(PortalRow.name.in_(names)).order_by(PortalRow.name).with_for_update()
    ).all()
    never = datetime.min.replace(tzinfo=UTC)
    return sorted(rows, key=lambda row: row.next_at or never)


def room(row: PortalRow, pace: Pace, now: datetime) -> int | None:
    """How many more requests the day allows; 0 outside the hours, None without a bound."""
    if not pace.is_open(now):
        return 0
    if pace.per_day is None:
        return None
    return max(0, pace.per_day - (row.asked if row.day == pace.day(now) else 0))


def take(row: PortalRow, pace: Pace, now: datetime, count: int, tick: datetime) -> None:
    """Take requests out of the day's budget; the next one waits for the pace.

    Args:
        row: held by ``locked``.
        pace: the portal's.
        now: by the study's clock, for the day.
        count: how many.
        tick: by this machine's clock, for the pace.
    """
    if row.day != pace.day(now):
        row.day, row.asked = pace.day(now), 0
    row.asked += count
    if pace.seconds:
        row.next_at = tick + timedelta(seconds=pace.seconds)


def close(session: Session, closure: Closure, now: datetime) -> None:
    """Write down that a portal closed its door, and until when it is left alone; the longer closure stays."""
    row = locked(session, [closure.portal])[0]
    if row.closed_until is None or row.closed_until < closure.until:
        row.closed_until, row.closed_why = closure.until, closure.why
        detail = {"until": closure.until.isoformat(), "why": closure.why}
        ledger.append(session, "portal-closed", closure.portal, detail, now)


def closed(session: Session, names: Sequence[str], now: datetime) -> list[Closure]:
    """Return the portals whose door is closed now."""
    rows = session.scalars(select(PortalRow).where(PortalRow.name.in_(names), PortalRow.closed_until > now))
    return [
        Closure(portal=row.name, until=row.closed_until, why=row.closed_why or "")
        for row in rows
        if row.closed_until is not None
    ]
