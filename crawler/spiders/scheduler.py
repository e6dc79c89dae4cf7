"""Scrapy's queue on the crawl's frontier: asks the parent process what is next, keeps only repeated attempts itself."""

from collections import deque
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.http import Request


class FrontierScheduler:
    """Gives the spider's requests in the frontier's order."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._again: deque[Request] = deque()
        self._slots = crawler.settings.getint("CONCURRENT_REQUESTS")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Built by Scrapy."""
        return cls(crawler)

    def open(self, spider: Any) -> None:
        """Begin."""
        self._spider = spider

    def close(self, reason: str) -> None:
        """End; what was taken and not asked for is given back by the parent."""

    def has_pending_requests(self) -> bool:
        """Whether anything is left to ask for."""
        return bool(self._again) or self._spider.line.ask(("pending",)) > 0

    def enqueue_request(self, request: Request) -> bool:
        """Take a request that is tried again; all others come from the frontier."""
        self._again.append(request)
        return True

    def next_request(self) -> Request | None:
        """The next request, or None where there is none now."""
        if self._again:
            return self._again.popleft()
        # No more is in hand than there are slots: that is all that a kill can have asked for in vain.
        if len(self._spider.in_hand) >= self._slots:
            return None
        ask = self._spider.line.ask(("claim",))
        return self._spider.request_of(ask) if ask is not None else None
