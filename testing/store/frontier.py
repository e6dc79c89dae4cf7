"""The frontier: what a crawl has to ask for; each address once, claimed before it is asked, done with what it gave."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from testing.store.crawl_tables import FrontierRow

PENDING, CLAIMED, DONE = "pending", "claimed", "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One address to ask for."""

    portal: str
    url: str
    moves: int = 0
    """Redirects that led to it."""
    priority: int = 1
    """The lower the sooner: adverts before further lists, so that a crawl cut short has whole adverts."""


def add(session: Session, crawl_id: str, asks: Iterable[Ask]) -> int:
    """Add addresses that the crawl does not know yet.

    Returns:
        How many were new.
    """
    wanted = {it.url: it for it in reversed(list(asks))}
    known = set(
        session.scalars(
            select(FrontierRow.url).where(FrontierRow.crawl == crawl_id, FrontierRow.url.in_(wanted))
        )
    )
    new = [it for it in reversed(wanted.values()) if it.url not in known]
    session.add_all(
        FrontierRow(
            crawl=crawl_id, portal=it.portal, url=it.url, moves=it.moves, priority=it.priority, state=PENDING
        )
        for it in new
    )
    session.flush()
    return len(new)


def claim(session: Session, crawl_id: str, most: int) -> list[Ask]:
    """Take up to ``most`` addresses, the sooner ones first; what is claimed is asked for or given back."""
    rows = session.scalars(
        select(FrontierRow)
        .where(FrontierRow.crawl == crawl_id, FrontierRow.state == PENDING)
        .order_by(FrontierRow.priority, FrontierRow.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.state = CLAIMED
    session.flush()
    return [Ask(portal=it.portal, url=it.url, moves=it.moves, priority=it.priority) for it in rows]


def done(session: Session, crawl_id: str, url: str, now: datetime) -> None:
    """Write down that an address was asked for and what it gave is kept, in the same transaction."""
    session.execute(
        update(FrontierRow)
        .where(FrontierRow.crawl == crawl_id, FrontierRow.url == url)
        .values(state=DONE, done_at=now)
    )


def give_back(session: Session, crawl_id: str) -> int:
    """Make what a dead crawler had claimed pending again; call it only where no other crawls.

    Returns:
        How many.
    """
    given = session.execute(
        update(FrontierRow)
        .where(FrontierRow.crawl == crawl_id, FrontierRow.state == CLAIMED)
        .values(state=PENDING)
        .returning(FrontierRow.id)
    ).all()
    return len(given)


def counts(session: Session, crawl_id: str) -> dict[str, int]:
    """Count a crawl's addresses by state."""
    rows = session.execute(
        select(FrontierRow.state, func.count())
        .where(FrontierRow.crawl == crawl_id)
        .group_by(FrontierRow.state)
    )
    return {str(row[0]): int(row[1]) for row in rows}
