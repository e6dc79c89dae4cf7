"""Outcomes in, rows of the store out: what a page gave, what it leads to and that it is done, in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from crawler.frontier import GONE, Ask, Claimed, Closure, Outcome, Pace, PageCounts
from crawler.landlords import with_register
from testing.store import changes, companies, frontier, pages, portals
from testing.store.engine import Session, Store
from testing.store.frame import (
    listing_counts,
    page_is_gone,
    record_listing,
    record_skipped,
    skipped_by_portal,
)
from testing.store.lease import ALONE, Runner, one_at_a_time
from testing.store.pages import Fetch, record_fetch
from testing.study.asking import REVISITS
from testing.study.listing import Listing


class StoreSink:
    """Keeps a crawl in the study's store, so that one that is cut off goes on where it stood.

    Several programs may keep one crawl on PostgreSQL, each with a runner of its own; on SQLite one does.
    """

    def __init__(
        self,
        store: Store,
        crawl_id: str,
        clock: Callable[[], datetime],
        *,
        runner: Runner = ALONE,
        log_changes: bool = True,
        revisit: bool = True,
    ) -> None:
        """Write under a crawl that was started with ``testing.store.crawls.start_crawl``.

        Args:
            store: the study's.
            crawl_id: the crawl.
            clock: the study's.
            runner: who this program is.
            log_changes: whether what differs from before is a change of the advert; False where kept pages are read
                anew.
            revisit: whether adverts of before that no list leads to are asked for at the end.
        """
        self._store, self._crawl_id, self._clock = store, crawl_id, clock
        self._runner, self._log_changes = runner, log_changes
        self._paces: Mapping[str, Pace] = {}
        self._revisited = not revisit
        self._begun: set[str] = set()

    def begin(self, asks: Sequence[Ask], paces: Mapping[str, Pace]) -> None:
        """Begin with some addresses; what a dead program had in hand is asked for again, nothing else is."""
        self._paces = paces
        with self._store.begin() as session:
            portals.known(session, list(paces))
            self._take_over(session)
            frontier.add(session, self._crawl_id, asks)

    def _take_over(self, session: Session) -> int:
        """Give back what programs hold that are dead; the number of addresses."""
        held = frontier.runners(session, self._crawl_id)
        dead = [it for it in held if it != self._runner.number and self._runner.is_dead(session, it)]
        if self._runner is ALONE:
            return frontier.give_back(session, self._crawl_id)
        return sum(frontier.give_back(session, self._crawl_id, it) for it in dead)

    def claim(self, most: int) -> Claimed:
        """Take addresses to ask for; when all were asked for, adverts of before that no list leads to any more."""
        with self._store.begin() as session:
            found = self._claim(session, most)
            if found.asks:
                return found
            if self._runner is not ALONE and self._take_over(session):
                return self._claim(session, most)
            if found.wait is not None:
                return found
            if not self._revisited and not frontier.left(session, self._crawl_id):
                self._revisited = True
                urls = changes.unseen(session, self._crawl_id, list(self._paces))
                asks = [Ask(portal=portal, url=url, priority=REVISITS, revisit=True) for portal, url in urls]
                frontier.add(session, self._crawl_id, asks)
                return self._claim(session, most)
            return found

    def _claim(self, session: Session, most: int) -> Claimed:
        return frontier.claim(
            session,
            self._crawl_id,
            most,
            paces=self._paces,
            runner=self._runner.number,
            now=self._clock(),
            tick=datetime.now(UTC),
            begun=self._begun,
        )

    def take(self, portal: str) -> bool:
        """Take one more request out of a portal's day."""
        now, pace = self._clock(), self._paces[portal]
        self._begun.add(portal)
        with self._store.begin() as session:
            row = portals.locked(session, [portal])[0]
            if portals.room(row, pace, now) == 0:
                return False
            portals.take(row, pace, now, 1, datetime.now(UTC))
        return True

    def slow_down(self, portal: str, seconds: float) -> None:
        """Ask a portal no faster than it wishes."""
        pace = self._paces[portal]
        self._paces = {**self._paces, portal: replace(pace, seconds=max(pace.seconds, seconds))}

    def close_portal(self, closure: Closure) -> None:
        """Leave a portal alone until some moment."""
        with self._store.begin() as session:
            portals.close(session, closure, self._clock())

    def closed(self) -> Sequence[Closure]:
        """Portals that closed their door before and are still to be left alone."""
        with self._store.read() as session:
            return portals.closed(session, list(self._paces), self._clock())

    def body(self, url: str) -> bytes | None:
        """The page that is kept of an address."""
        with self._store.read() as session:
            return pages.body(session, url)

    def keep(self, outcome: Outcome) -> None:
        """Keep what an address gave, all of it in one transaction."""
        now = self._clock()
        with self._store.begin() as session:
            one_at_a_time(session, "keep")  # two programs may come upon one advert, or one page, at once
            if outcome.another_day:
                frontier.give_back(session, self._crawl_id, self._runner.number, outcome.url)
                return
            keep_outcome(session, self._crawl_id, outcome, now, log_changes=self._log_changes)
            if outcome.ended == GONE:
                page_is_gone(session, outcome.portal, outcome.url, now)
            frontier.add(session, self._crawl_id, outcome.links)
            frontier.done(session, self._crawl_id, outcome.url, outcome.ended, now)

    def counts(self) -> Mapping[str, PageCounts]:
        """What each portal gave in this crawl, before a kill too."""
        with self._store.read() as session:
            asked = pages.counts(session, self._crawl_id)
            found = listing_counts(session, self._crawl_id)
            skipped = skipped_by_portal(session, self._crawl_id)
            left = frontier.left(session, self._crawl_id)
            opt_outs = pages.opt_outs(session, self._crawl_id)
        return {
            portal: PageCounts(
                pages=asked.get(portal, 0),
                listings=found.get(portal, 0),
                skipped=skipped.get(portal, {}),
                left=left.get(portal, 0),
                opt_outs=opt_outs.get(portal, {}),
            )
            for portal in {*asked, *found, *skipped, *left}
        }

    def close(self) -> None:
        """Give back what was taken and not asked for."""
        with self._store.begin() as session:
            frontier.give_back(session, self._crawl_id, self._runner.number)


