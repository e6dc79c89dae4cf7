"""The frontier: what a crawl has to ask for; each address once, claimed before it is asked, done with what it gave."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import bindparam, exists, func, select, update
from sqlalchemy.orm import Session

from testing.store import pages, portals
from testing.store.crawl_tables import FrontierRow
from testing.store.engine import add_new
from testing.study.asking import LISTS, PAGE, Ask, Claimed, Pace

PENDING, CLAIMED, DONE = "pending", "claimed", "done"
_TABLE = FrontierRow.__table__
_ENDED = update(_TABLE).where(  # type: ignore[arg-type]
    _TABLE.c.crawl == bindparam("of_crawl"), _TABLE.c.url == bindparam("of_url")
)


def add(session: Session, crawl_id: str, asks: Iterable[Ask]) -> None:
    """Add addresses that the crawl does not know yet."""
    wanted = {it.url: it for it in reversed(list(asks))}
    rows = [
        {
            "crawl": crawl_id, "portal": it.portal, "url": it.url, "moves": it.moves, "priority": it.priority,
            "revisit": it.revisit, "state": PENDING,
        }
        for it in reversed(wanted.values())
    ]  # fmt: skip
    add_new(session, FrontierRow, rows)


def claim(
    session: Session,
    crawl_id: str,
    most: int,
    *,
    paces: Mapping[str, Pace],
    runner: int,
    now: datetime,
    tick: datetime,
    begun: Collection[str] = (),
) -> Claimed:
    """Take addresses to ask for, as far as each portal's budget, pace and hours allow.

    Args:
        session: an open write transaction.
        crawl_id: the crawl.
        most: of one portal at once; one where it has a pace.
        paces: by portal.
        runner: who takes them; what is claimed is asked for or given back.
        now: by the study's clock.
        tick: by this machine's clock.
        begun: portals whose robots.txt this program has asked for; of the others' day one request is held back for it.
    """
    waits = []
    for row in portals.locked(session, list(paces)):
        pace, waiting = paces[row.name], (
            (FrontierRow.crawl == crawl_id)
            & (FrontierRow.portal == row.name)
            & (FrontierRow.state == PENDING)
        )  # fmt: skip
        room = portals.room(row, pace, now)
        if room is not None and room <= (row.name not in begun):
            continue
        if pace.seconds and row.next_at and row.next_at > tick:
            if session.scalar(select(exists().where(waiting))):
                waits.append((row.next_at - tick).total_seconds())
            continue
        limit = 1 if pace.seconds or room is not None else most
        found = session.scalars(
            select(FrontierRow)
            .where(waiting)
            .order_by(FrontierRow.priority, FrontierRow.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        if found:
            session.execute(
                update(FrontierRow)
                .where(FrontierRow.id.in_([it.id for it in found]))
                .values(state=CLAIMED, runner=runner)
                .execution_options(synchronize_session=False)
            )
            portals.take(row, pace, now, len(found), tick)
            session.flush()
            return Claimed(asks=tuple(_asks(session, found)), wait=0.0)
    if not waits and others_at_work(session, crawl_id, runner):
        waits.append(0.5)
    return Claimed(wait=min(waits, default=None))


def _asks(session: Session, rows: Iterable[FrontierRow]) -> Iterable[Ask]:
    rows = list(rows)
    marks = pages.marks(session, [it.url for it in rows])
    for it in rows:
        etag, last_modified = marks.get(it.url, (None, None))
        yield Ask(
            portal=it.portal, url=it.url, moves=it.moves, priority=it.priority, revisit=it.revisit, etag=etag,
            last_modified=last_modified,
        )  # fmt: skip


def others_at_work(session: Session, crawl_id: str, runner: int) -> bool:
    """Whether another program has addresses in hand, which may lead to more."""
    held = (FrontierRow.crawl == crawl_id) & (FrontierRow.state == CLAIMED) & (FrontierRow.runner != runner)
    return bool(session.scalar(select(exists().where(held))))


def done(session: Session, crawl_id: str, url: str, outcome: str, now: datetime) -> None:
    """Write down how an address ended; what it gave is kept in the same transaction."""
    at = {"of_crawl": crawl_id, "of_url": url}
    session.execute(_ENDED, {**at, "state": DONE, "done_at": now, "outcome": outcome})


def give_back(session: Session, crawl_id: str, runner: int | None = None, url: str | None = None) -> int:
    """Make what was claimed and not asked for pending again.

    Args:
        session: an open write transaction.
        crawl_id: the crawl.
        runner: only what this one claimed; None is all, where no other program crawls.
        url: only this address.

    Returns:
        How many.
    """
    held = (FrontierRow.crawl == crawl_id) & (FrontierRow.state == CLAIMED)
    if runner is not None:
        held &= FrontierRow.runner == runner
    if url is not None:
        held &= FrontierRow.url == url
    given = session.execute(
        update(FrontierRow)
        .where(held)
        .values(state=PENDING, runner=None)
        .returning(FrontierRow.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(given)


def runners(session: Session, crawl_id: str) -> list[int]:
    """Who has addresses in hand."""
    held = (FrontierRow.crawl == crawl_id) & (FrontierRow.state == CLAIMED)
    return [it for it in session.scalars(select(FrontierRow.runner).where(held).distinct()) if it is not None]


def left(session: Session, crawl_id: str) -> dict[str, int]:
    """Count the addresses that nobody asked for yet, by portal."""
    rows = session.execute(
        select(FrontierRow.portal, func.count())
        .where(FrontierRow.crawl == crawl_id, FrontierRow.state != DONE)
        .group_by(FrontierRow.portal)
    )
    return {str(row[0]): int(row[1]) for row in rows}


def counts(session: Session, crawl_id: str) -> dict[str, int]:
    """Count a crawl's addresses by state."""
    rows = session.execute(
        select(FrontierRow.state, func.count())
        .where(FrontierRow.crawl == crawl_id)
        .group_by(FrontierRow.state)
    )
    return {str(row[0]): int(row[1]) for row in rows}


def whole_portals(session: Session, crawl_id: str) -> set[str]:
    """Portals whose every list page of this crawl came, so that an advert in none of them is really in none."""
    lists = (FrontierRow.crawl == crawl_id) & (FrontierRow.priority == LISTS)
    known = session.scalars(select(FrontierRow.portal).where(lists).distinct())
    failed = lists & FrontierRow.outcome.is_distinct_from(PAGE)
    broken = session.scalars(select(FrontierRow.portal).where(failed).distinct())
    return set(known) - set(broken)
