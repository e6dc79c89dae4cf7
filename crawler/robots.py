"""robots.txt, obeyed as RFC 9309 has it: a file that cannot be read forbids everything, Crawl-delay sets the pace."""

import asyncio
from collections import defaultdict
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from scrapy.robotstxt import ProtegoRobotParser

from crawler.manners import REFUSALS, AnotherDay, Dropped, portal_of, slow_down

MAX_MOVES = 5
"""Redirects of robots.txt that are followed, as RFC 9309 asks."""
_MOVED = frozenset((301, 302, 303, 307, 308))
FORBIDDEN = "forbidden by robots.txt"


class Robots:
    """Downloader middleware in place of Scrapy's own, which takes an answer 503 for leave to ask for everything."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._agent: str = crawler.settings["ROBOTSTXT_USER_AGENT"]
        self._rules: dict[str, ProtegoRobotParser | Dropped] = {}
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Built by Scrapy."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let through what robots.txt allows; it is asked for once a host and run.

        Raises:
            Dropped: it forbids the address, or cannot be read.
            AnotherDay: the day's budget has no room for robots.txt.
        """
        if request.meta.get("robots"):
            return
        parts = urlsplit(request.url)
        async with self._asking[parts.netloc]:
            if parts.netloc not in self._rules:
                self._rules[parts.netloc] = await self._learn(request, parts.scheme, parts.netloc)
        rules = self._rules[parts.netloc]
        if isinstance(rules, Dropped):
            raise Dropped(str(rules))
        if not rules.allowed(request.url, self._agent):
            raise Dropped(FORBIDDEN)

    async def _learn(self, request: Request, scheme: str, netloc: str) -> ProtegoRobotParser | Dropped:
        spider: Any = self._crawler.spider
        portal = portal_of(request, spider)
        try:
            response = await self._fetch(f"{scheme}://{netloc}/robots.txt", portal)
        except AnotherDay:
            raise
        except IgnoreRequest as dropped:
            return Dropped(str(dropped))
        except Exception as failure:
            return self._unreadable(portal, f"no answer: {type(failure).__name__}")
        if 400 <= response.status < 500 and response.status not in REFUSALS:
            return self._parsed(b"")  # there is none, so it forbids nothing
        if not 200 <= response.status < 300:
            return self._unreadable(portal, f"answer {response.status}")
        rules = self._parsed(response.body)
        wished = max(rules.crawl_delay(self._agent) or 0.0, _between(rules.rp.request_rate(self._agent)))
        if wished > 0:
            slow_down(self._crawler, urlsplit(f"//{netloc}").hostname or "", wished)
            spider.line.say(("slower", portal, wished))
        return rules

    async def _fetch(self, url: str, portal: str) -> Response:
        engine: Any = self._crawler.engine
        spider: Any = self._crawler.spider
        for _ in range(MAX_MOVES + 1):
            asking = Request(url, meta={"robots": True, "portal": portal}, dont_filter=True)
            response: Response = await engine.download_async(asking)
            moved = response.headers.get("Location") if response.status in _MOVED else None
            url = urljoin(url, moved.decode("latin-1") if isinstance(moved, bytes) else "")
            if moved is None or not spider.inside(url, portal):
                break
        return response

    def _unreadable(self, portal: str, why: str) -> Dropped:
        spider: Any = self._crawler.spider
        reason = f"robots.txt cannot be read ({why})"
        spider.close_portal(portal, reason)
        return Dropped(reason)

    def _parsed(self, body: bytes) -> ProtegoRobotParser:
        return ProtegoRobotParser.from_crawler(self._crawler, body)


def _between(rate: Any) -> float:
    """Seconds between two requests at a Request-rate."""
    return float(rate.seconds) / rate.requests if rate is not None and rate.requests else 0.0
