"""Listings in, rows of the frame out: the one pipeline that writes, through a sink that it is given."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol, Self

from scrapy.crawler import Crawler

from testing.store.engine import Store
from testing.store.frame import record_listing, record_skipped
from testing.study.listing import Listing

BATCH = 50
"""Rows written in one transaction: a crawl that is killed loses at most so many."""


class Sink(Protocol):
    """Where a crawl puts what it found."""

    def record_listing(self, listing: Listing) -> None:
        """Keep one rental."""

    def record_skipped(self, portal: str, url: str, reason: str) -> None:
        """Keep that a page gave none, and why."""

    def close(self) -> None:
        """Write what is still held back."""


class MemorySink:
    """A sink for tests and benchmarks."""

    def __init__(self) -> None:
        self.listings: list[Listing] = []
        self.skipped: list[tuple[str, str, str]] = []
        self.closed = False

    def record_listing(self, listing: Listing) -> None:
        """Keep one rental."""
        self.listings.append(listing)

    def record_skipped(self, portal: str, url: str, reason: str) -> None:
        """Keep that a page gave none, and why."""
        self.skipped.append((portal, url, reason))

    def close(self) -> None:
        """Nothing is held back."""
        self.closed = True


class StoreSink:
    """Writes into the store in batches, each in one transaction."""

    def __init__(self, store: Store, crawl_id: str, batch: int = BATCH) -> None:
        """Write under a crawl that was started with ``testing.store.crawls.start_crawl``."""
        self._store = store
        self._crawl_id = crawl_id
        self._batch = batch
        self._held: list[Callable[[Any], None]] = []

    def record_listing(self, listing: Listing) -> None:
        """Keep one rental."""
        self._hold(lambda session: record_listing(session, listing, self._crawl_id))

    def record_skipped(self, portal: str, url: str, reason: str) -> None:
        """Keep that a page gave none, and why."""
        self._hold(lambda session: record_skipped(session, self._crawl_id, portal, url, reason))

    def close(self) -> None:
        """Write what is still held back."""
        self._write(self._held)
        self._held = []

    def _hold(self, write: Callable[[Any], None]) -> None:
        self._held.append(write)
        if len(self._held) >= self._batch:
            self.close()

    def _write(self, held: Iterable[Callable[[Any], None]]) -> None:
        with self._store.begin() as session:
            for write in held:
                write(session)


class IntoFrame:
    """Pipeline step."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Built by Scrapy."""
        return cls(crawler)

    def process_item(self, item: Listing) -> Listing:
        """Put the listing into the sink."""
        spider: Any = self._crawler.spider
        spider.sink.record_listing(item)
        return item
