"""Outcomes in, rows of the store out: what a page gave, what it leads to and that it is done, in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from crawler.frontier import Ask, Outcome, PageCounts
from testing.store import frontier, pages
from testing.store.engine import Store
from testing.store.frame import listing_counts, record_listing, record_skipped, skipped_by_portal
from testing.store.pages import Fetch, record_fetch


class StoreSink:
    """Keeps a crawl in the study's store, so that one that is killed goes on where it stood."""

    def __init__(self, store: Store, crawl_id: str, clock: Callable[[], datetime]) -> None:
        """Write under a crawl that was started with ``testing.store.crawls.start_crawl``."""
        self._store, self._crawl_id, self._clock = store, crawl_id, clock

    def begin(self, asks: Sequence[Ask]) -> None:
        """Begin with some addresses; what a killed crawl had in hand is asked for again, nothing else is."""
        with self._store.begin() as session:
            frontier.give_back(session, self._crawl_id)
            frontier.add(session, self._crawl_id, asks)

    def claim(self, most: int) -> list[Ask]:
        """Take addresses to ask for."""
        with self._store.begin() as session:
            return frontier.claim(session, self._crawl_id, most)

    def pending(self) -> int:
        """How many addresses nobody has taken yet."""
        with self._store.read() as session:
            return frontier.counts(session, self._crawl_id).get(frontier.PENDING, 0)

    def keep(self, outcome: Outcome) -> None:
        """Keep what an address gave, all of it in one transaction."""
        now, answer = self._clock(), outcome.answer
        with self._store.begin() as session:
            if outcome.asked:
                fetch = Fetch(
                    portal=outcome.portal,
                    url=outcome.url,
                    status=answer.status if answer else 0,
                    fetched_at=now,
                    charset=answer.charset if answer else None,
                    etag=answer.etag if answer else None,
                    last_modified=answer.last_modified if answer else None,
                    body=answer.body if answer else None,
                )
                record_fetch(session, self._crawl_id, fetch)
            for listing in outcome.listings:
                record_listing(session, listing, self._crawl_id)
            for url, reason in outcome.skipped:
                record_skipped(session, self._crawl_id, outcome.portal, url, reason)
            frontier.add(session, self._crawl_id, outcome.links)
            frontier.done(session, self._crawl_id, outcome.url, now)

    def counts(self) -> Mapping[str, PageCounts]:
        """What each portal gave in this crawl, before a kill too."""
        with self._store.read() as session:
            asked = pages.counts(session, self._crawl_id)
            found = listing_counts(session, self._crawl_id)
            skipped = skipped_by_portal(session, self._crawl_id)
        return {
            portal: PageCounts(
                pages=asked.get(portal, 0),
                listings=found.get(portal, 0),
                skipped=skipped.get(portal, {}),
            )
            for portal in {*asked, *found, *skipped}
        }

    def close(self) -> None:
        """Nothing is held back."""
