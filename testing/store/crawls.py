"""Crawls: when each began and whether it came to its end, because half a frame must never be drawn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from testing.store import ledger
from testing.store.crawl_tables import CrawlRow, FetchRow
from testing.study.errors import EvenhandError, Refused

GOES_ON_DAYS, WHOLE_DAYS = 3, 14
"""A crawl that lay still so long, or began so long ago, begins anew: what it saw is too old beside the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawl:
    """One crawl of the study's portals."""

    id: str
    portals: tuple[str, ...]
    started_at: datetime
    finished_at: datetime | None
    """None while it runs, and for ever where it was killed."""
    counts: Mapping[str, int]
    """What it counted, by name; empty until it finished."""


def next_id(session: Session) -> str:
    """Return an id for the crawl after the last one: «crawl-1», «crawl-2», ..."""
    return f"crawl-{_last_number(session) + 1}"


def start_crawl(
    session: Session,
    *,
    crawl_id: str,
    portals: Sequence[str],
    now: datetime,
    loosened: Sequence[str] = (),
    due: bool = False,
) -> None:
    """Write down that a crawl begins, and which polite default was loosened for it, with the reason.

    One that only looks whether the adverts of due applications still stand says so: it tells nothing of the frame.

    Raises:
        EvenhandError: a crawl of that id began before.
    """
    if session.get(CrawlRow, crawl_id) is not None:
        raise EvenhandError(f"crawl {crawl_id} has begun already; start a new one")
    number = _last_number(session)
    session.add(
        CrawlRow(id=crawl_id, number=number + 1, portals={"names": list(portals), "due": due}, started_at=now)
    )
    session.flush()
    ledger.append(
        session, "crawl-started", crawl_id, {"portals": list(portals), "loosened": list(loosened)}, now
    )


def finish_crawl(session: Session, *, crawl_id: str, counts: Mapping[str, int], now: datetime) -> None:
    """Write down that a crawl came to its end, with its counts."""
    changed = session.execute(
        update(CrawlRow)
        .where(CrawlRow.id == crawl_id, CrawlRow.finished_at.is_(None))
        .values(finished_at=now, counts=dict(counts))
        .returning(CrawlRow.id)
    ).first()
    if changed is None:
        raise EvenhandError(f"crawl {crawl_id} was never started or has already finished; start a new one")
    ledger.append(session, "crawl-finished", crawl_id, {"counts": dict(counts)}, now)


def is_finished(session: Session, crawl_id: str) -> bool:
    """Whether a crawl came to its end."""
    row = session.get(CrawlRow, crawl_id)
    return row is not None and row.finished_at is not None


def to_go_on(session: Session, portals: Sequence[str], now: datetime) -> str | None:
    """Return the id of a crawl of the same portals that was cut off and can still go on, if their last one was."""
    newest = session.scalars(select(CrawlRow).order_by(CrawlRow.number.desc()))
    row = next(
        (it for it in newest if it.portals["names"] == list(portals) and not it.portals.get("due")), None
    )
    if row is None or row.finished_at is not None:
        return None
    last = session.scalar(
        select(FetchRow.fetched_at).where(FetchRow.crawl == row.id).order_by(FetchRow.id.desc()).limit(1)
    )
    idle, age = now - max(row.started_at, last or row.started_at), now - row.started_at
    return row.id if idle <= timedelta(days=GOES_ON_DAYS) and age <= timedelta(days=WHOLE_DAYS) else None


def unfinished(session: Session) -> list[Crawl]:
    """Return the crawls that began and did not come to their end, oldest first."""
    rows = session.scalars(select(CrawlRow).where(CrawlRow.finished_at.is_(None)).order_by(CrawlRow.number))
    return [_crawl(row) for row in rows]


def finished(session: Session) -> list[Crawl]:
    """Return the crawls of whole portals, and imports, that came to their end, oldest first."""
    rows = session.scalars(
        select(CrawlRow).where(CrawlRow.finished_at.is_not(None)).order_by(CrawlRow.number)
    )
    return [_crawl(row) for row in rows if not row.portals.get("due")]


def last_finished(session: Session) -> Crawl | None:
    """Return the latest of them."""
    return next(reversed(finished(session)), None)


def last_is_unfinished(session: Session) -> bool:
    """Whether a crawl has not come to its end, and no later one of the same portals has."""
    return _cut_off(session) is not None


def _cut_off(session: Session) -> CrawlRow | None:
    made_good: set[str] = set()
    for row in session.scalars(select(CrawlRow).order_by(CrawlRow.number.desc())):
        if row.portals.get("due"):
            continue
        names = set(row.portals["names"])
        if row.finished_at is None and not names <= made_good:
            return row
        made_good |= names if row.finished_at is not None else set()
    return None


def require_whole_frame(session: Session) -> Crawl:
    """Return the last crawl, provided that it finished.

    Raises:
        Refused: nothing was crawled yet, or a crawl did not come to its end and no later one made it good.
    """
    last = last_finished(session)
    cut_off = _cut_off(session)
    if cut_off is not None:
        raise Refused(
            f"the last crawl ({cut_off.id}, begun {cut_off.started_at:%Y-%m-%d %H:%M} UTC) did not finish, so the "
            "frame is not whole; run again: evenhand crawl"
        )
    if last is None:
        raise Refused("nothing was crawled yet, so there is no frame to draw from; run: evenhand crawl")
    return last


def _crawl(row: CrawlRow) -> Crawl:
    return Crawl(
        id=row.id,
        portals=tuple(row.portals["names"]),
        started_at=row.started_at,
        finished_at=row.finished_at,
        counts=dict(row.counts or {}),
    )


def _last_number(session: Session) -> int:
    return session.scalar(select(func.coalesce(func.max(CrawlRow.number), 0))) or 0
