"""Portals with their start addresses in, ``Listing`` items out: the one spider, which walks any portal."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import scrapy
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from crawler.manners import REFUSALS
from crawler.portals.profile import load_profile
from crawler.readers.kinds import PageKind
from crawler.readers.links import is_detail
from crawler.readers.reading import PageReading, read_page
from testing.study.listing import Listing

_MOVED = frozenset((301, 302, 303, 307, 308))
_MAX_MOVES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """One portal to walk."""

    profile: str
    start_urls: tuple[str, ...]


class Listings(scrapy.Spider):
    """Walks list pages to their next pages and their adverts; every page is counted as something."""

    name = "listings"

    def __init__(
        self, walked: Sequence[Walked] = (), seen_at: datetime | None = None, sink: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if not walked or seen_at is None:
            raise ValueError(
                "this spider is started by crawler.run.crawl, which holds its guards; not by hand"
            )
        self.walked = walked
        self.seen_at = seen_at
        self.sink = sink
        self.profiles = {it.profile: load_profile(it.profile) for it in walked}
        self.hosts = {
            it.profile: {urlsplit(url).netloc for url in it.start_urls}
            | set(self.profiles[it.profile].domains)
            for it in walked
        }
        self.pages: Counter[str] = Counter()
        self.closed_portals: dict[str, str] = {}

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the start pages of every portal."""
        for it in self.walked:
            for url in it.start_urls:
                yield self._request(url, it.profile)

    def _request(self, url: str, portal: str, moves: int = 0) -> Request:
        # Detail pages before further lists: a crawl that is cut short has whole adverts.
        priority = 1 if is_detail(url, self.profiles[portal]) else 0
        return Request(
            url, callback=self.parse, errback=self.failed, priority=priority, meta={"portal": portal, "moves": moves},
            dont_filter=moves > 0,
        )  # fmt: skip

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Request | Listing]:
        """Read one answer: adverts and requests, or one counted reason."""
        portal = response.meta["portal"]
        self.pages[portal] += 1
        if response.status in _MOVED:
            yield from self._moved(response, portal)
        elif response.status in REFUSALS:
            self._close(portal, response.url, f"refused: answer {response.status}")
        elif response.status in (404, 410):
            self.skip(portal, response.url, "gone")
        elif not 200 <= response.status < 300:
            self.skip(portal, response.url, f"answer {response.status}")
        elif "partial" in response.flags or "dataloss" in response.flags:
            self.skip(portal, response.url, "truncated page: fewer bytes than announced")
        else:
            charset = getattr(response, "_declared_encoding", lambda: None)()
            profile = self.profiles[portal]
            yield from self._read(
                read_page(response.body, response.url, profile, self.seen_at, charset), portal, response.url
            )

    def _read(self, reading: PageReading, portal: str, url: str) -> Iterator[Request | Listing]:
        if reading.page_kind is PageKind.BLOCKED:
            self._close(portal, url, f"refused: {reading.reason}")
            return
        if reading.page_kind in (PageKind.ERROR, PageKind.GONE) or (reading.reason and not reading.listings):
            self.skip(portal, url, reading.reason or reading.page_kind.value)
            return
        if not reading.links:
            for listing, extra in zip(reading.listings, reading.extras, strict=True):
                status = extra.get("status", "available")
                if status in ("let", "sold", "withdrawn"):
                    self.skip(portal, listing.url, f"no longer available: {status}")
                else:
                    yield listing
        for link in (*reading.links, *filter(None, [reading.next_link])):
            if self._inside(link, portal):
                yield self._request(link, portal)
            else:
                self.skip(portal, link, "link leaves the portal")

    def _moved(self, response: Response, portal: str) -> Iterator[Request]:
        location = (response.headers.get("Location") or b"").decode("latin-1")
        target = urljoin(response.url, location)
        if not location or not self._inside(target, portal):
            self.skip(portal, response.url, "redirect leaves the portal")
        elif response.meta["moves"] >= _MAX_MOVES:
            self.skip(portal, response.url, "too many redirects")
        else:
            yield self._request(target, portal, response.meta["moves"] + 1)

    def _inside(self, url: str, portal: str) -> bool:
        parts = urlsplit(url)
        names = self.hosts[portal]
        return parts.netloc in names or any((parts.hostname or "").endswith("." + name) for name in names)

    def failed(self, failure: Failure) -> None:
        """Count a request that brought no answer, with its reason."""
        request: Request = failure.request  # type: ignore[attr-defined]
        portal = request.meta["portal"]
        if isinstance(failure.value, IgnoreRequest):
            text = str(failure.value)
            self.skip(
                portal,
                request.url,
                "forbidden by robots.txt" if "robots" in text.lower() else text or "dropped",
            )
            return
        self.pages[portal] += 1
        name = failure.type.__name__ if failure.type else "failure"
        words = {
            "ResponseFailed": "truncated page: fewer bytes than announced",
            "ResponseDataLossError": "truncated page: fewer bytes than announced",
            "DownloadTimeoutError": "no answer in time",
            "TimeoutError": "no answer in time",
        }
        self.skip(portal, request.url, words.get(name, f"no answer: {name}"))

    def _close(self, portal: str, url: str, reason: str) -> None:
        self.skip(portal, url, reason)
        self.close_portal(portal, reason)

    def close_portal(self, portal: str, reason: str) -> None:
        """Ask nothing more of a portal in this run; the first reason stays."""
        self.closed_portals.setdefault(portal, reason)

    def skip(self, portal: str, url: str, reason: str) -> None:
        """Count one page that gave no advert, in the stats and in the sink."""
        if self.crawler.stats is not None:
            self.crawler.stats.inc_value(f"evenhand/{portal}/skipped/{reason}")
        if self.sink is not None:
            self.sink.record_skipped(portal, url, reason)
