"""Requests on their way out, let through or dropped: a portal that refused is closed, what it asks for is obeyed."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Request, Response

REFUSALS = frozenset((401, 403, 407, 429, 451))
"""Answers by which a portal refuses."""
LATER = frozenset((429, 503))
"""Answers that may say when to come again."""
PATIENCE = 120.0
"""Longest wait in seconds that a running crawl sits out; a portal that asks for more is closed until then."""


class Dropped(IgnoreRequest):
    """A request that good manners forbid; its text is the reason that is counted."""


class AnotherDay(Dropped):
    """The portal's day is spent, or its hours are over: the address stays in the frontier."""


class Manners:
    """Downloader middleware: keeps closed portals closed, and counts repeated attempts into the day's budget."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Built by Scrapy."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Let through, or drop with a reason.

        Raises:
            Dropped: the portal is closed for this run.
            AnotherDay: the portal's day has no room for another attempt.
        """
        spider: Any = self._crawler.spider
        portal = portal_of(request, spider)
        if portal in spider.closed_portals:
            raise Dropped("portal closed after a refusal")
        # A first attempt was taken out of the budget with its claim; robots.txt and further attempts were not.
        if ("asked" not in request.meta or request.meta.get("retry_times")) and not spider.line.ask(
            ("take", portal)
        ):
            raise AnotherDay("the day's budget of the portal is spent")

    def process_response(self, request: Request, response: Response) -> Response:
        """Close a portal at its first refusal, before anything further of it goes out."""
        spider: Any = self._crawler.spider
        if response.status in REFUSALS:
            why = f"refused: answer {response.status}"
            spider.close_portal(portal_of(request, spider), why, retry_after(response))
        return response


class ComeLater:
    """Downloader middleware right before the wire: sits out what ``Retry-After`` asks for, if it is not long."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._not_before: dict[str, float] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Built by Scrapy."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Wait until the portal may be asked again.

        Raises:
            Dropped: it was closed meanwhile.
        """
        spider: Any = self._crawler.spider
        portal = portal_of(request, spider)
        while (wait := self._not_before.get(portal, 0.0) - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        if portal in spider.closed_portals:
            raise Dropped("portal closed after a refusal")

    def process_response(self, request: Request, response: Response) -> Response:
        """Note when the portal wants to be asked again."""
        asked = retry_after(response) if response.status in LATER - REFUSALS else None
        if asked is not None:
            spider: Any = self._crawler.spider
            portal = portal_of(request, spider)
            if asked > PATIENCE:
                spider.close_portal(
                    portal, f"not now: answer {response.status}, come again in {asked:.0f} s", asked
                )
            else:
                self._not_before[portal] = max(self._not_before.get(portal, 0.0), time.monotonic() + asked)
        return response


class Pace(AutoThrottle):
    """Extension: a portal that answers slowly is asked more slowly, and never faster than its robots.txt wishes."""

    def _adjust_delay(self, slot: Any, latency: float, response: Response) -> None:
        super()._adjust_delay(slot, latency, response)
        downloader: Any = self.crawler.engine.downloader
        host = urlsplit(response.url).hostname
        slot.delay = max(slot.delay, downloader.per_slot_settings.get(host, {}).get("delay", 0.0))


def slow_down(crawler: Crawler, host: str, seconds: float) -> None:
    """Let at least so many seconds pass between two requests to a host, one at a time."""
    downloader: Any = crawler.engine.downloader if crawler.engine else None
    wished = {"delay": seconds, "concurrency": 1, "jitter": 0.0}
    downloader.per_slot_settings[host] = wished
    slot = downloader.slots.get(host)
    if slot is not None:
        slot.delay, slot.concurrency = max(slot.delay, seconds), 1


def retry_after(response: Response) -> float | None:
    """Seconds after which the portal wants to be asked again, as its header says; None where it does not."""
    value = response.headers.get("Retry-After")
    if not isinstance(value, bytes):
        return None
    text = value.decode("latin-1").strip()
    if text.isdigit():
        return float(min(int(text[:9]), 10**8))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)) / timedelta(seconds=1))


def portal_of(request: Request, spider: Any) -> str:
    """The portal that a request is for; ``robots.txt`` is for the one whose host it is on."""
    named = request.meta.get("portal")
    if named is not None:
        return str(named)
    hosts: Mapping[str, set[str]] = spider.hosts
    parts = urlsplit(request.url)
    for portal, names in hosts.items():
        if parts.netloc in names or any((parts.hostname or "").endswith("." + name) for name in names):
            return portal
    raise Dropped("a host of no portal")
