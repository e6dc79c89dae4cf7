"""Scrapy's queue on the crawl's frontier: asks the parent process what is next, keeps only repeated attempts itself."""

from collections import deque
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.http import Request
from scrapy.utils.asyncio import call_later

from crawler.frontier import Ask


class FrontierScheduler:
    """Gives the spider's requests in the frontier's order."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._again: deque[Request] = deque()
        self._claiming = False
        """An address was asked for that has not come yet."""
        self._claimed_after = self._nothing_after = -1
        """After so many outcomes it was asked for; after so many there was nothing to give: there may be after more."""
        self._waking: Any = None
        """The call at which the frontier is asked again, where it had nothing to give yet."""
        self._slots = crawler.settings.getint("CONCURRENT_REQUESTS")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Built by Scrapy."""
        return cls(crawler)

    def open(self, spider: Any) -> None:
        """Begin."""
        self._spider = spider
        self._line = spider.line
        self._line.listen(self._look)

    def close(self, reason: str) -> None:
        """End; what was taken and not asked for is given back by the parent."""
        self._line.deaf()
        if self._waking is not None:
            self._waking.cancel()
            self._waking = None

    def has_pending_requests(self) -> bool:
        """Whether anything is left to ask for today."""
        more = bool(self._again) or self._line.ask(("more",))
        return more or any(isinstance(it, Ask) for it in self._line.given)

    def enqueue_request(self, request: Request) -> bool:
        """Take a request that is tried again; all others come from the frontier."""
        self._again.append(request)
        return True

    def next_request(self) -> Request | None:
        """The next request, or None where there is none now; the one after it is asked for meanwhile."""
        if self._again:
            return self._again.popleft()
        request = self._taken() if self._line.given else None
        # No more is in hand than there are slots: that is all that a kill can have asked for in vain.
        room = len(self._spider.in_hand) < self._slots
        if room and not self._claiming and self._waking is None and self._nothing_after != self._line.told:
            self._claiming, self._claimed_after = True, self._line.told
            self._line.say(("claim",))
        return request

    def _taken(self) -> Request | None:
        answer = self._line.given.popleft()
        self._claiming = False
        if isinstance(answer, Ask):
            request: Request = self._spider.request_of(answer)
            return request
        if answer is None:
            self._nothing_after = self._claimed_after
        else:
            self._waking = call_later(max(0.01, min(answer, 60.0)), self._wake)
        return None

    def _wake(self) -> None:
        self._waking = None
        self._look()

    def _look(self) -> None:
        """Have the engine ask for the next request."""
        slot = self._crawler.engine._slot if self._crawler.engine else None
        if slot is not None:
            slot.nextcall.schedule()
