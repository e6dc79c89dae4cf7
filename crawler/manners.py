"""Requests on their way out, let through or dropped: a portal that refused is closed, a domain has a daily budget."""

from collections import Counter
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response

REFUSALS = frozenset((401, 403, 407, 429, 451))
"""Answers by which a portal refuses."""


class Dropped(IgnoreRequest):
    """A request that good manners forbid; its text is the reason that is counted."""


class Manners:
    """Downloader middleware: counts the pages asked of each domain and keeps closed portals closed."""

    def __init__(self, budget: int, asked_today: dict[str, int]) -> None:
        self._budget = budget
        self._asked: Counter[str] = Counter(asked_today)
        self._crawler: Crawler | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Built by Scrapy."""
        settings = crawler.settings
        made = cls(settings.getint("PAGES_PER_DOMAIN", 500), settings.getdict("ASKED_TODAY"))
        made._crawler = crawler
        return made

    def process_request(self, request: Request) -> None:
        """Let through, or drop with a reason.

        Raises:
            Dropped: the portal is closed for this run, or its domain's budget is spent.
        """
        spider: Any = self._crawler.spider if self._crawler else None
        portal = request.meta.get("portal")
        if portal is not None and portal in getattr(spider, "closed_portals", ()):
            raise Dropped("portal closed after a refusal")
        host = urlsplit(request.url).netloc
        if self._asked[host] >= self._budget:
            raise Dropped("daily budget of the domain is spent")
        self._asked[host] += 1

    def process_response(self, request: Request, response: Response) -> Response:
        """Close a portal at its first refusal, before anything further of it goes out."""
        spider: Any = self._crawler.spider if self._crawler else None
        portal = request.meta.get("portal")
        if portal is not None and response.status in REFUSALS and spider is not None:
            spider.close_portal(portal, f"refused: answer {response.status}")
        return response