def _typed(session: Session, listing: Listing) -> Listing:
    """The advert with what the company register says of who put it up."""
    number = listing.landlord.company_no
    company = companies.known(session, number) if number else None
    return replace(listing, landlord=with_register(listing.landlord, company)) if company else listing


def keep_outcome(
    session: Session, crawl_id: str, outcome: Outcome, now: datetime, *, log_changes: bool = True
) -> None:
    """Keep an answer, its adverts and the reasons for those left out.

    Args:
        session: an open write transaction.
        crawl_id: a crawl that was started.
        outcome: what an address, or a file, gave.
        now: when it came.
        log_changes: whether what differs from before is a change of the advert.
    """
    answer = outcome.answer
    if outcome.asked:
        fetch = Fetch(
            portal=outcome.portal,
            url=outcome.url,
            status=answer.status if answer else 0,
            fetched_at=now,
            charset=answer.charset if answer else None,
            etag=answer.etag if answer else None,
            last_modified=answer.last_modified if answer else None,
            opt_outs=answer.opt_outs if answer else None,
            body=answer.body if answer else None,
        )
        record_fetch(session, crawl_id, fetch)
    for listing in (_typed(session, it) for it in outcome.listings):
        sight = record_listing(session, listing, crawl_id, listed=not outcome.revisit)
        if log_changes:
            changes.record_changes(session, crawl_id, sight, listing)
    for url, reason in outcome.skipped:
        record_skipped(session, crawl_id, outcome.portal, url, reason)
